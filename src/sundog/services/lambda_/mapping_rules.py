"""What an event source mapping of a queue may be: checks with AWS's words, defaults, and its states.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.arn import Arn, parse_arn
from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.lang.event_pattern import Dialect, InvalidPattern, compile_pattern
from sundog.scope import Scope
from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import InvalidParameterValueException

ENABLED, DISABLED, DELETED = "Enabled", "Disabled", "Deleted"
SETTLED = frozenset((ENABLED, DISABLED))
"""States in which a mapping may be changed; the others are on their way to one of these, or to its end."""

_OF_OTHER_SOURCES = (
    "DestinationConfig",
    "StartingPositionTimestamp",
    "ParallelizationFactor",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "LoggingConfig",
)
_REFUSED = {
    "ProvisionedPollerConfig": "Leave it out: a queue is polled as soon as a message is there. "
    "ScalingConfig limits how much runs at once.",
    "MetricsConfig": "Leave it out: the function's own metrics count its invocations and errors.",
    "KMSKeyArn": "Leave it out: filters are kept as they are.",
}
_OTHER_SOURCES = frozenset(("kinesis", "dynamodb", "kafka", "mq", "rds"))
_KEPT = ("BatchSize", "MaximumBatchingWindowInSeconds", "ScalingConfig", "FilterCriteria")


def check_source(request: Request, scope: Scope) -> Arn:
    """The queue a new mapping reads from."""
    arn = parse_arn(request.get("EventSourceArn") or "")
    if (arn is not None and arn.service in _OTHER_SOURCES) or request.get("SelfManagedEventSource"):
        what = f"event sources of {arn.service}" if arn else "self-managed event sources"
        raise UnsupportedOperation(what=what, remedy="Queues of SQS can be event sources.")
    if arn is None or arn.service != "sqs":
        raise InvalidParameterValueException(reason="Unrecognized event source.")
    if arn.region != scope.region:
        raise InvalidParameterValueException(
            reason=f"Event source region '{arn.region}' does not match the function region '{scope.region}'."
        )
    return arn


def check_members(request: Request) -> None:
    """Refuse what is for other kinds of sources, and what sundog does not act on."""
    if request.get("StartingPosition"):
        raise InvalidParameterValueException(reason="StartingPosition is not valid for SQS event sources.")
    for member in _OF_OTHER_SOURCES:
        if request.get(member) not in (None, [], {}):
            raise InvalidParameterValueException(
                reason=f"Unsupported {member} parameter for given event source mapping type."
            )
    for member, remedy in _REFUSED.items():
        if request.get(member):
            raise UnsupportedOperation(what=f"the parameter {member} of event source mappings", remedy=remedy)


def decide_body(before: Mapping[str, Any], request: Request, is_fifo: bool, now_ms: int) -> dict[str, Any]:
    """The members of the mapping after a create (``before`` is empty) or an update."""
    body = {"BatchSize": limits.BATCH_DEFAULT, "MaximumBatchingWindowInSeconds": 0, **before}
    body |= {member: request[member] for member in _KEPT if request.get(member) is not None}
    if request.get("FunctionResponseTypes") is not None or "FunctionResponseTypes" not in body:
        body["FunctionResponseTypes"] = list(request.get("FunctionResponseTypes") or ())
    if not (body.get("ScalingConfig") or {}).get("MaximumConcurrency"):
        body.pop("ScalingConfig", None)  # an empty one takes the limit away
    if not (body.get("FilterCriteria") or {}).get("Filters"):
        body.pop("FilterCriteria", None)
    body |= {"LastModified": now_ms, "StateTransitionReason": "USER_INITIATED"}
    body.pop("LastProcessingResult", None)
    _check_batch(body, is_fifo)
    _check_filters(body)
    return body


def _check_batch(body: Mapping[str, Any], is_fifo: bool) -> None:
    if is_fifo and body["MaximumBatchingWindowInSeconds"]:
        raise InvalidParameterValueException(reason="Batching window is not supported for FIFO queues")
    if body["BatchSize"] > limits.RECEIVE_MAX and not body["MaximumBatchingWindowInSeconds"]:
        raise InvalidParameterValueException(
            reason="Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
            f"than {limits.RECEIVE_MAX}"
        )


def _check_filters(body: Mapping[str, Any]) -> None:
    filters = body.get("FilterCriteria", {}).get("Filters", ())
    if len(filters) > limits.FILTERS_MAX:
        raise InvalidParameterValueException(
            reason=f"FilterCriteria contains more than {limits.FILTERS_MAX} filters."
        )
    for one in filters:
        try:
            compile_pattern(one.get("Pattern") or "", Dialect.LAMBDA)
        except InvalidPattern as error:
            raise InvalidParameterValueException(reason=error.message) from None


def check_visibility(visibility_s: int, timeout_s: int) -> None:
    """A message must not appear again while the function still works on it."""
    if visibility_s < timeout_s:
        raise InvalidParameterValueException(
            reason=f"Queue visibility timeout: {visibility_s} seconds is less than Function timeout: "
            f"{timeout_s} seconds"
        )


def decide_transition(state: str, asked: bool | None) -> tuple[str, str]:
    """What an update turns ``state`` into at once, and soon after; ``asked`` is its Enabled."""
    goal = state if asked is None else (ENABLED if asked else DISABLED)
    if goal == state:
        return "Updating", goal
    return ("Enabling" if goal == ENABLED else "Disabling"), goal


def decide_concurrency(saturated_ms: int, maximum: int | None) -> int:
    """How many batches may be with the function after ``saturated_ms`` of having as many as it may.

    AWS adds up to 300 a minute. We get there by doubling: cold starts on one machine cost its own time.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    """
    doublings = min(saturated_ms // limits.CONCURRENT_BATCHES_DOUBLE_MS, 20)
    return min(limits.CONCURRENT_BATCHES << doublings, maximum or limits.CONCURRENCY_MAX)
