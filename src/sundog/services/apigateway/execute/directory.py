"""Part: the stages, keys and domain names that requests ask for, kept in memory until they change.

Read from the store when first needed, dropped when `Changes` tells of a change; what was read while something
changed is not kept. Everything is bounded: the oldest goes first.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import orjson

from sundog.context import Context
from sundog.scope import Scope
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.execute.compiling import compile_program
from sundog.services.apigateway.execute.program import Program
from sundog.services.apigateway.execute.stage import Stage, read_stage
from sundog.services.apigateway.loading import find_by_handle, find_item, list_items
from sundog.services.apigateway.model import Item
from sundog.services.apigateway.rows import scope_key, to_item
from sundog.services.apigateway.snapshots import find_snapshot
from sundog.store import Transaction, load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
STAGES_MAX, PROGRAMS_MAX, KEYS_MAX, DOMAINS_MAX = 8_192, 1_024, 16_384, 4_096
_DROPS_STAGES: Final = frozenset(("rest_api", "stage"))
_DROPS_KEYS: Final = frozenset(("api_key", "usage_plan", "usage_plan_key"))
_DROPS_DOMAINS: Final = frozenset(("domain_name", "base_path_mapping"))

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Live:
    """One stage and what it runs. ``canary`` is the program of its canary, if it has one."""

    scope: Scope
    stage: Stage
    program: Program
    canary: Program | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A usage plan that a key belongs to: its stages, and what it allows."""

    id: str
    stages: Mapping[tuple[str, str], Mapping[str, Any]]
    throttle: Mapping[str, Any]
    quota: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, by its value."""

    id: str
    value: str
    is_enabled: bool
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """A custom domain name: API id and stage (empty where the path says it) by base path, longest first."""

    name: str
    paths: tuple[tuple[str, str, str], ...] = field(default=())


class _Kept(Generic[K, V]):
    """A bounded memory of what was read."""

    def __init__(self, size_max: int) -> None:
        self._found: OrderedDict[K, V] = OrderedDict()
        self._size_max = size_max

    def get(self, key: K) -> V | None:
        return self._found.get(key)

    def put(self, key: K, value: V) -> V:
        self._found[key] = value
        if len(self._found) > self._size_max:
            self._found.popitem(last=False)
        return value

    def drop(self, is_gone: Callable[[K], bool]) -> None:
        for key in [key for key in self._found if is_gone(key)]:
            del self._found[key]

    def clear(self) -> None:
        self._found.clear()


class Directory:
    """``version`` grows with every change: who reads meanwhile does not keep what it read."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._version = 0
        self._stages: _Kept[tuple[str, str], Live] = _Kept(STAGES_MAX)
        self._programs: _Kept[tuple[Scope, str, str], Program] = _Kept(PROGRAMS_MAX)
        self._keys: _Kept[tuple[Scope, str], Key | None] = _Kept(KEYS_MAX)
        self._domains: _Kept[str, Domain] = _Kept(DOMAINS_MAX)
        self._names: set[str] = set()
        self._names_epoch = 0
        self._reader: asyncio.Task[None] | None = None
        ctx.part(Changes).listen(self._on_change)

    async def start(self) -> None:
        await self._read_names()

    async def stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()

    async def forget(self) -> None:
        self._on_change(None)
        self._programs.clear()
        self._names.clear()

    def has_domain(self, name: str) -> bool:
        """Whether requests for this host may be for us; a deleted name may stay until the next start."""
        return name in self._names

    def stage(self, api_id: str, name: str) -> Live | None:
        """What is in memory; else `find_stage` reads it."""
        return self._stages.get((api_id, name))

    async def find_stage(self, api_id: str, name: str) -> Live | None:
        """None where there is no such API, stage or deployment."""
        version = self._version
        async with self._ctx.store.transaction() as tx:
            found = await self._read_stage(tx, api_id, name)
        if found is not None and version == self._version:
            self._stages.put((api_id, name), found)
        return found

    async def find_key(self, scope: Scope, value: str) -> Key | None:
        """The key of this value, with the plans it belongs to."""
        known = self._keys.get((scope, value))
        if known is not None:
            return known
        version = self._version
        async with self._ctx.store.transaction() as tx:
            found = await _read_key(tx, scope, value)
        if found is not None and version == self._version:
            self._keys.put((scope, value), found)
        return found

    async def find_domain(self, name: str) -> Domain | None:
        known = self._domains.get(name)
        if known is not None:
            return known
        version = self._version
        async with self._ctx.store.transaction() as tx:
            found = await _read_domain(tx, name)
        if found is not None and version == self._version:
            self._domains.put(name, found)
        return found

    async def _read_stage(self, tx: Transaction, api_id: str, name: str) -> Live | None:
        apis = await find_by_handle(tx, "rest_api", api_id)
        if not apis:
            return None
        scope = apis[0].scope
        item = await find_item(tx, scope, "stage", name, api_id)
        if item is None:
            return None
        stage = read_stage(item.body)
        program = await self._read_program(tx, scope, api_id, stage.deployment_id)
        canary = None
        if stage.canary is not None:
            canary = await self._read_program(tx, scope, api_id, stage.canary.deployment_id)
        return Live(scope, stage, program, canary) if program is not None else None

    async def _read_program(
        self, tx: Transaction, scope: Scope, api_id: str, deployment_id: str
    ) -> Program | None:
        key = scope, api_id, deployment_id
        known = self._programs.get(key)
        if known is not None:
            return known
        snapshot = await find_snapshot(tx, scope, api_id, deployment_id)
        if snapshot is None:
            return None
        return self._programs.put(key, compile_program(snapshot, deployment_id, scope.partition))

    def _on_change(self, item: Item | None) -> None:
        self._version += 1
        if item is None:
            for kept in (self._stages, self._keys, self._domains):
                kept.clear()
            self._read_names_soon()
        elif item.kind in _DROPS_STAGES:
            api_id = item.id if item.kind == "rest_api" else item.owner
            self._stages.drop(lambda key: key[0] == api_id)
        elif item.kind in _DROPS_KEYS:
            self._keys.clear()
        elif item.kind in _DROPS_DOMAINS:
            self._domains.clear()
            if item.kind == "domain_name":
                self._names_epoch += 1
                self._names.add(item.id.lower())

    def _read_names_soon(self) -> None:
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._read_names())

    async def _read_names(self) -> None:
        epoch = -1
        while epoch != self._names_epoch:  # else a name may have come while we read
            epoch = self._names_epoch
            async with self._ctx.store.transaction() as tx:
                rows = await tx.all(SQL["everything_of_kind"], kind="domain_name")
        self._names = {to_item(row).id.lower() for row in rows}


