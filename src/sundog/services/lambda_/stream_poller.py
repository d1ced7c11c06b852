"""One event source mapping of a stream at work: every shard has its reader, children after their parents.

Rules: a record counts as read only when the function has taken it or it was given up; the places are rows,
so that a restart goes on where it stopped. After a crash the records in between come a second time.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Mapping, Sequence

from sundog.arn import parse_arn
from sundog.bus.stream_source import Shard, StreamSource, open_stream
from sundog.clock import NEVER_MS
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.lambda_ import limits
from sundog.services.lambda_.kafka_sources import KafkaSources
from sundog.services.lambda_.mapping_kinds import KAFKA, source_kind
from sundog.services.lambda_.mapping_poller import BACK_OFF, record_result
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.names import parse_name
from sundog.services.lambda_.rows import SQL, scope_key
from sundog.services.lambda_.shard_places import ShardRow, first_of, to_shard_row
from sundog.services.lambda_.shard_reader import ReadFor, ShardReader, read_to_end
from sundog.services.lambda_.stream_batches import read_settings
from sundog.store import StoreError, Subscription

logger = logging.getLogger(__name__)

NO_STREAM = "PROBLEM: Stream not found"


class StreamPoller:
    """As `mapping_poller.Poller`, for streams."""

    def __init__(self, ctx: Context, mapping: SourceMapping, owner: str) -> None:
        self._ctx, self._mapping = as_lambda(ctx, mapping), mapping
        self._owner = owner
        self._result: str = mapping.body.get("LastProcessingResult", "")
        self._readers: dict[str, tuple[ShardReader, asyncio.Task[bool]]] = {}
        self._polling: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return False

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._polling = loop.create_task(self._poll(), context=contextvars.Context())

    async def stop_polling(self) -> None:
        """Batches under way get a moment; what they leave comes again."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])
        going = [task for reader, _ in self._readers.values() for task in reader.invoking]
        if going:
            await asyncio.wait(going, timeout=limits.BATCH_DRAIN_MS / 1_000)
        tasks = [task for _, task in self._readers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._readers.clear()
        await self._ctx.part(KafkaSources).close(self._mapping)

    async def finish(self, drain_ms: int) -> None:
        return None

    async def _poll(self) -> None:
        failures = 0
        while True:
            source = self._open()
            if source is None:
                await self._report(NO_STREAM)
                failures += 1
                await self._ctx.clock.sleep_until(
                    self._ctx.clock.now_ms() + BACK_OFF.failure_ms(failures), is_work=False
                )
                continue
            failures = await self._follow(source, failures)

    def _open(self) -> StreamSource | None:
        stream = parse_arn(self._mapping.source_arn)
        if stream is None or source_kind(self._mapping.source_arn) in KAFKA:
            return self._ctx.part(KafkaSources).open(self._mapping)
        return open_stream(self._ctx, stream)

    async def _follow(self, source: StreamSource, failures: int) -> int:
        """Readers for the shards there are, until something fails; how often that has happened."""
        clock = self._ctx.clock
        async with self._ctx.store.subscribe(source.channel) as changes:
            while True:
                with clock.busy():
                    try:
                        await self._look(source)
                        failures = 0
                    except AwsError as error:
                        failures += 1
                        await self._report(f"PROBLEM: {error.message}")
                    except Exception:
                        failures += 1
                        logger.exception("the source of %s could not be read", self._mapping.uuid)
                    if failures:
                        await changes.wait(clock.now_ms() + BACK_OFF.failure_ms(failures))
                        return failures
                    look_ms = clock.now_ms() + limits.SHARDS_LOOK_MS
                    await self._wait(changes, NEVER_MS if source.channel else look_ms)

    async def _look(self, source: StreamSource) -> None:
        for id, (_, task) in list(self._readers.items()):
            if task.done():
                del self._readers[id]
                task.result()
        shards = await source.shards()
        rows = await self._rows(source, shards)
        settings = read_settings(self._mapping.body, source.filtered)
        name = parse_name(self._mapping.scope, self._mapping.function_arn)
        stream_arn = self._mapping.source_arn
        what = ReadFor(
            self._ctx, self._mapping, name, source, stream_arn, settings, self._owner, self._report
        )
        for shard in shards:
            row = rows[shard.id]
            if shard.id in self._readers or row.is_finished or not _may_begin(shard, rows):
                continue
            reader = ShardReader(what, row)
            loop = asyncio.get_running_loop()
            task = loop.create_task(read_to_end(reader), context=contextvars.Context())
            self._readers[shard.id] = reader, task

    async def _rows(self, source: StreamSource, shards: Sequence[Shard]) -> Mapping[str, ShardRow]:
        """The rows of all shards; new shards of a stream that is being read are read from their beginning."""
        key = {**scope_key(self._mapping.scope), "uuid": self._mapping.uuid}
        async with self._ctx.store.transaction() as tx:
            rows = {row["shard"]: to_shard_row(row) for row in await tx.all(SQL["mapping_shards"], **key)}
        start, time_ms = (
            self._mapping.body["StartingPosition"],
            self._mapping.body.get("StartingPositionTimestamp", 0),
        )
        if rows:
            start = "TRIM_HORIZON"
        new = [shard for shard in shards if shard.id not in rows]
        places = {shard.id: await source.place(shard.id, start, time_ms) for shard in new}
        if places:
            async with self._ctx.store.transaction(takes_locks=True) as tx:
                for shard, place in places.items():
                    await tx.run(SQL["insert_mapping_shard"], **key, shard=shard, place=place)
                found = await tx.all(SQL["mapping_shards"], **key)
            rows = {row["shard"]: to_shard_row(row) for row in found}
        return rows

    async def _wait(self, changes: Subscription, due_ms: int) -> None:
        tasks = {task for _, task in self._readers.values()}
        await first_of(changes.wait(due_ms, may_be_late=lambda: True), tasks)

    async def _report(self, result: str) -> None:
        if result == self._result:
            return
        self._result = result
        try:
            await record_result(self._ctx, self._mapping, result)
        except StoreError as error:
            logger.warning("the state of %s could not be recorded: %s", self._mapping.uuid, error)


def as_lambda(ctx: Context, mapping: SourceMapping) -> Context:
    """Lambda itself, in the scope of the mapping."""
    principal = Principal.service("lambda.amazonaws.com", mapping.scope.account)
    return ctx.acting(scope=mapping.scope, principal=principal)


def _may_begin(shard: Shard, rows: Mapping[str, ShardRow]) -> bool:
    return all(rows[parent].is_finished for parent in shard.parents if parent in rows)
