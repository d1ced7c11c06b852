"""What a target receives: the schedule's input with its context attributes filled in.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from sundog.arn import parse_arn


def write_time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_input(invocation: Mapping[str, Any], attempt: int, is_universal: bool) -> str:
    """The text for one attempt. A templated target without input is told what fired."""
    text = invocation["target"].get("Input")
    if text is None:
        text = "{}" if is_universal else _default_event(invocation)
    values = {
        "schedule-arn": invocation["schedule_arn"],
        "scheduled-time": write_time(invocation["scheduled_ms"]),
        "execution-id": invocation["execution_id"],
        "attempt-number": str(attempt),
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return str(text)


def _default_event(invocation: Mapping[str, Any]) -> str:
    arn = parse_arn(invocation["schedule_arn"])
    assert arn is not None
    event = {
        "version": "0",
        "id": invocation["execution_id"],
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": arn.account,
        "time": write_time(invocation["scheduled_ms"]),
        "region": arn.region,
        "resources": [str(arn)],
        "detail": "{}",
    }
    return orjson.dumps(event).decode()
