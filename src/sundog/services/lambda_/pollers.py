"""Part: every enabled event source mapping has its poller, from the moment it is enabled, on every node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.scope import Scope
from sundog.services.lambda_ import limits
from sundog.services.lambda_.mapping_kinds import source_kind
from sundog.services.lambda_.mapping_poller import Poller
from sundog.services.lambda_.mapping_rules import ENABLED
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.rows import SQL, scope_key, to_mapping
from sundog.services.lambda_.stream_poller import StreamPoller
from sundog.store import Transaction
from sundog.work.worker import Worker

CHANNEL = "lambda.mappings"
_Key = tuple[Scope, str]


class Pollers:
    """Follows the store: a restart finds every mapping again."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._owner = ctx.ids.hex(16)
        self._pollers: dict[_Key, tuple[SourceMapping, Poller | StreamPoller]] = {}
        self._leaving: list[Poller | StreamPoller] = []
        self._changed: set[_Key] = set()
        self._must_read_all = True
        self._worker = Worker("event source mappings", ctx.clock, ctx.store, self._follow, channel=CHANNEL)

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()
        await self._end_all(limits.BATCH_DRAIN_MS)

    async def forget(self) -> None:
        await self._end_all(0)

    def changed(self, tx: Transaction, scope: Scope, uuid: str) -> None:
        """Call in every transaction that changes a mapping."""
        tx.after_commit(lambda: self._changed.add((scope, uuid)))
        tx.wake(CHANNEL)

    async def _follow(self) -> int:
        """Begin and end what the store says; due when it says something else."""
        reads_all = self._must_read_all or self._ctx.store.is_shared
        changed, self._changed, self._must_read_all = self._changed, set(), True
        wanted = await (self._read_all() if reads_all else self._read(changed))
        for key in set(self._pollers) if reads_all else changed:
            await self._end_unless(key, wanted.get(key))
        for key, mapping in wanted.items():
            if key not in self._pollers:
                poller = self._new(mapping)
                self._pollers[key] = mapping, poller
                poller.start()
        self._leaving = [poller for poller in self._leaving if poller.is_busy]
        self._must_read_all = False
        return NEVER_MS

    def _new(self, mapping: SourceMapping) -> Poller | StreamPoller:
        if source_kind(mapping.source_arn) == "sqs":
            return Poller(self._ctx, mapping)
        return StreamPoller(self._ctx, mapping, self._owner)

    async def _read_all(self) -> Mapping[_Key, SourceMapping]:
        async with self._ctx.store.transaction() as tx:
            rows = await tx.all(SQL["enabled_mappings"])
        return {(mapping.scope, mapping.uuid): mapping for mapping in map(to_mapping, rows)}

    async def _read(self, keys: set[_Key]) -> Mapping[_Key, SourceMapping]:
        async with self._ctx.store.transaction() as tx:
            rows = [await tx.one(SQL["mapping"], **scope_key(scope), uuid=uuid) for scope, uuid in keys]
        mappings = [to_mapping(row) for row in rows if row is not None]
        return {(mapping.scope, mapping.uuid): mapping for mapping in mappings if mapping.state == ENABLED}

    async def _end_unless(self, key: _Key, wanted: SourceMapping | None) -> None:
        """End the poller unless it is as it should be; its batches go on to their end."""
        mapping, poller = self._pollers.get(key, (None, None))
        if mapping is None or poller is None:
            return
        if wanted is None or _settings(wanted) != _settings(mapping):
            await poller.stop_polling()
            self._leaving.append(poller)
            del self._pollers[key]

    async def _end_all(self, drain_ms: int) -> None:
        pollers = [poller for _, poller in self._pollers.values()] + self._leaving
        self._pollers, self._leaving = {}, []
        await asyncio.gather(*(poller.stop_polling() for poller in pollers))
        await asyncio.gather(*(poller.finish(drain_ms) for poller in pollers))


def _settings(mapping: SourceMapping) -> SourceMapping:
    """What makes a poller another one: all but what pollers themselves write."""
    body = {name: value for name, value in mapping.body.items() if name != "LastProcessingResult"}
    return replace(mapping, body=body)
