"""Part: what a name means when it is invoked, remembered from one invocation to the next.

The memory is exact: every transaction that changes a function, an alias, a version or a concurrency setting
drops what is remembered of its account and region when it commits, on this node at once and on others by a
wake of the channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sundog.compute.contract import IMAGE, FunctionSpec, InitializationType, Isolation
from sundog.context import Context
from sundog.services.lambda_ import limits
from sundog.services.lambda_.bundles import Bundles, watched_folder
from sundog.services.lambda_.debuggers import Debuggers
from sundog.services.lambda_.images import Images
from sundog.services.lambda_.loading import (
    find_setting,
    find_version,
    list_settings,
    load_function,
    load_taken,
    requested_sum,
)
from sundog.services.lambda_.model import Function, Version
from sundog.services.lambda_.names import LATEST, FunctionName, is_version, not_found, version_of
from sundog.store import Transaction

CHANNEL = "lambda.catalog"
REMEMBERED_MAX = 10_000
_FOREVER_MS = 100 * 366 * 24 * limits.HOUR_MS


@dataclass(frozen=True, slots=True)
class Route:
    """One version behind a name; ``share`` of the invocations go to it."""

    share: float
    spec: FunctionSpec


@dataclass(frozen=True, slots=True)
class Callee:
    """What an invocation of ``name`` runs, and how much of it may run at once.

    ``on_demand_max`` bounds invocations outside provisioned environments: of the whole function where it
    has reserved concurrency, else of everything unreserved in the account.
    """

    name: FunctionName
    function: Function
    routes: tuple[Route, ...]
    provisioned: int
    on_demand_max: int
    is_reserved: bool

    def route(self, chance: float) -> FunctionSpec:
        """The version for ``chance``, which is between 0 and 1."""
        for route in self.routes[1:]:
            if chance < route.share:
                return route.spec
            chance -= route.share
        return self.routes[0].spec

    def provisioned_specs(self) -> list[tuple[FunctionSpec, int]]:
        """How many environments of which versions wait: each route's share of what is provisioned."""
        counts = [int(route.share * self.provisioned) for route in self.routes[1:]]
        counts.insert(0, self.provisioned - sum(counts))
        return [(provisioned_spec(r.spec), n) for r, n in zip(self.routes, counts, strict=True) if n]


