"""Kinds of event sources, and which parameters a mapping of each may have.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sundog.arn import Arn, parse_arn
from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.scope import Scope
from sundog.services.lambda_.errors import InvalidParameterValueException

Kind = Literal["sqs", "kinesis", "dynamodb", "kafka", "self-managed-kafka"]
KAFKA = frozenset(("kafka", "self-managed-kafka"))

_BATCHES = ("BatchSize", "MaximumBatchingWindowInSeconds", "FilterCriteria", "MetricsConfig")
_RETRIES = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FunctionResponseTypes",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "StartingPosition",
)
_STREAM = (
    *_BATCHES,
    *_RETRIES,
    "ParallelizationFactor",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)
_KAFKA = (*_BATCHES, *_RETRIES, "StartingPositionTimestamp", "Topics", "SourceAccessConfigurations")
ALLOWED: Mapping[Kind, frozenset[str]] = {
    "sqs": frozenset((*_BATCHES, "FunctionResponseTypes", "ScalingConfig", "ProvisionedPollerConfig")),
    "kinesis": frozenset(_STREAM),
    "dynamodb": frozenset(_STREAM),
    "kafka": frozenset((*_KAFKA, "AmazonManagedKafkaEventSourceConfig")),
    "self-managed-kafka": frozenset((*_KAFKA, "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig")),
}
_ALL = frozenset().union(
    *ALLOWED.values(),
    ("Queues", "DocumentDBEventSourceConfig", "LoggingConfig"),
)
_FROM_THE_START = frozenset(
    ("StartingPosition", "StartingPositionTimestamp", "SelfManagedEventSource", "Topics")
)
"""Of a mapping are said when it is created, and never changed."""
_REFUSED: Mapping[str, str] = {
    "KMSKeyArn": "Leave it out: filters are kept as they are.",
}
_NOT_BUILT = {
    "mq": "Queues of SQS, streams and self-managed Kafka can be event sources.",
    "rds": "Queues of SQS, streams and self-managed Kafka can be event sources.",
}


def kind_of(request: Request, scope: Scope) -> tuple[Kind, Arn | None]:
    """What a new mapping reads from."""
    text = request.get("EventSourceArn") or ""
    if request.get("SelfManagedEventSource"):
        if text:
            raise InvalidParameterValueException(
                reason="EventSourceArn and SelfManagedEventSource cannot be specified together."
            )
        return "self-managed-kafka", None
    arn = parse_arn(text)
    if arn is not None and arn.service in _NOT_BUILT:
        raise UnsupportedOperation(what=f"event sources of {arn.service}", remedy=_NOT_BUILT[arn.service])
    if arn is None or arn.service not in ("sqs", "kinesis", "dynamodb", "kafka"):
        raise InvalidParameterValueException(reason="Unrecognized event source.")
    if arn.region != scope.region:
        raise InvalidParameterValueException(
            reason=f"Event source region '{arn.region}' does not match the function region '{scope.region}'."
        )
    return source_kind(text), arn


def source_kind(source_arn: str) -> Kind:
    """Of a mapping that there is."""
    arn = parse_arn(source_arn)
    if arn is None:
        return "self-managed-kafka"
    kinds: Mapping[str, Kind] = {"sqs": "sqs", "dynamodb": "dynamodb", "kafka": "kafka"}
    return kinds.get(arn.service, "kinesis")


def check_members(kind: Kind, request: Request) -> None:
    """Refuse what is for other kinds of sources, and what sundog does not act on."""
    for member, remedy in _REFUSED.items():
        if request.get(member):
            raise UnsupportedOperation(what=f"the parameter {member} of event source mappings", remedy=remedy)
    if kind == "sqs" and request.get("StartingPosition"):
        raise InvalidParameterValueException(reason="StartingPosition is not valid for SQS event sources.")
    for member in sorted(_ALL - ALLOWED[kind]):
        if request.get(member) not in (None, [], {}):
            raise InvalidParameterValueException(
                reason=f"Unsupported {member} parameter for given event source mapping type."
            )


def kept_members(kind: Kind, *, is_new: bool) -> frozenset[str]:
    """Members of a request that become members of the mapping as they are."""
    return ALLOWED[kind] if is_new else ALLOWED[kind] - _FROM_THE_START
