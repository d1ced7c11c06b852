"""Reads of buses, rules and targets that several operations share."""

from __future__ import annotations

from sundog.scope import Scope
from sundog.services.events.errors import no_bus, no_rule
from sundog.services.events.model import DEFAULT, DEFAULT_CREATED_MS, Bus, Rule, RuleTarget
from sundog.services.events.rows import SQL, bus_key, bus_values, scope_key, to_bus, to_rule, to_target
from sundog.store import Transaction

EVERYTHING = 1_000_000


async def find_bus(tx: Transaction, scope: Scope, name: str) -> Bus | None:
    """The default bus is there although nobody made it."""
    row = await tx.one(SQL["bus"], **scope_key(scope), name=name)
    if row is not None:
        return to_bus(row)
    if name != DEFAULT:
        return None
    return Bus(scope, DEFAULT, {}, "", {}, DEFAULT_CREATED_MS, DEFAULT_CREATED_MS)


async def load_bus(tx: Transaction, scope: Scope, name: str) -> Bus:
    bus = await find_bus(tx, scope, name)
    if bus is None:
        raise no_bus(name)
    return bus


async def save_bus(tx: Transaction, bus: Bus) -> None:
    await tx.run(SQL["put_bus"], **bus_values(bus))


async def find_rule(tx: Transaction, scope: Scope, bus: str, name: str) -> Rule | None:
    row = await tx.one(SQL["rule"], **bus_key(scope, bus), name=name)
    return to_rule(row) if row is not None else None


async def load_rule(tx: Transaction, scope: Scope, bus: str, name: str) -> Rule:
    """The rule, or the error for the bus or the rule that is not there."""
    await load_bus(tx, scope, bus)
    rule = await find_rule(tx, scope, bus, name)
    if rule is None:
        raise no_rule(name, bus)
    return rule


async def list_rules(
    tx: Transaction, scope: Scope, bus: str, after: str = "", count: int = EVERYTHING
) -> list[Rule]:
    rows = await tx.all(SQL["rules"], **bus_key(scope, bus), after=after, count=count)
    return [to_rule(row) for row in rows]


async def list_targets(
    tx: Transaction, scope: Scope, bus: str, rule: str, after: str = "", count: int = EVERYTHING
) -> list[RuleTarget]:
    rows = await tx.all(SQL["targets_of_rule"], **bus_key(scope, bus), rule=rule, after=after, count=count)
    return [to_target(row) for row in rows]


async def list_targets_of_bus(tx: Transaction, scope: Scope, bus: str) -> list[RuleTarget]:
    return [to_target(row) for row in await tx.all(SQL["targets_of_bus"], **bus_key(scope, bus))]
