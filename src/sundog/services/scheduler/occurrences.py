"""When a schedule fires next: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sundog.lang.cron import At, Dialect, parse_schedule
from sundog.services.scheduler.model import DISABLED, Schedule


def is_one_time(body: Mapping[str, Any]) -> bool:
    return isinstance(parse_schedule(body["ScheduleExpression"], Dialect.SCHEDULER), At)


def decide_next(schedule: Schedule, after_ms: int) -> int | None:
    """The first occurrence after ``after_ms``; None when there is none any more, or the schedule is off.

    One-time schedules ignore both dates. Without a start date a rate begins where it was made.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    if schedule.state == DISABLED:
        return None
    body = schedule.body
    expression = parse_schedule(body["ScheduleExpression"], Dialect.SCHEDULER)
    zone = ZoneInfo(body["ScheduleExpressionTimezone"])
    if isinstance(expression, At):
        return expression.next_after(after_ms, 0, zone)
    anchor_ms = body.get("StartDate") or schedule.anchor_ms
    next_ms = expression.next_after(after_ms, anchor_ms, zone)
    end_ms = body.get("EndDate")
    return None if next_ms is None or (end_ms is not None and next_ms > end_ms) else next_ms


def decide_due(schedule: Schedule, scheduled_ms: int, chance: float) -> int:
    """When the occurrence is carried out: some moment of its flexible window. ``chance`` is in [0, 1)."""
    window = schedule.body["FlexibleTimeWindow"]
    return scheduled_ms + int(window.get("MaximumWindowInMinutes", 0) * 60_000 * chance)
