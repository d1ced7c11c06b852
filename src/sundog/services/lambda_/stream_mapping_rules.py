"""What an event source mapping of a stream may be: checks with AWS's words, and defaults.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.arn import parse_arn
from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import InvalidParameterValueException, ValidationException
from sundog.services.lambda_.mapping_kinds import KAFKA, Kind, kept_members
from sundog.services.lambda_.mapping_rules import check_filters, without_empty

_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": limits.STREAM_BATCH_DEFAULT,
    "MaximumBatchingWindowInSeconds": 0,
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}},
    "FunctionResponseTypes": [],
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
    "LastProcessingResult": "No records processed",
    "StateTransitionReason": "User action",
}
_KAFKA_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": limits.STREAM_BATCH_DEFAULT,
    "DestinationConfig": {"OnFailure": {}},
    "FunctionResponseTypes": [],
    "LastProcessingResult": "No records processed",
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "StateTransitionReason": "USER_INITIATED",
}
CONFIGS: Mapping[str, str] = {
    "kafka": "AmazonManagedKafkaEventSourceConfig",
    "self-managed-kafka": "SelfManagedKafkaEventSourceConfig",
}
"""Where a mapping of Kafka says its consumer group."""
_OF_A_VPC = frozenset(("VPC_SUBNET", "VPC_SECURITY_GROUP"))
_DESTINATIONS = frozenset(("sqs", "sns"))


def decide_stream_body(
    kind: Kind, before: Mapping[str, Any], request: Request, now_ms: int, source: str
) -> dict[str, Any]:
    """The members of the mapping after a create (``before`` is empty) or an update."""
    if not before:
        _check_start(kind, request, source)
        if kind in KAFKA:
            check_kafka(kind, request)
    members = kept_members(kind, is_new=not before)
    asked = {member: request[member] for member in members if request.get(member) is not None}
    defaults = _KAFKA_DEFAULTS if kind in KAFKA else _DEFAULTS
    body = {**defaults, **before, **asked, "LastModified": now_ms}
    body["FunctionResponseTypes"] = list(body["FunctionResponseTypes"])
    _check_age(body["MaximumRecordAgeInSeconds"])
    body["DestinationConfig"] = _destination(body["DestinationConfig"])
    without_empty(body)
    check_filters(body)
    return body


def _check_start(kind: Kind, request: Request, source: str) -> None:
    start = request.get("StartingPosition")
    if not start:
        raise ValidationException(
            reason="1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
    if start == "AT_TIMESTAMP" and kind == "dynamodb":
        raise InvalidParameterValueException(reason=f"Unsupported starting position for arn type: {source}")
    has_time = request.get("StartingPositionTimestamp") is not None
    if (start == "AT_TIMESTAMP") != has_time:
        raise InvalidParameterValueException(
            reason="StartingPositionTimestamp must be specified when StartingPosition is AT_TIMESTAMP, and "
            "only then."
        )


def check_kafka(kind: Kind, request: Request) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-configure.html"""
    endpoints = (request.get("SelfManagedEventSource") or {}).get("Endpoints") or {}
    if kind == "self-managed-kafka" and not endpoints.get("KAFKA_BOOTSTRAP_SERVERS"):
        raise InvalidParameterValueException(
            reason="SelfManagedEventSource must have the endpoints KAFKA_BOOTSTRAP_SERVERS."
        )
    if not request.get("Topics"):
        raise InvalidParameterValueException(reason="Topics must be specified for Kafka event sources.")
    for access in request.get("SourceAccessConfigurations") or ():
        if access.get("Type") not in _OF_A_VPC:
            raise UnsupportedOperation(
                what=f"access to Kafka by {access.get('Type')}", remedy="Use a listener without credentials."
            )
    kafka = request.get(CONFIGS[kind]) or {}
    if kafka.get("SchemaRegistryConfig") or kafka.get("ConsumptionMode") == "Queue":
        raise UnsupportedOperation(
            what="schema registries and queues of Kafka", remedy="Leave them out: records come as they are."
        )


def _check_age(age_s: int) -> None:
    if 0 <= age_s < limits.RECORD_AGE_S_MIN:
        raise InvalidParameterValueException(
            reason=f"MaximumRecordAgeInSeconds must be -1 or between {limits.RECORD_AGE_S_MIN} and 604800."
        )


def _destination(config: Mapping[str, Any]) -> dict[str, Any]:
    if (config.get("OnSuccess") or {}).get("Destination"):
        raise InvalidParameterValueException(
            reason="Unsupported DestinationConfig parameter for given event source mapping type."
        )
    text = (config.get("OnFailure") or {}).get("Destination")
    if not text:
        return {"OnFailure": {}}
    arn = parse_arn(text)
    if arn is not None and arn.service in ("s3", "kafka"):
        raise UnsupportedOperation(
            what=f"a destination of {arn.service} for failed batches", remedy="Use a queue or a topic."
        )
    if arn is None or arn.service not in _DESTINATIONS:
        raise InvalidParameterValueException(
            reason="The provided destination config DestinationConfig(onSuccess=null, "
            f"onFailure=OnFailure(destination={text})) is invalid."
        )
    return {"OnFailure": {"Destination": text}}
