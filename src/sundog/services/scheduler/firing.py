"""Durable work: each schedule has one row, its next occurrence; firing it writes the one after."""

from __future__ import annotations

from typing import Any, Final

from sundog.context import Context
from sundog.services.scheduler.invoking import INVOKE
from sundog.services.scheduler.model import Schedule
from sundog.services.scheduler.occurrences import decide_due, decide_next, is_one_time
from sundog.services.scheduler.rows import SQL, schedule_key, to_schedule
from sundog.store import Transaction
from sundog.work import WorkItem, cancel, finish, postpone, put

ONCE: Final = "scheduler.once"
REPEAT: Final = "scheduler.repeat"
"""A kind of its own, so that what repeats forever does not keep ``run_until_idle`` going."""
DELETE: Final = "DELETE"


async def arm(ctx: Context, tx: Transaction, schedule: Schedule, after_ms: int) -> None:
    """Have the first occurrence after ``after_ms`` fire, and no other one that was armed before."""
    await _disarm(tx, schedule)
    scheduled_ms = decide_next(schedule, after_ms)
    if scheduled_ms is None:
        return
    kind = ONCE if is_one_time(schedule.body) else REPEAT
    due_ms = decide_due(schedule, scheduled_ms, ctx.ids.random())
    await put(
        tx,
        kind,
        _payload(schedule, scheduled_ms),
        scope=schedule.scope,
        due_ms=due_ms,
        key=_work_key(schedule),
    )


async def forget_schedule(tx: Transaction, schedule: Schedule) -> None:
    """Delete it and what is armed; invocations that have begun go on."""
    await _disarm(tx, schedule)
    await tx.run(SQL["delete_schedule"], **schedule_key(schedule.scope, schedule.group, schedule.name))


async def fire(ctx: Context, item: WorkItem) -> None:
    """Work: carry out one occurrence, in the transaction that arms the next."""
    scheduled_ms = item.payload["scheduled_ms"]
    names = schedule_key(item.scope, item.payload["group"], item.payload["name"])
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["schedule"], **names)
        if row is None or row["revision"] != item.payload["revision"]:
            await finish(tx, item)  # another update or deletion came in between
            return
        schedule = to_schedule(row)
        await put(
            tx,
            INVOKE,
            _invocation(ctx, schedule, scheduled_ms),
            scope=item.scope,
            due_ms=ctx.clock.now_ms(),
        )
        next_ms = decide_next(schedule, _after(schedule, scheduled_ms, ctx.clock.now_ms()))
        if next_ms is not None:
            due_ms = decide_due(schedule, next_ms, ctx.ids.random())
            await postpone(tx, item, due_ms, _payload(schedule, next_ms))
            return
        await finish(tx, item)
        if schedule.body["ActionAfterCompletion"] == DELETE:
            await tx.run(SQL["delete_schedule"], **names)


def _after(schedule: Schedule, scheduled_ms: int, now_ms: int) -> int:
    """Whatever was missed is caught up, but for what the target would drop as too old."""
    age_ms: int = schedule.target["RetryPolicy"]["MaximumEventAgeInSeconds"] * 1_000
    return max(scheduled_ms, now_ms - age_ms - 1)


def _invocation(ctx: Context, schedule: Schedule, scheduled_ms: int) -> dict[str, Any]:
    return {
        "schedule_arn": schedule.arn,
        "group": schedule.group,
        "target": schedule.target,
        "scheduled_ms": scheduled_ms,
        "execution_id": ctx.ids.hex(16),
    }


def _payload(schedule: Schedule, scheduled_ms: int) -> dict[str, Any]:
    return {
        "group": schedule.group,
        "name": schedule.name,
        "revision": schedule.revision,
        "scheduled_ms": scheduled_ms,
    }


async def _disarm(tx: Transaction, schedule: Schedule) -> None:
    for kind in (ONCE, REPEAT):
        await cancel(tx, kind, _work_key(schedule))


def _work_key(schedule: Schedule) -> str:
    scope = schedule.scope
    return f"{scope.account}/{scope.region}/{schedule.group}/{schedule.name}"
