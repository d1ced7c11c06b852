"""What a schedule may be: checks with AWS's words, and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from sundog.context import Request
from sundog.lang.cron import Dialect, InvalidSchedule, parse_schedule
from sundog.protocol.models import Models
from sundog.services.scheduler import limits
from sundog.services.scheduler.calls import check_target
from sundog.services.scheduler.errors import ValidationException
from sundog.services.scheduler.model import ENABLED
from sundog.services.scheduler.occurrences import is_one_time

_KEPT: Final = ("StartDate", "EndDate", "Description", "KmsKeyArn")


def decide_body(
    models: Models, request: Request, now_ms: int, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of a schedule as GetSchedule shows them; ``before`` is what an update replaces."""
    body: dict[str, Any] = {
        "ScheduleExpression": request["ScheduleExpression"],
        "ScheduleExpressionTimezone": request.get("ScheduleExpressionTimezone") or "UTC",
        "State": request.get("State") or ENABLED,
        "ActionAfterCompletion": request.get("ActionAfterCompletion") or "NONE",
        "FlexibleTimeWindow": dict(request["FlexibleTimeWindow"]),
        "Target": _target(request["Target"]),
    }
    body |= {name: request[name] for name in _KEPT if request.get(name) is not None}
    _check_expression(body)
    _check_window(body["FlexibleTimeWindow"])
    if not is_one_time(body):
        _check_dates(body, now_ms, before or {})
    check_target(models, body["Target"])
    _check_target_members(body["Target"])
    return body


def _target(target: Mapping[str, Any]) -> dict[str, Any]:
    retry = {
        "MaximumEventAgeInSeconds": limits.EVENT_AGE_S_DEFAULT,
        "MaximumRetryAttempts": limits.RETRIES_DEFAULT,
    }
    return {**target, "RetryPolicy": {**retry, **(target.get("RetryPolicy") or {})}}


def _check_expression(body: Mapping[str, Any]) -> None:
    try:
        parse_schedule(body["ScheduleExpression"], Dialect.SCHEDULER)
    except InvalidSchedule as error:
        raise ValidationException(error.message) from None
    zone = body["ScheduleExpressionTimezone"]
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise ValidationException(f"Invalid Schedule Expression Timezone {zone}.") from None


def _check_window(window: Mapping[str, Any]) -> None:
    has_maximum = window.get("MaximumWindowInMinutes") is not None
    if window["Mode"] == "FLEXIBLE" and not has_maximum:
        raise ValidationException("MaximumWindowInMinutes must be provided for FLEXIBLE time window.")
    if window["Mode"] == "OFF" and has_maximum:
        raise ValidationException("MaximumWindowInMinutes must not be provided when the time window is OFF.")


def _check_dates(body: Mapping[str, Any], now_ms: int, before: Mapping[str, Any]) -> None:
    """An update may keep a start that has passed."""
    start_ms, end_ms = body.get("StartDate"), body.get("EndDate")
    is_new = start_ms is not None and start_ms != before.get("StartDate")
    if is_new and start_ms is not None and start_ms < now_ms - limits.START_LATE_MS_MAX:
        raise ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end_ms is not None and end_ms < now_ms:
        raise ValidationException("The EndDate you specify cannot be in the past.")
    if start_ms is not None and end_ms is not None and start_ms >= end_ms:
        raise ValidationException("The StartDate you specify must come before the EndDate you specify.")


def _check_target_members(target: Mapping[str, Any]) -> None:
    if len((target.get("Input") or "").encode()) > limits.INPUT_BYTES_MAX:
        raise ValidationException(f"Input must be at most {limits.INPUT_BYTES_MAX} bytes.")
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn") or ""
    if dead_letters.endswith(".fifo"):
        raise ValidationException("A FIFO queue cannot be the dead-letter queue of a schedule.")
