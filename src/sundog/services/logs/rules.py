"""The decisions of CloudWatch Logs: what a batch keeps, whom an identifier names, what a page token says."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Sequence
from typing import Any

import orjson

from sundog.arn import parse_arn
from sundog.context import Request
from sundog.services.logs import limits
from sundog.services.logs.errors import InvalidParameterException
from sundog.services.logs.model import Accepted, Position, event_bytes

PREFIX_END = "\U0010ffff"
"""Sorts after every name with the prefix before it."""


def decide_put(events: Sequence[Request], now_ms: int, retention_ms: int) -> Accepted:
    """What of a PutLogEvents batch is stored, or the error of the whole batch.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """
    times = [event["timestamp"] for event in events]
    messages = [event["message"] for event in events]
    size = sum(map(event_bytes, messages))
    if size > limits.BATCH_BYTES_MAX:
        raise InvalidParameterException(
            message=f"Upload too large: {size} bytes exceeds limit of {limits.BATCH_BYTES_MAX}"
        )
    if any(earlier > later for earlier, later in itertools.pairwise(times)):
        raise InvalidParameterException(
            message="Log events in a single PutLogEvents request must be in chronological order."
        )
    if times[-1] - times[0] > limits.BATCH_SPAN_MS_MAX:
        raise InvalidParameterException(
            message="The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return _within_reach(times, messages, now_ms, retention_ms)


def _within_reach(times: list[int], messages: list[str], now_ms: int, retention_ms: int) -> Accepted:
    """Without events that are too old, expired or too new; AWS keeps the rest. End indexes are exclusive."""
    rejected: dict[str, int] = {}
    too_old = sum(time < now_ms - limits.AGE_MS_MAX for time in times)
    expired = sum(time < now_ms - retention_ms for time in times) if retention_ms else 0
    too_new = len(times) - sum(time > now_ms + limits.AHEAD_MS_MAX for time in times)
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    if too_new < len(times):
        rejected["tooNewLogEventStartIndex"] = too_new
    first = max(too_old, expired)
    if rejected:
        times, messages = times[first:too_new], messages[first:too_new]
    return Accepted(times, messages, rejected)


def split_by_time(times: Sequence[int], span_ms_max: int) -> list[tuple[int, int]]:
    """Slices (start, end) of ordered times, each no longer in time than the limit."""
    slices, start = [], 0
    if times[-1] - times[0] <= span_ms_max:
        return [(0, len(times))]
    for index, time_ms in enumerate(times):
        if time_ms - times[start] > span_ms_max:
            slices.append((start, index))
            start = index
    return [*slices, (start, len(times))]


def group_name(request: Request) -> str:
    """The group a request means by ``logGroupName`` or ``logGroupIdentifier`` (a name or an ARN)."""
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if name and identifier:
        raise InvalidParameterException(
            message="LogGroup name and LogGroup ARN are mutually exclusive parameters."
        )
    if not name and not identifier:
        raise InvalidParameterException(message="LogGroup name or LogGroup ARN must be specified.")
    return name or identified_group(identifier or "")


def identified_group(identifier: str) -> str:
    """The name in a group's ARN, with or without its ``:*``; a name stands for itself."""
    if not identifier.startswith("arn:"):
        return identifier
    arn = parse_arn(identifier)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        raise InvalidParameterException(message="Invalid log group identifier.")
    return arn.resource.removeprefix("log-group:").removesuffix(":*")


def parse_event_token(token: str) -> tuple[bool, Position]:
    """A GetLogEvents token: whether it leads forward, and from where."""
    direction, _, digits = token.partition("/")
    position = Position.parse(digits)
    if direction not in ("f", "b") or position is None:
        raise InvalidParameterException(message="The specified nextToken is invalid.")
    return direction == "f", position


def write_page_token(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode()


def parse_page_token(token: str | None, *default: Any) -> list[Any]:
    """The values a token was written from, or the defaults where there is none."""
    if not token:
        return list(default)
    try:
        values = orjson.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError):
        values = None
    is_same_kind = isinstance(values, list) and [type(v) for v in values] == [type(d) for d in default]
    if not is_same_kind:
        raise InvalidParameterException(message="The specified nextToken is invalid.")
    assert isinstance(values, list)
    return values


def page(items: Sequence[dict[str, Any]], request: Request, size: str = "limit") -> tuple[Any, str | None]:
    """One page of a list held whole, and the token of the next."""
    (start,) = parse_page_token(request.get("nextToken"), 0)
    end = start + (request.get(size) or limits.PAGE_MAX)
    return list(items[start:end]), write_page_token(end) if end < len(items) else None


def with_token(result: dict[str, Any], token: str | None) -> dict[str, Any]:
    return result if token is None else {**result, "nextToken": token}
