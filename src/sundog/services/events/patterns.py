"""TestEventPattern."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.lang.event_pattern import InvalidPattern, compile_pattern
from sundog.services.events.errors import InvalidEventPatternException, ValidationException

REQUIRED = ("id", "account", "source", "time", "region", "detail-type")


@operation("events", "TestEventPattern")
async def test_event_pattern(_ctx: Context, request: Request) -> Result:
    event = _event(request["Event"])
    try:
        pattern = compile_pattern(request["EventPattern"])
    except InvalidPattern as error:
        raise InvalidEventPatternException(reason=error.message) from None
    return {"Result": pattern.matches(event)}


def _event(text: str) -> dict[str, Any]:
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict) or any(member not in event for member in REQUIRED):
        raise ValidationException(reason="Parameter Event is not valid.")
    return event
