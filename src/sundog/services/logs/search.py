"""GetLogEvents and FilterLogEvents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.lang.log_pattern import Matcher, PatternError, compile_pattern
from sundog.services.logs import limits
from sundog.services.logs.errors import InvalidParameterException
from sundog.services.logs.groups import SQL, load_group
from sundog.services.logs.model import Event, Group, Position, event_bytes
from sundog.services.logs.reading import END_MS, Span, read_backward, read_forward
from sundog.services.logs.rules import PREFIX_END, group_name, parse_event_token, with_token
from sundog.services.logs.streams import load_stream
from sundog.store import Transaction

NAMES_ONE_BY_ONE_MAX = 100


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
    forward, backward = _tokens(events, token, span)
    return {
        "events": [_got(event) for event in events],
        "nextForwardToken": forward,
        "nextBackwardToken": backward,
    }


async def _page(ctx: Context, span: Span, count: int, is_forward: bool) -> list[Event]:
    """Up to ``count`` events and 1 MB."""
    events: list[Event] = []
    size = 0
    source = read_forward(ctx, span) if is_forward else read_backward(ctx, span)
    async for event in source:
        size += event_bytes(event.message)
        if events and size > limits.EVENTS_PAGE_BYTES_MAX:
            break
        events.append(event)
        if len(events) == count:
            break
    return events if is_forward else events[::-1]


def _tokens(events: list[Event], token: str | None, span: Span) -> tuple[str, str]:
    """At the end of the stream a token leads to itself: that is how callers know.

    The token in the other direction leads to the event that the first one had passed, and back.
    """
    if events:
        return f"f/{events[-1].position.token()}", f"b/{events[0].position.token()}"
    if token is None:
        here = Position(max(0, span.start_ms), 0, 0).token()
        return f"f/{here}", f"b/{here}"
    is_forward, at = parse_event_token(token)
    if is_forward:
        return token, f"b/{replace(at, index=at.index + 1).token()}"
    return f"f/{at.before().token()}", token


@operation("logs", "FilterLogEvents")
async def filter_log_events(ctx: Context, request: Request) -> Result:
    """Events of a group that match, in order of time, whatever stream they are in.

    ``searchedLogStreams`` names the streams that had any: tools still wait for it to fill.
    """
    match = read_pattern(request.get("filterPattern", ""))
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, group_name(request))
        wanted = await _wanted(tx, group, request)
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
    streams = await _names(ctx, group, {event.stream_id for event in events})
    found = [_found(event, streams) for event in events if event.stream_id in streams]
    searched = [{"logStreamName": name, "searchedCompletely": token is None} for name in streams.values()]
    return with_token({"events": found, "searchedLogStreams": searched}, token)


async def _search(source: AsyncIterator[Event], match: Matcher, count: int) -> tuple[list[Event], str | None]:
    """Matching events until the page is full or enough was read; the token where to go on."""
    events: list[Event] = []
    size = scanned = 0
    last: Event | None = None
    async for event in source:
        is_full = len(events) >= count or scanned >= limits.EVENTS_SCANNED_MAX
        if last is not None and (is_full or size + event_bytes(event.message) > limits.EVENTS_PAGE_BYTES_MAX):
            return events, last.position.token()
        last, scanned = event, scanned + 1
        if match(event.message) is not None:
            events.append(event)
            size += event_bytes(event.message)
    return events, None


async def _wanted(tx: Transaction, group: Group, request: Request) -> frozenset[int] | None:
    """The streams that are asked for; None for all of the group."""
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names:
        if prefix and not any(name.startswith(prefix) for name in names):
            raise InvalidParameterException(
                message="logStreamNamePrefix does not match any of logStreamNames."
            )
        streams = [await load_stream(tx, group, name) for name in names]
        return frozenset(stream.id for stream in streams if stream.name.startswith(prefix or ""))
    if prefix:
        rows = await tx.all(
            SQL["stream_names"], group_id=group.id, prefix=prefix, prefix_end=prefix + PREFIX_END
        )
        return frozenset(row["id"] for row in rows)
    return None


async def _names(ctx: Context, group: Group, streams: set[int]) -> dict[int, str]:
    """Names by id; a deleted stream has none."""
    async with ctx.store.transaction() as tx:
        if len(streams) > NAMES_ONE_BY_ONE_MAX:
            rows = await tx.all(SQL["stream_names"], group_id=group.id, prefix="", prefix_end=PREFIX_END)
        else:
            rows = [row for id in streams if (row := await tx.one(SQL["stream_by_id"], id=id)) is not None]
    return {row["id"]: row["name"] for row in rows}


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
