"""Durable work: rows written in the transaction that causes them, done at least once after its commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.store import Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
SCHEMA = Path(__file__).with_name("schema")
WAKE_CHANNEL = "work"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One row of work, claimed. ``attempt`` counts claims from 1; ``created_ms`` is when it was first due."""

    id: int
    kind: str
    key: str | None
    scope: Scope
    payload: Mapping[str, Any]
    attempt: int
    created_ms: int
    due_ms: int
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to wait after a failure: doubling from min to max."""

    failure_ms_min: int = 500
    failure_ms_max: int = 60_000

    def failure_ms(self, attempt: int) -> int:
        assert attempt >= 1
        return min(self.failure_ms_max, self.failure_ms_min << min(attempt - 1, 20))


@dataclass(frozen=True, slots=True)
class WorkKind:
    """How rows of one kind are done.

    ``handler`` returns when the work is done (the row is then deleted) or has itself called `finish` or
    `postpone` in a transaction of its own, together with the effect. If it raises, the row is tried
    again after the schedule's delay, forever: give up by finishing. ``recurring`` work (schedules that
    never end) does not keep ``run_until_idle`` going.
    """

    name: str
    handler: Callable[[WorkItem], Awaitable[None]]
    concurrency_max: int = 64
    schedule: Schedule = Schedule()
    recurring: bool = False


async def put(
    tx: Transaction,
    kind: str,
    payload: object,
    *,
    scope: Scope,
    due_ms: int,
    key: str | None = None,
    order: str | None = None,
) -> None:
    """Have ``kind`` done at ``due_ms`` or as soon as possible after it.

    ``payload``: a mapping or a dataclass of JSON values; whoever does the work gets it as a mapping.
    An item of the same kind and ``key`` is replaced, also one that is being done: it is then done again.
    Items of the same kind and ``order`` are done one after another, in the order they were put. An item
    may have a key or an order, not both.
    """
    assert key is None or order is None
    if key is None and order is None:
        await put_all(tx, kind, [(scope, payload)], due_ms=due_ms)
        return
    if order is not None:
        await tx.all(SQL["lock_order"], kind=kind, order_key=order)
    await tx.run(
        SQL["put_work"],
        kind=kind,
        key=key,
        order_key=order,
        account=scope.account,
        region=scope.region,
        payload=orjson.dumps(payload).decode(),
        due_ms=due_ms,
    )
    tx.wake(WAKE_CHANNEL)


async def put_all(
    tx: Transaction,
    kind: str,
    payloads: Iterable[tuple[Scope, object]],
    *,
    due_ms: int,
    created_ms: int | None = None,
) -> None:
    """Have ``kind`` done for each payload, in no order. ``created_ms``: when it was first due, if earlier."""
    rows = [
        {
            "kind": kind,
            "account": scope.account,
            "region": scope.region,
            "payload": orjson.dumps(payload).decode(),
            "created_ms": due_ms if created_ms is None else created_ms,
            "due_ms": due_ms,
        }
        for scope, payload in payloads
    ]
    if rows:
        await tx.run_many(SQL["put_plain_work"], rows)
        tx.wake(WAKE_CHANNEL)


async def cancel(tx: Transaction, kind: str, key: str) -> bool:
    """Forget the waiting item; False when there is none (any more)."""
    return await tx.run(SQL["cancel_work"], kind=kind, key=key) > 0


async def finish(tx: Transaction, item: WorkItem) -> None:
    """The item is done, in the same transaction as its effect."""
    if item.order is None:
        await tx.run(SQL["finish_work"], id=item.id)
        return
    await tx.all(SQL["lock_order"], kind=item.kind, order_key=item.order)
    await tx.run(SQL["finish_work"], id=item.id)
    await tx.run(SQL["unblock_next"], kind=item.kind, order_key=item.order)
    tx.wake(WAKE_CHANNEL)


async def postpone(tx: Transaction, item: WorkItem, due_ms: int, payload: object | None = None) -> None:
    """Do the item again at ``due_ms``, with another payload if given; a claim counts as an attempt."""
    text = orjson.dumps(item.payload if payload is None else payload).decode()
    await tx.run(SQL["postpone_work"], id=item.id, due_ms=due_ms, payload=text)
    tx.wake(WAKE_CHANNEL)