async def _read_key(tx: Transaction, scope: Scope, value: str) -> Key | None:
    keys = [key for key in await find_by_handle(tx, "api_key", value) if key.scope == scope]
    if not keys:
        return None
    key = keys[0]
    rows = await tx.all(SQL["keys_of_plans"], **scope_key(scope), key_id=key.id)
    plans = tuple(_plan(orjson.loads(row["plan"])) for row in rows)
    return Key(key.id, value, bool(key.body.get("enabled")), plans)


def _plan(body: Mapping[str, Any]) -> Plan:
    stages = {(one["apiId"], one["stage"]): one for one in body.get("apiStages") or ()}
    return Plan(body["id"], stages, body.get("throttle") or {}, body.get("quota") or {})


async def _read_domain(tx: Transaction, name: str) -> Domain | None:
    found = await find_by_handle(tx, "domain_name", name)
    if not found:
        return None
    mappings = await list_items(tx, found[0].scope, "base_path_mapping", found[0].id)
    paths = [(_base_path(one.body), one.body["restApiId"], one.body.get("stage") or "") for one in mappings]
    return Domain(name, tuple(sorted(paths, key=lambda path: -len(path[0]))))


def _base_path(body: Mapping[str, Any]) -> str:
    path = body.get("basePath") or ""
    return "" if path == "(none)" else path
