"""Durable work of Logs Insights: running a query in small steps, and forgetting old ones.

A run holds nothing durable but its end: results and status are one transaction. If the process dies on the
way, the next one runs the query again from the start; events do not change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from sundog import work
from sundog.context import Context
from sundog.lang.logs_insights import LogEvent, Query, Row, Run, Settings, TooManyGroups, parse
from sundog.services.logs import limits
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import event_bytes
from sundog.services.logs.query_rows import Figures, StoredQuery, advance_query, find_query, store_results
from sundog.services.logs.reading import Span, read_forward
from sundog.services.logs.records import write_pointer
from sundog.work import WorkItem

_EVENTS_A_TURN = 200
"""Then other requests have their turn."""
_EVENTS_A_LOOK = 10_000
"""Then the run says how far it is, and looks whether anybody still wants it."""


class Ended(Exception):
    """The query was stopped meanwhile, or has taken too long."""


async def run_query(ctx: Context, item: WorkItem) -> None:
    """From Scheduled through Running to its end."""
    id = item.payload["query"]
    async with ctx.store.transaction(takes_locks=True) as tx:
        query = await find_query(tx, ctx, id)
        is_poison = item.attempt > limits.QUERY_ATTEMPTS_MAX
        status = "Failed" if is_poison else "Running"
        if query is None or not await advance_query(tx, id, status, Figures()) or is_poison:
            await work.finish(tx, item)
            return
    scan = Scan(ctx, query, parse(query.asked.text))
    try:
        await scan.read()
        await _end(ctx, item, scan, "Complete", scan.run.rows())
    except TooManyGroups:
        await _end(ctx, item, scan, "Failed")
    except Ended:
        await _end(ctx, item, scan, "Timeout")


async def expire_query(ctx: Context, item: WorkItem) -> None:
    """Drop a query and its results. One that still runs has timed out long ago."""
    async with ctx.store.transaction() as tx:
        for statement in ("delete_query_pages", "delete_query"):
            await tx.run(SQL[statement], id=item.payload["query"])
        await work.finish(tx, item)


async def _end(ctx: Context, item: WorkItem, scan: Scan, status: str, rows: list[Row] | None = None) -> None:
    """A query that was stopped stays as it is: then there is nothing to advance."""
    results = rows or []
    async with ctx.store.transaction(takes_locks=True) as tx:
        if await advance_query(tx, scan.query.id, status, scan.figures, len(results)):
            await store_results(tx, scan.query.id, results)
        await work.finish(tx, item)


class Scan:
    """One pass over the events of a query."""

    def __init__(self, ctx: Context, query: StoredQuery, pipeline: Query) -> None:
        asked = query.asked
        settings = Settings(query.created_ms, asked.start_ms, asked.end_ms, asked.limit)
        self.query, self.run = query, Run(pipeline, settings)
        self._ctx, self._scanned, self._bytes = ctx, 0, 0

    @property
    def figures(self) -> Figures:
        return Figures(self.run.matched, self._scanned, self._bytes)

    async def read(self) -> None:
        """Feed every event to the run, or as many as it wants. Raises `Ended`, `TooManyGroups`."""
        for group_id, name in self.query.asked.groups:
            async for event in self._events(group_id, name):
                self.run.feed(event)
                if self.run.is_full:
                    return
        await self._look()

    async def _events(self, group_id: int, name: str) -> AsyncIterator[LogEvent]:
        """Oldest first; those of deleted streams are gone."""
        span, log = await self._span(group_id), f"{self._ctx.scope.account}:{name}"
        streams: dict[int, str | None] = {}
        async for event in read_forward(self._ctx, span):
            if event.stream_id not in streams:
                streams[event.stream_id] = await self._stream(event.stream_id)
            stream = streams[event.stream_id]
            if stream is None:
                continue
            await self._count(event.message)
            pointer = write_pointer(group_id, event.position)
            yield LogEvent(event.message, event.time_ms, event.ingested_ms, log, stream, pointer)

    async def _span(self, group_id: int) -> Span:
        """Events older than the group's retention are gone, swept or not; so are those of a group that is."""
        asked = self.query.asked
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["group_by_id"], id=group_id)
        if row is None:
            return Span(group_id, frozenset())
        kept_ms = row["retention_days"] * limits.DAY_MS
        start_ms = max(asked.start_ms, self._ctx.clock.now_ms() - kept_ms if kept_ms else 0)
        return Span(group_id, None, start_ms, asked.end_ms + 1)

    async def _stream(self, id: int) -> str | None:
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["stream_by_id"], id=id)
        return None if row is None else str(row["name"])

    async def _count(self, message: str) -> None:
        self._scanned += 1
        self._bytes += event_bytes(message)
        if self._scanned % _EVENTS_A_LOOK == 0:
            await self._look()
        elif self._scanned % _EVENTS_A_TURN == 0:
            await self._ctx.clock.sleep_until(0)  # returns at once, and lets other requests in

    async def _look(self) -> None:
        if self._ctx.clock.now_ms() - self.query.created_ms > limits.QUERY_RUNTIME_MS_MAX:
            raise Ended
        async with self._ctx.store.transaction(takes_locks=True) as tx:
            if not await advance_query(tx, self.query.id, "Running", self.figures):
                raise Ended
