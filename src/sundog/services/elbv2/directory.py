"""Part: load balancers with all that requests need, compiled and remembered from one request to the next.

Every transaction that changes anything drops what is remembered when it commits, on this node at once and on
others by a wake of the channel: load balancers are changed rarely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sundog.context import Context
from sundog.services.elbv2.actions import groups_of
from sundog.services.elbv2.matching import (
    Incoming,
    Predicate,
    Rewrite,
    compile_conditions,
    compile_transforms,
)
from sundog.services.elbv2.model import Resource, Target
from sundog.services.elbv2.rows import SQL, children, find, list_targets, to_resource
from sundog.store import Transaction

CHANNEL: Final = "elbv2.changes"
REMEMBERED_MAX: Final = 1_000
_FOREVER_MS: Final = 36_500 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Rule:
    resource: Resource
    conditions: tuple[Predicate, ...]
    rewrites: tuple[Rewrite, ...]

    def wants(self, incoming: Incoming) -> bool:
        return all(condition(incoming) for condition in self.conditions)

    @property
    def action(self) -> Mapping[str, Any]:
        action: Mapping[str, Any] = self.resource.shape["Actions"][-1]
        return action


@dataclass(frozen=True, slots=True)
class Listener:
    resource: Resource
    rules: tuple[Rule, ...]

    @property
    def scheme(self) -> str:
        return str(self.resource.shape["Protocol"]).lower()


@dataclass(frozen=True, slots=True)
class Group:
    resource: Resource
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Balancer:
    """``listeners`` by port, ``groups`` by ARN: those that the rules forward to."""

    resource: Resource
    listeners: tuple[Listener, ...]
    groups: Mapping[str, Group]

    def listener_at(self, port: int | None, scheme: str) -> Listener | None:
        """The listener that a request means; see the package."""
        named = [one for one in self.listeners if one.resource.position == port]
        alike = [one for one in self.listeners if one.scheme == scheme]
        return next(iter([*named, *alike, *self.listeners]), None)


class Directory:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[tuple[str, str], Balancer | None] = {}
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
        """Call in every transaction that changes anything that requests need."""
        tx.after_commit(self._forget)
        tx.wake(CHANNEL)

    async def find(self, handle: str, region: str) -> Balancer | None:
        key = handle, region
        if key in self._known:
            return self._known[key]
        epoch = self._epoch
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["load_balancer_by_handle"], handle=handle, region=region)
            balancer = await _load(tx, to_resource(row)) if row is not None else None
        if epoch == self._epoch:  # else it may have changed while we read
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = balancer
        return balancer

    def _forget(self) -> None:
        self._epoch += 1
        self._known.clear()

    async def _listen(self) -> None:
        async with self._ctx.store.subscribe(CHANNEL) as changes:
            while True:
                await changes.wait(self._ctx.clock.now_ms() + _FOREVER_MS)
                if self._ctx.store.is_shared:  # else our own transactions have said so
                    self._forget()


async def _load(tx: Transaction, balancer: Resource) -> Balancer:
    listeners = []
    groups: dict[str, Group] = {}
    for listener in await children(tx, balancer):
        rules = await children(tx, listener)
        listeners.append(Listener(listener, tuple(_compile(rule) for rule in rules)))
        for arn in (arn for rule in rules for arn in groups_of(rule.shape["Actions"])):
            if arn not in groups and (group := await find(tx, balancer.scope, "targetgroup", arn)):
                present = [one for one in await list_targets(tx, group) if not one.drained_ms]
                groups[arn] = Group(group, tuple(present))
    return Balancer(balancer, tuple(listeners), groups)


def _compile(rule: Resource) -> Rule:
    return Rule(
        rule,
        compile_conditions(rule.shape["Conditions"]),
        compile_transforms(rule.shape.get("Transforms") or ()),
    )