class Catalog:
    def __init__(self, ctx: Context) -> None:
        self._ctx, self._bundles, self._debuggers = ctx, ctx.part(Bundles), ctx.part(Debuggers)
        self._images = ctx.part(Images)
        self._callees: dict[tuple[str, str, str, str], Callee] = {}
        self._epoch = 0
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def forget(self) -> None:
        self._forget()

    def changed(self, tx: Transaction) -> None:
        """Call in every transaction that changes what a name means."""
        tx.after_commit(self._forget)
        tx.wake(CHANNEL)

    def remembered(self, name: FunctionName) -> Callee | None:
        return self._callees.get((name.scope.account, name.scope.region, name.name, name.qualifier))

    async def find(self, name: FunctionName) -> Callee:
        """What ``name`` runs; raises ``Function not found``."""
        known = self._callees.get((name.scope.account, name.scope.region, name.name, name.qualifier))
        return known if known is not None else await self._load(name)

    async def _load(self, name: FunctionName) -> Callee:
        epoch = self._epoch
        async with self._ctx.store.transaction() as tx:
            function = await load_function(tx, name)
            shares = await _shares(tx, name)
            found = [await find_version(tx, name.scope, name.name, number) for number in shares]
            provisioned = await list_settings(tx, name, "provisioned")
            taken = await load_taken(tx, name.scope)
        versions = [version for version in found if version is not None]
        if not versions:
            raise not_found(name)
        own = next((s for s in provisioned if s.qualifier == name.qualifier), None)
        routes = [
            Route(share, await self.spec(function, version))
            for version, share in zip(versions, shares.values(), strict=False)
        ]
        on_demand_max = (
            limits.CONCURRENCY_MAX - taken
            if function.reserved is None
            else function.reserved - requested_sum(provisioned)
        )
        count = requested_sum([own] if own else [])
        is_reserved = function.reserved is not None
        callee = Callee(name, function, tuple(routes), count, on_demand_max, is_reserved)
        if epoch == self._epoch:  # else it changed while we read
            if len(self._callees) >= REMEMBERED_MAX:
                self._callees.clear()
            self._callees[name.scope.account, name.scope.region, name.name, name.qualifier] = callee
        return callee

    async def spec(self, function: Function, version: Version) -> FunctionSpec:
        """The version as compute needs it, its bundles unpacked."""
        settings = version.settings
        logging = settings["LoggingConfig"]
        image = await self._images.program(version)
        init_type = _init_type(version)
        debugger = self._debuggers.by_arn.get(function.arn)
        revision = f"{function.id}/{version.version}/{version.generation}/{init_type}"
        return FunctionSpec(
            arn=function.arn,
            name=function.name,
            version=version.version,
            revision=f"{revision}/{debugger}" if debugger else revision,
            account=function.scope.account,
            region=function.scope.region,
            runtime=settings.get("Runtime", IMAGE),
            handler=image.handler if image else settings["Handler"],
            code_dir=image.root if image else await self._bundles.folder(version.code),
            image=image,
            memory_mb=settings["MemorySize"],
            timeout_s=settings["Timeout"],
            tmp_mb=settings["EphemeralStorage"]["Size"],
            layer_dirs=tuple([await self._bundles.folder(key) for key in version.layers]),
            environment=settings.get("Environment", {}).get("Variables", {}),
            role_arn=settings["Role"],
            architecture=settings["Architectures"][0],
            log_group=logging["LogGroup"],
            log_format=logging["LogFormat"],
            application_log_level=logging.get("ApplicationLogLevel", ""),
            system_log_level=logging.get("SystemLogLevel", ""),
            tracing_active=settings["TracingConfig"]["Mode"] == "Active",
            init_type=init_type,
            debugger=debugger,
            isolation=None if debugger else self._isolation(settings.get("VpcConfig") or {}),
            watched=tuple(filter(None, map(watched_folder, (version.code, *version.layers)))),
        )

    def _isolation(self, vpc: Mapping[str, Any]) -> Isolation | None:
        """A function in a VPC has a network of its own; a debugger could not be reached from there."""
        config = self._ctx.config
        if not vpc.get("SubnetIds") or config.vpc_allow == "*":
            return None
        return Isolation(config.vpc_places)

    def _forget(self) -> None:
        self._epoch += 1
        self._callees.clear()

    async def _listen(self) -> None:
        async with self._ctx.store.subscribe(CHANNEL) as changes:
            while True:
                await changes.wait(self._ctx.clock.now_ms() + _FOREVER_MS)
                self._forget()


async def _shares(tx: Transaction, name: FunctionName) -> Mapping[int, float]:
    """Version numbers behind the name with their shares; the first takes what the others leave."""
    if name.is_latest:
        return {0: 1.0}
    if is_version(name.qualifier):
        return {version_of(name.qualifier): 1.0}
    alias = await find_setting(tx, name, "alias", name.qualifier)
    if alias is None:
        raise not_found(name)
    routing: Mapping[str, Any] = alias.body.get("RoutingConfig") or {}
    others = {_number(v): float(w) for v, w in (routing.get("AdditionalVersionWeights") or {}).items()}
    return {_number(alias.body["FunctionVersion"]): 1.0 - sum(others.values()), **others}


def _number(version: str) -> int:
    return 0 if version == LATEST else int(version)


def provisioned_spec(spec: FunctionSpec) -> FunctionSpec:
    """The same version in environments that wait for their invocations; they are never mixed with others."""
    return replace(
        spec, init_type="provisioned-concurrency", revision=f"{spec.revision}/provisioned-concurrency"
    )


def _init_type(version: Version) -> InitializationType:
    snap_start = version.settings["SnapStart"]["ApplyOn"] == "PublishedVersions"
    return "snap-start" if snap_start and not version.is_latest else "on-demand"
