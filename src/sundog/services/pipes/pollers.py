"""Part: every running pipe has its poller on every node, from the moment it runs."""

from __future__ import annotations

import asyncio
from typing import Final

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.scope import Scope
from sundog.services.pipes import limits
from sundog.services.pipes.poller import Poller
from sundog.services.pipes.rows import SQL, to_pipe
from sundog.store import Transaction
from sundog.work.worker import Worker

CHANNEL: Final = "pipes.pipes"
_Key = tuple[Scope, str]


class Pollers:
    """Follows the store: a restart finds every running pipe again."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._pollers: dict[_Key, Poller] = {}
        self._leaving: list[Poller] = []
        self._worker = Worker("pipes", ctx.clock, ctx.store, self._follow, channel=CHANNEL)

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()
        await self._end_all(limits.BATCH_DRAIN_MS)

    async def forget(self) -> None:
        await self._end_all(0)

    def changed(self, tx: Transaction) -> None:
        """Call in every transaction that changes a pipe."""
        tx.wake(CHANNEL)

    async def _follow(self) -> int:
        """Begin and end what the store says; due when it says something else."""
        async with self._ctx.store.transaction() as tx:
            rows = await tx.all(SQL["running_pipes"])
        pipes = [pipe for pipe in map(to_pipe, rows) if pipe.source.service == "sqs"]  # streams are work
        wanted = {(pipe.scope, pipe.name): pipe for pipe in pipes}
        for key, poller in list(self._pollers.items()):
            if key not in wanted or wanted[key].revision != poller.pipe.revision:
                await poller.stop_polling()
                self._leaving.append(self._pollers.pop(key))
        for key, pipe in wanted.items():
            if key not in self._pollers:
                self._pollers[key] = Poller(self._ctx, pipe)
                self._pollers[key].start()
        self._leaving = [poller for poller in self._leaving if poller.is_busy]
        return NEVER_MS

    async def _end_all(self, drain_ms: int) -> None:
        pollers = list(self._pollers.values()) + self._leaving
        self._pollers, self._leaving = {}, []
        await asyncio.gather(*(poller.stop_polling() for poller in pollers))
        await asyncio.gather(*(poller.finish(drain_ms) for poller in pollers))
