"""What a pipe may be: checks, defaults, and what is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import Arn, parse_arn
from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.lang.event_pattern import Dialect, InvalidPattern, compile_pattern
from sundog.lang.pipes_template import InvalidTemplate, parse_template
from sundog.services.pipes import limits
from sundog.services.pipes.errors import ValidationException
from sundog.services.pipes.model import is_called_over_http
from sundog.services.pipes.streams import StreamSources

_MEMBERS: Final = (
    "Description",
    "Source",
    "SourceParameters",
    "Enrichment",
    "EnrichmentParameters",
    "Target",
    "TargetParameters",
    "RoleArn",
    "LogConfiguration",
    "KmsKeyIdentifier",
)
_SOURCES: Final = frozenset(("sqs", "kinesis", "dynamodb", "kafka", "mq"))
_TARGETS: Final = frozenset(("lambda", "sqs", "sns", "states", "events", "kinesis", "logs", "execute-api"))
_OTHER_TARGETS: Final = frozenset(
    ("batch", "ecs", "firehose", "inspector", "redshift", "sagemaker", "timestream")
)
_ENRICHMENTS: Final = frozenset(("lambda", "states", "events", "execute-api"))
_OWN_PARAMETERS: Final = {
    "execute-api": "HttpParameters",
    "lambda": "LambdaFunctionParameters",
    "sqs": "SqsQueueParameters",
    "states": "StepFunctionStateMachineParameters",
    "kinesis": "KinesisStreamParameters",
    "logs": "CloudWatchLogsParameters",
}


def decide_body(
    request: Request, sources: StreamSources, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of a pipe after a create (``before`` is None) or an update, which keeps what it omits."""
    body = dict(before or {}) | {name: request[name] for name in _MEMBERS if request.get(name) is not None}
    if not body.get("Enrichment"):
        body.pop("Enrichment", None)
    source = _check_source(body, sources)
    if before is not None and "SourceParameters" in request:
        body["SourceParameters"] = _merged(before["SourceParameters"], request["SourceParameters"])
    enrichment = _check_enrichment(body)
    stream = sources.find(source.service)
    own = stream.parameters if stream is not None else "SqsQueueParameters"
    most = min(batch_max(_check_target(body)), batch_max(enrichment) if enrichment else 10_000)
    body["SourceParameters"] = _source_parameters(source, own, body.get("SourceParameters") or {}, most)
    _check_templates(body)
    _check_batch(body["SourceParameters"][own]["BatchSize"], most)
    _check_logs(body.get("LogConfiguration") or {})
    return body


