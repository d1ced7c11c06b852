"""One shard at work: it is read on, its records go to lanes by their keys, and its place moves on durably."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sundog import bus
from sundog.bus import Delivery
from sundog.bus.stream_source import StreamRecord, StreamSource
from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import ResourceNotFoundException
from sundog.services.lambda_.filters import is_wanted
from sundog.services.lambda_.loading import load_version
from sundog.services.lambda_.mapping_metrics import MappingMetrics
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.shard_places import Places, ShardLost, ShardRow, first_of
from sundog.services.lambda_.stream_batches import StreamSettings, lane_of
from sundog.services.lambda_.stream_lane import Destined, Lane, Reading
from sundog.services.lambda_.stream_windows import Window
from sundog.store import Subscription, Transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadFor:
    """The mapping that a shard is read for."""

    ctx: Context
    mapping: SourceMapping
    name: FunctionName
    source: StreamSource
    stream_arn: str
    settings: StreamSettings
    owner: str
    report: Callable[[str], Awaitable[None]]


class ShardReader:
    """`run` returns when the shard has been read to its end, or is another node's."""

    def __init__(self, what: ReadFor, row: ShardRow) -> None:
        self._what, self._shard = what, row.shard
        self._ctx, self._source, self._settings = what.ctx, what.source, what.settings
        self._places = Places(what.ctx, what.mapping, row, what.owner)
        self._place = row.place
        self._window = row.window if what.settings.tumbling_ms else None  # a change may have ended windows
        self._is_end = False
        self._saving = asyncio.Lock()
        self._metrics = MappingMetrics(what.ctx, what.mapping)
        reading = Reading(
            what.ctx,
            what.name,
            what.source,
            what.stream_arn,
            row.shard,
            what.settings,
            self._metrics,
            self._settle,
            what.report,
        )
        count = 1 if what.settings.tumbling_ms else what.settings.lanes
        self._lanes = [Lane(reading, None if number else self._window) for number in range(count)]
        self._going: dict[Lane, asyncio.Task[None]] = {}

    @property
    def going(self) -> Sequence[asyncio.Task[None]]:
        return list(self._going.values())

    @property
    def invoking(self) -> Sequence[asyncio.Task[None]]:
        """Those that are with the function, and not between two tries."""
        return [task for lane, task in self._going.items() if not lane.is_resting]

    async def run(self) -> None:
        clock = self._ctx.clock
        async with self._ctx.store.subscribe(self._source.channel) as changes:
            while True:
                with clock.busy():
                    if not await self._claim():
                        await changes.wait(clock.now_ms() + limits.SHARD_LEASE_MS)
                        continue
                    has_more = await self._read()
                    self._start_lanes()
                    if self._is_end and not self._going and all(lane.is_empty for lane in self._lanes):
                        await self._save(None, [], is_finished=True)
                        return
                    if not has_more:
                        await self._wait(changes)
                    self._raise_failures()

    async def _claim(self) -> bool:
        async with self._saving:
            return await self._places.claim()

    async def _read(self) -> bool:
        """A page more, if there is room; whether there may be another at once."""
        room = limits.STREAM_WAITING_MAX - self._places.count
        size = sum(lane.size for lane in self._lanes)
        if self._is_end or room <= 0 or size >= limits.STREAM_WAITING_BYTES_MAX:
            return False
        page = await self._source.read(self._shard, self._place, min(room, limits.STREAM_READ_MAX))
        wanted = [record for record in page.records if self._wants(record)]
        self._places.opened(page.records, page.place)
        for record in wanted:
            self._lanes[lane_of(record.key, len(self._lanes))].add(record)
        self._place, self._is_end = page.place, page.is_end
        self._metrics.polled(len(page.records), len(page.records) - len(wanted))
        if len(wanted) < len(page.records):
            kept = {record.place for record in wanted}
            await self._settle([r for r in page.records if r.place not in kept], self._window, [])
        return bool(page.records) and not page.is_end

    def _wants(self, record: StreamRecord) -> bool:
        return is_wanted(record.view, self._settings.filters, self._source.filtered)

    def _start_lanes(self) -> None:
        for lane in self._lanes:
            if lane not in self._going and lane.is_ripe(self._is_end):
                work = self._work(lane)
                loop = asyncio.get_running_loop()
                self._going[lane] = loop.create_task(work, context=contextvars.Context())

    async def _work(self, lane: Lane) -> None:
        with self._ctx.clock.busy():
            await lane.go(self._is_end)

    async def _wait(self, changes: Subscription) -> None:
        """Until there may be more to read, a lane is ripe, or one has ended."""
        clock = self._ctx.clock
        resting = [lane.due_ms() for lane in self._lanes if lane not in self._going]
        dues = [due for due in resting if due is not None]
        look_ms = clock.now_ms() + limits.STREAM_LOOK_MS
        lease_ms = clock.now_ms() + limits.SHARD_LEASE_MS // 2 if self._ctx.store.is_shared else NEVER_MS
        due_ms = min([*dues, lease_ms, NEVER_MS if self._source.channel else look_ms])
        is_work = bool(dues)
        wait = changes.wait(due_ms, is_work=is_work, may_be_late=None if is_work else lambda: True)
        await first_of(wait, self._going.values())

    def _raise_failures(self) -> None:
        """Lanes that have ended make room; one that failed ends the reader."""
        for lane, task in list(self._going.items()):
            if task.done():
                del self._going[lane]
                task.result()

    async def _settle(
        self, records: Sequence[StreamRecord], window: Window | None, destined: list[Destined]
    ) -> None:
        async with self._saving:  # what one lane tells must not be outrun by the place that another saves
            before = self._places.place
            self._places.closed(records)
            if self._places.place != before or window != self._window or destined:
                await self._save(window, destined)

    async def _save(
        self, window: Window | None, destined: list[Destined], *, is_finished: bool = False
    ) -> None:
        self._window = window
        async with self._ctx.store.transaction(takes_locks=True) as tx:
            await self._places.save(tx, window, is_finished=is_finished)
            for one in destined:
                role = await _role(tx, self._what.name)
                await bus.send(
                    self._ctx,
                    tx,
                    Delivery(
                        target_arn=self._settings.on_failure,
                        body=one.body,
                        source_arn=self._what.name.function_arn,
                        service="lambda.amazonaws.com",
                        role_arn=role,
                    ),
                )


async def _role(tx: Transaction, name: FunctionName) -> str:
    """The function may be gone: what failed before is told nevertheless."""
    try:
        role: str = (await load_version(tx, name)).settings["Role"]
    except ResourceNotFoundException:
        return ""
    return role


async def read_to_end(reader: ShardReader) -> bool:
    """Whether the shard was read to its end; False where another node has it."""
    try:
        await reader.run()
    except ShardLost:
        return False
    finally:
        for task in reader.going:
            task.cancel()
        await asyncio.gather(*reader.going, return_exceptions=True)
    return True
