"""What an event source mapping of a queue may be: checks with AWS's words, defaults, and its states.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.context import Request
from sundog.lang.event_pattern import Dialect, InvalidPattern, compile_pattern
from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import InvalidParameterValueException

ENABLED, DISABLED, DELETED = "Enabled", "Disabled", "Deleted"
SETTLED = frozenset((ENABLED, DISABLED))
"""States in which a mapping may be changed; the others are on their way to one of these, or to its end."""

_KEPT = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "ScalingConfig",
    "ProvisionedPollerConfig",
    "FilterCriteria",
    "MetricsConfig",
)


def decide_body(before: Mapping[str, Any], request: Request, is_fifo: bool, now_ms: int) -> dict[str, Any]:
    """The members of the mapping after a create (``before`` is empty) or an update."""
    body = {"BatchSize": limits.BATCH_DEFAULT, "MaximumBatchingWindowInSeconds": 0, **before}
    body |= {member: request[member] for member in _KEPT if request.get(member) is not None}
    if request.get("FunctionResponseTypes") is not None or "FunctionResponseTypes" not in body:
        body["FunctionResponseTypes"] = list(request.get("FunctionResponseTypes") or ())
    if not (body.get("ScalingConfig") or {}).get("MaximumConcurrency"):
        body.pop("ScalingConfig", None)  # an empty one takes the limit away
    without_empty(body)
    body |= {"LastModified": now_ms, "StateTransitionReason": "USER_INITIATED"}
    body.pop("LastProcessingResult", None)
    _check_batch(body, is_fifo)
    _check_pollers(body)
    check_filters(body)
    return body


def without_empty(body: dict[str, Any]) -> None:
    """An empty member takes away what was there."""
    for member, inner in (("FilterCriteria", "Filters"), ("MetricsConfig", "Metrics")):
        if not (body.get(member) or {}).get(inner):
            body.pop(member, None)
    if not body.get("ProvisionedPollerConfig"):
        body.pop("ProvisionedPollerConfig", None)


def _check_pollers(body: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#sqs-provisioned-mode"""
    asked = body.get("ProvisionedPollerConfig")
    if asked is None:
        return
    if body.get("ScalingConfig"):
        raise InvalidParameterValueException(
            reason="ScalingConfig and ProvisionedPollerConfig cannot be specified together."
        )
    least = asked.get("MinimumPollers") or limits.POLLERS_MIN
    most = asked.get("MaximumPollers") or limits.POLLERS_MAX_DEFAULT
    if least < limits.POLLERS_MIN or most < limits.POLLERS_MIN:
        raise InvalidParameterValueException(
            reason=f"MinimumPollers and MaximumPollers must be at least {limits.POLLERS_MIN} for SQS event "
            "sources."
        )
    if least > most:
        raise InvalidParameterValueException(
            reason="MinimumPollers must be less than or equal to MaximumPollers."
        )
    body["ProvisionedPollerConfig"] = {**asked, "MinimumPollers": least, "MaximumPollers": most}


def _check_batch(body: Mapping[str, Any], is_fifo: bool) -> None:
    if is_fifo and body["MaximumBatchingWindowInSeconds"]:
        raise InvalidParameterValueException(reason="Batching window is not supported for FIFO queues")
    if body["BatchSize"] > limits.RECEIVE_MAX and not body["MaximumBatchingWindowInSeconds"]:
        raise InvalidParameterValueException(
            reason="Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
            f"than {limits.RECEIVE_MAX}"
        )


def check_filters(body: Mapping[str, Any]) -> None:
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


@dataclass(frozen=True, slots=True)
class Scaling:
    """Batches of a queue that may be with the function at once: from the beginning, and at most."""

    least: int = limits.CONCURRENT_BATCHES
    most: int = limits.CONCURRENCY_MAX


def read_scaling(body: Mapping[str, Any]) -> Scaling:
    """A provisioned poller brings ten batches; without any there is MaximumConcurrency."""
    if pollers := body.get("ProvisionedPollerConfig"):
        least, most = pollers["MinimumPollers"], pollers["MaximumPollers"]
        return Scaling(least * limits.BATCHES_OF_POLLER, most * limits.BATCHES_OF_POLLER)
    maximum = (body.get("ScalingConfig") or {}).get("MaximumConcurrency")
    return Scaling(limits.CONCURRENT_BATCHES, maximum or limits.CONCURRENCY_MAX)


def decide_concurrency(saturated_ms: int, scaling: Scaling) -> int:
    """How many batches may be with the function after ``saturated_ms`` of having as many as it may.

    AWS adds up to 300 a minute. We get there by doubling: cold starts on one machine cost its own time.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    """
    doublings = min(saturated_ms // limits.CONCURRENT_BATCHES_DOUBLE_MS, 20)
    return min(scaling.least << doublings, scaling.most)
