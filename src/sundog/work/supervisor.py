"""The supervisor: claims what is due, has it done, and starts over what failed or whose owner died."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import orjson

from sundog.clock import NEVER_MS, Clock
from sundog.scope import Scope
from sundog.store import Conflict, Row, Store, StoreError
from sundog.work.items import SQL, WAKE_CHANNEL, Schedule, WorkItem, WorkKind, finish
from sundog.work.worker import Worker

logger = logging.getLogger(__name__)

LEASE_MS = 10_000
"""Real time after which another node takes over what a dead one had claimed (shared stores)."""
CONFLICTS_MAX = 20
"""How often a handler is run again at once whose transaction had no effect."""
RECORDING = Schedule()


class Supervisor:
    """Does the rows of the work table. Kinds are registered before `start`; ``node`` names this process.

    On a store of its own it has what it claims until it ends: `start` releases what a killed predecessor
    had. On a shared store a claim is a lease that is renewed as long as this process lives.
    """

    def __init__(self, clock: Clock, store: Store, node: str) -> None:
        self._clock, self._store, self._node = clock, store, node
        self._kinds: dict[str, WorkKind] = {}
        self._running: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: list[tuple[WorkItem, asyncio.Future[None]]] = []
        self._lanes: list[Worker] = []
        self._renewing: asyncio.Task[None] | None = None

    def register(self, kind: WorkKind) -> None:
        assert kind.name not in self._kinds, f"{kind.name} is registered twice"
        self._kinds[kind.name] = kind

    async def start(self) -> None:
        if self._store.is_shared:
            self._renewing = asyncio.get_running_loop().create_task(self._renew_leases(), name="leases")
        else:
            async with self._store.transaction() as tx:
                await tx.run(SQL["release_all_work"])
        self._lanes = [lane for recurring in (False, True) if (lane := self._lane(recurring)) is not None]
        for lane in self._lanes:
            await lane.start()

    async def stop(self, drain_ms: int) -> None:
        """Claim nothing more; what runs gets ``drain_ms`` of real time, the rest is released undone."""
        for lane in self._lanes:
            await lane.stop()
        self._lanes = []
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
            self._renewing = None
        await self._drain(drain_ms)
        async with self._store.transaction() as tx:
            if await tx.run(SQL["release_work"], owner=self._node):
                tx.wake(WAKE_CHANNEL)

    async def _drain(self, drain_ms: int) -> None:
        if self._tasks and drain_ms:
            await asyncio.wait(self._tasks, timeout=drain_ms / 1000)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Claiming

    def _lane(self, recurring: bool) -> Worker | None:
        """Who looks for the kinds that come back forever, or for all others: the clock tells them apart."""
        names = [kind.name for kind in self._kinds.values() if kind.recurring == recurring]
        if not names:
            return None
        text = orjson.dumps(names).decode()

        async def step() -> int:
            return await self._claim_due(text)

        return Worker(
            "recurring work" if recurring else "work",
            self._clock,
            self._store,
            step,
            channel=WAKE_CHANNEL,
            is_work=not recurring,
            is_recurring=recurring,
        )

    async def _claim_due(self, kinds: str) -> int:
        """Start what is due and has room; when the next row is due. Full kinds wake us when there is room."""
        now_ms = self._clock.now_ms()
        next_ms, claimed = NEVER_MS, []
        filled: list[WorkKind] = []
        async with self._store.transaction(takes_locks=True) as tx:
            for row in await tx.all(SQL["ready_kinds"], kinds=kinds):
                kind, due_ms = self._kinds[row["kind"]], row["due_ms"]
                room = kind.concurrency_max - self._running[kind.name]
                if due_ms is None or room <= 0:
                    continue
                if due_ms > now_ms:
                    next_ms = min(next_ms, due_ms)
                    continue
                rows = await tx.all(
                    SQL["claim_work"],
                    kind=kind.name,
                    now_ms=now_ms,
                    count=room,
                    owner=self._node,
                    lease_ms=self._clock.wall_ms() + LEASE_MS,
                )
                claimed += sorted(rows, key=lambda row: (row["due_ms"], row["id"]))
                if len(rows) < room:
                    next_ms = now_ms  # look once more: when is the next of this kind due?
                else:
                    filled.append(kind)
        for row in claimed:
            self._begin(to_item(row))
        # Some that ran when the room was counted may have ended while rows were claimed: nobody wakes us.
        has_room = any(self._running[kind.name] < kind.concurrency_max for kind in filled)
        return now_ms if has_room else next_ms

    def _begin(self, item: WorkItem) -> None:
        self._running[item.kind] += 1
        # A context of its own: it is no part of the step that found it.
        self._run(self._do(item))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Doing

    async def _do(self, item: WorkItem) -> None:
        kind = self._kinds[item.kind]
        with self._clock.busy():
            try:
                await self._handle(kind, item)
                failed = False
            except Exception:
                logger.exception("%s %s failed (attempt %d)", item.kind, item.key or item.id, item.attempt)
                failed = True
            finally:
                self._running[item.kind] -= 1
            had_no_room = self._running[item.kind] == kind.concurrency_max - 1
            await self._record(kind, item, failed=failed, wake=had_no_room)

    async def _handle(self, kind: WorkKind, item: WorkItem) -> None:
        for _ in range(CONFLICTS_MAX):
            try:
                return await kind.handler(item)
            except Conflict as error:
                conflict = error
        raise conflict

    async def _record(self, kind: WorkKind, item: WorkItem, *, failed: bool, wake: bool) -> None:
        """Write how it ended, unless the handler did; again and again while the store fails."""
        tries = 0
        while True:
            try:
                return await self._end(kind, item, failed=failed, wake=wake)
            except StoreError as error:
                tries += 1
                logger.warning("the end of %s %s cannot be recorded: %s", item.kind, item.id, error)
                await self._clock.sleep_wall(RECORDING.failure_ms(tries) / 1000)

    async def _end(self, kind: WorkKind, item: WorkItem, *, failed: bool, wake: bool) -> None:
        if not (failed or wake) and item.order is None:
            await self._end_together(item)
            return
        mine = self._mine(item)
        async with self._store.transaction(takes_locks=True) as tx:
            if failed:
                due_ms = self._clock.now_ms() + kind.schedule.failure_ms(item.attempt)
                await tx.run(SQL["fail_work"], **mine, due_ms=due_ms)
            elif await tx.one(SQL["is_mine"], **mine) is not None:
                await finish(tx, item)
            if failed or wake:
                tx.wake(WAKE_CHANNEL)

    async def _end_together(self, item: WorkItem) -> None:
        """What is done in one turn of the loop is struck off in one transaction."""
        if not self._ended:
            asyncio.get_running_loop().call_soon(lambda: self._run(self._strike_off()))
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ended.append((item, ended))
        await ended

    async def _strike_off(self) -> None:
        round_, self._ended = self._ended, []
        failure: StoreError | None = None
        try:
            async with self._store.transaction(takes_locks=True) as tx:
                rows = [self._mine(item) for item, _ in sorted(round_, key=lambda one: one[0].id)]
                await tx.run_many(SQL["finish_mine"], rows)
        except StoreError as error:
            failure = error
        for _, ended in round_:
            if not ended.done() and failure is None:
                ended.set_result(None)
            elif not ended.done():
                ended.set_exception(StoreError(str(failure)))

    def _mine(self, item: WorkItem) -> dict[str, Any]:
        return {"id": item.id, "owner": self._node, "attempt": item.attempt}

    # Leases

    async def _renew_leases(self) -> None:
        """As long as we live nobody takes our work; what others have left behind becomes ready again."""
        while True:
            await self._clock.sleep_wall(LEASE_MS / 3_000)
            wall_ms = self._clock.wall_ms()
            try:
                async with self._store.transaction(takes_locks=True) as tx:
                    await tx.run(SQL["renew_leases"], owner=self._node, lease_ms=wall_ms + LEASE_MS)
                    if await tx.run(SQL["release_expired_work"], wall_ms=wall_ms):
                        tx.wake(WAKE_CHANNEL)
            except StoreError as error:
                logger.warning("leases could not be renewed: %s", error)


def to_item(row: Row) -> WorkItem:
    return WorkItem(
        row["id"],
        row["kind"],
        row["key"],
        Scope(row["account"], row["region"]),
        orjson.loads(row["payload"]),
        row["attempt"],
        row["created_ms"],
        row["due_ms"],
        row["order_key"],
    )
