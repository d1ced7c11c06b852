"""Stored events in order of time, forward or backward, a few rows in memory at once."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sundog.context import Context
from sundog.services.logs import limits
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import Event, Position
from sundog.services.logs.rows import unpack
from sundog.store import Row, Transaction

CHUNKS_MAX = 64
"""Rows read in one transaction."""

END_MS = 1 << 61
FIRST = Position(-1, -1, -1)
LAST = Position(END_MS, END_MS, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """Which events: of a group (``streams`` None for all) or one stream; ``end_ms`` is exclusive.

    ``after`` and ``before`` are exclusive positions.
    """

    group_id: int
    streams: frozenset[int] | None
    start_ms: int = 0
    end_ms: int = END_MS
    after: Position = FIRST
    before: Position = LAST

    @property
    def low_ms(self) -> int:
        return max(self.start_ms, self.after.time_ms)

    @property
    def high_ms(self) -> int:
        """Exclusive."""
        return min(self.end_ms, self.before.time_ms + 1)

    def holds(self, position: Position) -> bool:
        in_time = self.start_ms <= position.time_ms < self.end_ms
        return in_time and self.after < position < self.before


@dataclass(frozen=True, slots=True)
class Chunk:
    """One stored batch."""

    id: int
    stream_id: int
    min_ms: int
    max_ms: int
    ingested_ms: int
    payload: bytes


async def read_forward(ctx: Context, span: Span) -> AsyncIterator[Event]:
    """Oldest first. Batches overlap in time: an event waits until no later row can hold an earlier one."""
    waiting: list[tuple[Position, Event]] = []
    async for chunk in _chunks(ctx, span, is_forward=True):
        while waiting and waiting[0][0].time_ms < chunk.min_ms:
            yield heapq.heappop(waiting)[1]
        for event in _events(chunk, span):
            heapq.heappush(waiting, (event.position, event))
    while waiting:
        yield heapq.heappop(waiting)[1]


async def read_backward(ctx: Context, span: Span) -> AsyncIterator[Event]:
    """Newest first."""
    waiting: list[tuple[int, int, int, Event]] = []
    async for chunk in _chunks(ctx, span, is_forward=False):
        while waiting and -waiting[0][0] > chunk.max_ms:
            yield heapq.heappop(waiting)[3]
        for event in _events(chunk, span):
            at = event.position
            heapq.heappush(waiting, (-at.time_ms, -at.chunk, -at.index, event))
    while waiting:
        yield heapq.heappop(waiting)[3]


def _events(chunk: Chunk, span: Span) -> list[Event]:
    times, messages = unpack(chunk.payload)
    return [
        Event(position, chunk.stream_id, message, chunk.ingested_ms)
        for index, (time_ms, message) in enumerate(zip(times, messages, strict=True))
        if span.holds(position := Position(time_ms, chunk.id, index))
    ]


async def _chunks(ctx: Context, span: Span, *, is_forward: bool) -> AsyncIterator[Chunk]:
    """Rows that touch the span, by their first time (forward) or last time (backward)."""
    edge = (-1, -1) if is_forward else (END_MS * 2, 0)
    if span.streams is not None and not span.streams:
        return
    while True:
        async with ctx.store.transaction() as tx:
            rows = await _page(tx, span, edge, is_forward)
            chunks = [
                await _load(tx, row)
                for row in rows
                if span.streams is None or row["stream_id"] in span.streams
            ]
        for chunk in chunks:
            if chunk is not None:
                yield chunk
        if len(rows) < CHUNKS_MAX:
            return
        edge = (rows[-1]["min_ms" if is_forward else "max_ms"], rows[-1]["id"])
        await ctx.clock.sleep_until(0)  # returns at once, and lets other requests in


async def _page(tx: Transaction, span: Span, edge: tuple[int, int], is_forward: bool) -> list[Row]:
    is_one = span.streams is not None and len(span.streams) == 1
    owner = next(iter(span.streams)) if span.streams is not None and is_one else span.group_id
    # A row spans little time: those that begin earlier (end later) than that cannot touch the span.
    reach = (
        {"low_ms": span.low_ms - limits.CHUNK_SPAN_MS_MAX}
        if is_forward
        else {"high_ms": span.high_ms + limits.CHUNK_SPAN_MS_MAX + 1}
    )
    kind = ("stream" if is_one else "group") + ("_chunks" if is_forward else "_chunks_descending")
    return await tx.all(
        SQL[kind],
        owner=owner,
        start_ms=span.low_ms,
        end_ms=span.high_ms,
        edge_ms=edge[0],
        edge_id=edge[1],
        count=CHUNKS_MAX,
        **reach,
    )


async def _load(tx: Transaction, row: Row) -> Chunk | None:
    found = await tx.one(SQL["chunk"], id=row["id"])
    if found is None:
        return None
    return Chunk(
        row["id"],
        row["stream_id"],
        row["min_ms"],
        row["max_ms"],
        found["ingested_ms"],
        bytes(found["payload"]),
    )
