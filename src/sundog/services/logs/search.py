"""GetLogEvents and FilterLogEvents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.lang.log_pattern import Matcher, PatternError, compile_pattern
from sundog.services.logs import limits
from sundog.services.logs.errors import InvalidParameterException, ResourceNotFoundException
from sundog.services.logs.groups import SQL, load_group
from sundog.services.logs.model import Event, Group, Position
from sundog.services.logs.reading import END_MS, Span, read_backward, read_forward
from sundog.services.logs.rules import group_name, parse_event_token, with_token
from sundog.services.logs.streams import load_stream


def read_pattern(text: str) -> Matcher:
    """The matcher of a filter pattern, or AWS's error."""
    try:
        return compile_pattern(text)
    except PatternError as error:
        raise InvalidParameterException(message=str(error)) from None


@operation("logs", "GetLogEvents")
async def get_log_events(ctx: Context, request: Request) -> Result:
    """A page of one stream, oldest event first, and tokens for both directions from it."""
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, group_name(request))
        stream = await load_stream(tx, group, request["logStreamName"])
    span = Span(
        group.id,
        frozenset([stream.id]),
        _start_ms(ctx, group, request),
        request.get("endTime", END_MS),
    )
    is_forward, token = bool(request.get("startFromHead")), request.get("nextToken")
    if token:
        is_forward, position = parse_event_token(token)
        span = replace(span, after=position) if is_forward else replace(span, before=position)
    events = await _page(ctx, span, request.get("limit") or limits.EVENTS_PAGE_MAX, is_forward)
    forward, backward = _tokens(ctx, events, token)
    return {
        "events": [_got(event) for event in events],
        "nextForwardToken": forward,
        "nextBackwardToken": backward,
    }


async def _page(ctx: Context, span: Span, count: int, is_forward: bool) -> list[Event]:
    """Up to ``count`` events and 1 MB."""
    events, size = [], 0
    source = read_forward(ctx, span) if is_forward else read_backward(ctx, span)
    async for event in source:
        size += len(event.message) + limits.EVENT_OVERHEAD_BYTES
        if events and size > limits.EVENTS_PAGE_BYTES_MAX:
            break
        events.append(event)
        if len(events) == count:
            break
    return events if is_forward else events[::-1]


def _tokens(ctx: Context, events: list[Event], token: str | None) -> tuple[str, str]:
    """At the end of the stream a token leads to itself: that is how callers know."""
    if events:
        return f"f/{events[-1].position.token()}", f"b/{events[0].position.token()}"
    if token is None:
        here = Position(ctx.clock.now_ms(), 0, 0).token()
        return f"f/{here}", f"b/{here}"
    is_forward, at = parse_event_token(token)
    if is_forward:
        return token, f"b/{replace(at, index=at.index + 1).token()}"
    return f"f/{replace(at, index=max(0, at.index - 1)).token()}", token


@operation("logs", "FilterLogEvents")
async def filter_log_events(ctx: Context, request: Request) -> Result:
    """Events of a group that match, in order of time, whatever stream they are in."""
    match = read_pattern(request.get("filterPattern", ""))
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, group_name(request))
        streams = {row["id"]: row["name"] for row in await tx.all(SQL["stream_names"], group_id=group.id)}
    wanted = _wanted(streams, request)
    end_ms = request["endTime"] + 1 if "endTime" in request else END_MS
    span = Span(group.id, wanted, _start_ms(ctx, group, request), end_ms)
    is_forward = request.get("startFromHead", True)
    if "nextToken" in request:
        position = Position.parse(request["nextToken"])
        if position is None:
            raise InvalidParameterException(message="The specified nextToken is invalid.")
        span = replace(span, after=position) if is_forward else replace(span, before=position)
    source = read_forward(ctx, span) if is_forward else read_backward(ctx, span)
    events, token = await _search(source, match, request.get("limit") or limits.EVENTS_PAGE_MAX)
    found = [_found(event, streams) for event in events if event.stream_id in streams]
    return with_token({"events": found, "searchedLogStreams": []}, token)


async def _search(source: AsyncIterator[Event], match: Matcher, count: int) -> tuple[list[Event], str | None]:
    """Matching events until the page is full or enough was read; the token where to go on."""
    events: list[Event] = []
    size = scanned = 0
    last: Event | None = None
    async for event in source:
        is_full = len(events) >= count or scanned >= limits.EVENTS_SCANNED_MAX
        if last is not None and (is_full or size + len(event.message) > limits.EVENTS_PAGE_BYTES_MAX):
            return events, last.position.token()
        last, scanned = event, scanned + 1
        if match(event.message) is not None:
            events.append(event)
            size += len(event.message) + limits.EVENT_OVERHEAD_BYTES
    return events, None


def _wanted(streams: Mapping[int, str], request: Request) -> frozenset[int] | None:
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names and prefix and not any(name.startswith(prefix) for name in names):
        raise InvalidParameterException(message="logStreamNamePrefix does not match any of logStreamNames.")
    if names and not set(names) <= set(streams.values()):
        raise ResourceNotFoundException(what="log stream")
    if not names and not prefix:
        return None
    return frozenset(
        id
        for id, name in streams.items()
        if (not names or name in names) and (not prefix or name.startswith(prefix))
    )


def _start_ms(ctx: Context, group: Group, request: Request) -> int:
    """Events older than the group's retention are gone, swept or not."""
    start_ms = int(request.get("startTime", 0))
    if not group.retention_ms:
        return start_ms
    return max(start_ms, ctx.clock.now_ms() - group.retention_ms)


def _got(event: Event) -> dict[str, Any]:
    return {"timestamp": event.time_ms, "message": event.message, "ingestionTime": event.ingested_ms}


def _found(event: Event, streams: Mapping[int, str]) -> dict[str, Any]:
    return {
        "logStreamName": streams[event.stream_id],
        **_got(event),
        "eventId": event.position.token(),
    }
