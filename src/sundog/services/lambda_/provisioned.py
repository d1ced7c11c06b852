"""Part: provisioned environments wait for their invocations, on every node, after a restart too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sundog.clock import NEVER_MS
from sundog.compute.contract import EngineError, FunctionSpec
from sundog.context import Context
from sundog.scope import Scope
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import CHANNEL, Catalog
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.errors import ResourceNotFoundException
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.rows import SQL, to_setting
from sundog.work.worker import Worker


@dataclass(frozen=True, slots=True)
class Kept:
    """Environments of one version: how many are wanted, and how many there are."""

    spec: FunctionSpec
    wanted: int
    ready: int = 0


class Provisioned:
    """Follows the store: what stands there is kept, what no longer stands there is let go."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._kept: dict[FunctionName, list[Kept]] = {}
        self._worker = Worker(
            "provisioned concurrency",
            ctx.clock,
            ctx.store,
            self._follow,
            channel=CHANNEL,
            may_be_late=lambda: True,
        )

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def forget(self) -> None:
        self._kept.clear()

    def ready(self, name: FunctionName, requested: int) -> tuple[int, bool]:
        """How many environments wait for invocations of ``name``, and whether more cannot be started."""
        kept = self._kept.get(name, ())
        ready = sum(one.ready for one in kept)
        is_settled = sum(one.wanted for one in kept) == requested
        return min(ready, requested), is_settled and ready < requested

    async def _follow(self) -> int:
        """One look at what is wanted; due when something becomes ready or may have died."""
        now_ms = self._ctx.clock.now_ms()
        async with self._ctx.store.transaction() as tx:
            rows = await tx.all(SQL["provisioned"])
        due_ms = now_ms + limits.MINUTE_MS if rows else NEVER_MS
        wanted: dict[FunctionName, list[Kept]] = {}
        for row in rows:
            setting = to_setting(row)
            name = FunctionName(Scope(row["account"], row["region"]), row["name"], setting.qualifier)
            announced_ms = setting.body["modified_ms"] + limits.PROVISION_MS
            if announced_ms > now_ms:
                due_ms = min(due_ms, announced_ms)
            else:
                wanted[name] = await self._specs(name)
        await self._let_go(wanted)
        await asyncio.gather(*(self._keep(name, specs) for name, specs in wanted.items()))
        return due_ms

    async def _specs(self, name: FunctionName) -> list[Kept]:
        try:
            callee = await self._ctx.part(Catalog).find(name)
        except ResourceNotFoundException:  # deleted while we looked
            return []
        return [Kept(spec, count) for spec, count in callee.provisioned_specs()]

    async def _let_go(self, wanted: Mapping[FunctionName, list[Kept]]) -> None:
        for name, kept in list(self._kept.items()):
            revisions = {one.spec.revision for one in wanted.get(name, ())}
            for one in kept:
                if one.spec.revision not in revisions:
                    await self._ctx.part(Compute).engine.keep(one.spec, 0)
            if not revisions:
                del self._kept[name]

    async def _keep(self, name: FunctionName, wanted: list[Kept]) -> None:
        if wanted:
            self._kept[name] = [await self._start(one) for one in wanted]

    async def _start(self, one: Kept) -> Kept:
        try:
            ready = await self._ctx.part(Compute).engine.keep(one.spec, one.wanted)
        except EngineError:
            ready = 0
        return replace(one, ready=ready)
