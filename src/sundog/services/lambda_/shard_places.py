"""How far a mapping has read in a shard: a row, and the records that are read and not yet done with."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from sundog.bus.stream_source import StreamRecord
from sundog.context import Context
from sundog.services.lambda_ import limits
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.rows import SQL, scope_key
from sundog.services.lambda_.stream_windows import Window, read_window
from sundog.store import Row, Transaction


async def first_of(wait: Coroutine[Any, Any, bool], tasks: Collection[asyncio.Task[Any]]) -> None:
    """Until ``wait`` returns or one of the tasks ends; they go on."""
    waiting = asyncio.ensure_future(wait)
    try:
        await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


class ShardLost(Exception):
    """Another node reads the shard now, or the mapping is gone."""


@dataclass(frozen=True, slots=True)
class ShardRow:
    shard: str
    place: str
    window: Window | None
    is_finished: bool


def to_shard_row(row: Row) -> ShardRow:
    return ShardRow(row["shard"], row["place"], read_window(row["window_state"]), bool(row["is_finished"]))


class Places:
    """The records of one shard in order; the row moves on over those that are done with from the first on."""

    def __init__(self, ctx: Context, mapping: SourceMapping, row: ShardRow, owner: str) -> None:
        self._ctx, self._owner = ctx, owner
        self._key = {**scope_key(mapping.scope), "uuid": mapping.uuid, "shard": row.shard}
        self._open: deque[StreamRecord] = deque()
        self._done: set[str] = set()
        self._read_to = row.place
        self.place = row.place
        self._is_held, self._lease_ms = False, 0

    @property
    def count(self) -> int:
        return len(self._open)

    def opened(self, records: Sequence[StreamRecord], read_to: str) -> None:
        self._open += records
        self._read_to = read_to

    def closed(self, records: Sequence[StreamRecord]) -> None:
        self._done.update(record.place for record in records)
        while self._open and self._open[0].place in self._done:
            place = self._open.popleft().place
            self._done.discard(place)
            self.place = place
        if not self._open:
            self.place = self._read_to

    async def claim(self) -> bool:
        """Whether this node is the one that reads the shard, for a while.

        Raises `ShardLost` where another has read it meanwhile.
        """
        now_ms = self._ctx.clock.now_ms()
        if self._is_held and now_ms < self._lease_ms - limits.SHARD_LEASE_MS // 2:
            return True
        async with self._ctx.store.transaction(takes_locks=True) as tx:
            claimed = await tx.run(
                SQL["claim_mapping_shard"],
                **self._key,
                owner=self._owner,
                now_ms=now_ms,
                lease_ms=now_ms + limits.SHARD_LEASE_MS,
                is_alone=0 if self._ctx.store.is_shared else 1,
            )
            row = await tx.one(SQL["mapping_shard"], **self._key)
        if not self._is_held and (row is None or row["place"] != self.place):
            raise ShardLost
        if claimed == 1:
            self._is_held, self._lease_ms = True, now_ms + limits.SHARD_LEASE_MS
        elif self._is_held:
            raise ShardLost
        return claimed == 1

    async def save(self, tx: Transaction, window: Window | None, *, is_finished: bool = False) -> None:
        """In the transaction of what follows from the records."""
        self._lease_ms = self._ctx.clock.now_ms() + limits.SHARD_LEASE_MS
        saved = await tx.run(
            SQL["save_mapping_shard"],
            **self._key,
            owner=self._owner,
            place=self.place,
            window_state=window.write() if window else "",
            is_finished=int(is_finished),
            lease_ms=self._lease_ms,
        )
        if saved != 1:
            raise ShardLost