# Sources


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Where a stream is read from stays as it was: an update cannot say it."""
    kept = ("StartingPosition", "StartingPositionTimestamp")
    merged = dict(before)
    for name, value in changes.items():
        old = before.get(name) or {}
        merged[name] = {member: old[member] for member in kept if member in old} | value
    return merged


def _check_source(body: Mapping[str, Any], sources: StreamSources) -> Arn:
    text = body["Source"]
    arn = parse_arn(text)
    if arn is not None and sources.find(arn.service) is not None:
        return arn
    if text.startswith("smk://") or (arn is not None and arn.service in _SOURCES - {"sqs"}):
        what = "self-managed Apache Kafka" if arn is None else arn.service
        raise UnsupportedOperation(
            what=f"{what} as a source of pipes", remedy="Queues of SQS can be sources."
        )
    if arn is None or arn.service != "sqs":
        raise ValidationException(f"Source {text} is not supported.", "source")
    return arn


def _source_parameters(source: Arn, own: str, parameters: Mapping[str, Any], most: int) -> dict[str, Any]:
    for name in parameters:
        if name not in ("FilterCriteria", own) and parameters[name]:
            raise ValidationException(f"{name} do not match the source {source}.", "sourceParameters")
    for one in (parameters.get("FilterCriteria") or {}).get("Filters") or ():
        try:
            compile_pattern(one.get("Pattern") or "", Dialect.PIPES)
        except InvalidPattern as error:
            raise ValidationException(error.message, "sourceParameters.filterCriteria") from None
    if source.service != "sqs" and not (parameters.get(own) or {}).get("StartingPosition"):
        raise ValidationException(f"StartingPosition is required in {own}.", "sourceParameters")
    usual = limits.BATCH_DEFAULT if source.service == "sqs" else limits.STREAM_BATCH_DEFAULT
    settings = {"BatchSize": min(most, usual), **(parameters.get(own) or {})}
    return {**parameters, own: settings}


# Targets and enrichments


def _check_target(body: Mapping[str, Any]) -> Arn:
    arn = parse_arn(body["Target"])
    if arn is not None and arn.service in _OTHER_TARGETS:
        raise UnsupportedOperation(
            what=f"{arn.service} as a target of pipes",
            remedy="Use a function, queue, topic, state machine, event bus, stream, log group "
            "or API destination.",
        )
    if arn is None or arn.service not in _TARGETS:
        raise ValidationException(f"Target {body['Target']} is not supported.", "target")
    parameters = body.get("TargetParameters") or {}
    for name in parameters:
        if name != "InputTemplate" and parameters[name] and name not in _parameters_of(arn):
            raise ValidationException(f"{name} do not match the target {arn}.", "targetParameters")
    if arn.service == "kinesis" and not parameters.get("KinesisStreamParameters"):
        raise ValidationException("KinesisStreamParameters are required.", "targetParameters")
    if arn.resource.endswith(".fifo") and arn.service == "sqs" and not _group(parameters):
        raise ValidationException("MessageGroupId is required for FIFO queues.", "targetParameters")
    return arn


def _parameters_of(arn: Arn) -> tuple[str, ...]:
    if arn.service == "events":
        return ("HttpParameters",) if is_called_over_http(arn) else ("EventBridgeEventBusParameters",)
    return (_OWN_PARAMETERS.get(arn.service, ""),)


def _group(parameters: Mapping[str, Any]) -> str:
    return (parameters.get("SqsQueueParameters") or {}).get("MessageGroupId") or ""


def _check_enrichment(body: Mapping[str, Any]) -> Arn | None:
    if not body.get("Enrichment"):
        return None
    arn = parse_arn(body["Enrichment"])
    if arn is None or arn.service not in _ENRICHMENTS:
        raise ValidationException(f"Enrichment {body['Enrichment']} is not supported.", "enrichment")
    if arn.service == "events" and not is_called_over_http(arn):
        raise ValidationException(f"Enrichment {arn} is not supported.", "enrichment")
    return arn


def _check_templates(body: Mapping[str, Any]) -> None:
    for member in ("EnrichmentParameters", "TargetParameters"):
        text = (body.get(member) or {}).get("InputTemplate")
        try:
            parse_template(text or "")
        except InvalidTemplate as error:
            raise ValidationException(
                f"InputTemplate contains invalid placeholder {error.variable}.", member
            ) from None


def batch_max(target: Arn) -> int:
    """How many events the target takes in one call."""
    if is_called_over_http(target):
        return 1
    return limits.TARGET_BATCH_MAX.get(target.service, 10_000)


def _check_batch(size: int, most: int) -> None:
    """A pipe cannot take more at once than its target takes."""
    if size > most:
        raise ValidationException(
            f"BatchSize {size} is larger than the {most} events that the target takes at once.",
            "sourceParameters",
        )


def _check_logs(logs: Mapping[str, Any]) -> None:
    for name in ("FirehoseLogDestination", "S3LogDestination"):
        if logs.get(name):
            raise UnsupportedOperation(what=f"{name} of pipes", remedy="Use CloudwatchLogsLogDestination.")
    if logs.get("Level", "OFF") != "OFF" and not logs.get("CloudwatchLogsLogDestination"):
        raise ValidationException("A log destination is required unless Level is OFF.", "logConfiguration")
