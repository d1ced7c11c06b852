"""Part: every enabled event source mapping has its poller, from the moment it is enabled, on every node."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.scope import Scope
from sundog.services.lambda_ import limits
from sundog.services.lambda_.event_source_mappings import CHANNEL
from sundog.services.lambda_.mapping_poller import Poller
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.rows import SQL, to_mapping
from sundog.work.worker import Worker


class Pollers:
    """Follows the store: a restart finds every mapping again."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._pollers: dict[tuple[Scope, str], tuple[SourceMapping, Poller]] = {}
        self._leaving: list[Poller] = []
        self._worker = Worker("event source mappings", ctx.clock, ctx.store, self._follow, channel=CHANNEL)

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()
        await self._end_all(limits.BATCH_DRAIN_MS)

    async def forget(self) -> None:
        await self._end_all(0)

    async def _follow(self) -> int:
        """Begin and end what the store says; due when it says something else."""
        async with self._ctx.store.transaction() as tx:
            rows = await tx.all(SQL["enabled_mappings"])
        wanted = {(m.scope, m.uuid): m for m in map(to_mapping, rows)}
        for key, (mapping, poller) in list(self._pollers.items()):
            if key not in wanted or _settings(wanted[key]) != _settings(mapping):
                await poller.stop_polling()
                self._leaving.append(poller)
                del self._pollers[key]
        for key, mapping in wanted.items():
            if key not in self._pollers:
                poller = Poller(self._ctx, mapping)
                self._pollers[key] = mapping, poller
                poller.start()
        self._leaving = [poller for poller in self._leaving if poller.is_busy]
        return NEVER_MS

    async def _end_all(self, drain_ms: int) -> None:
        pollers = [poller for _, poller in self._pollers.values()] + self._leaving
        self._pollers, self._leaving = {}, []
        await asyncio.gather(*(poller.stop_polling() for poller in pollers))
        await asyncio.gather(*(poller.finish(drain_ms) for poller in pollers))


def _settings(mapping: SourceMapping) -> SourceMapping:
    """What makes a poller another one: all but what pollers themselves write."""
    body = {name: value for name, value in mapping.body.items() if name != "LastProcessingResult"}
    return replace(mapping, body=body)
