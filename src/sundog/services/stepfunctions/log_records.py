"""History events as CloudWatch Logs gets them: which ones, and with how much in them.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from sundog.services.stepfunctions.engine.history import Event, details_name

_FATAL: Final = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
_ERROR_ENDINGS: Final = ("Failed", "TimedOut", "Aborted")
_DATA: Final = frozenset(
    {
        "input",
        "inputDetails",
        "output",
        "outputDetails",
        "parameters",
        "assignedVariables",
        "assignedVariablesDetails",
    }
)
RECORD_BYTES_MAX: Final = 256_000
"""What does not fit into one event of CloudWatch Logs is told without its data."""


def is_logged(event_type: str, level: str) -> bool:
    """Whether a configured level lets an event through."""
    if level == "ALL":
        return True
    if level == "ERROR":
        return event_type.endswith(_ERROR_ENDINGS) or event_type == "FailStateEntered"
    return level == "FATAL" and event_type in _FATAL


def log_records(
    arn: str, events: Iterable[Event], logging: Mapping[str, Any], redrive_count: int = 0
) -> Iterator[dict[str, Any]]:
    """Events for PutLogEvents."""
    level, with_data = logging.get("level", "OFF"), bool(logging.get("includeExecutionData"))
    for event in events:
        if is_logged(event["type"], level):
            message = _message(arn, event, redrive_count, with_data=with_data)
            if len(message) > RECORD_BYTES_MAX:
                message = _message(arn, event, redrive_count, with_data=False)
            yield {"timestamp": event["timestamp"], "message": message.decode()}


def _message(arn: str, event: Event, redrive_count: int, *, with_data: bool) -> bytes:
    details = event.get(details_name(event["type"]), {})
    return orjson.dumps(
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": {k: v for k, v in details.items() if with_data or k not in _DATA},
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(event["timestamp"]),
            "execution_arn": arn,
            "redrive_count": str(redrive_count),
        }
    )
