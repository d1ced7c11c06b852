"""Rules with a schedule: each occurrence is a row, written when the one before it fires."""

from __future__ import annotations

from typing import Final

from sundog import bus, work
from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.lang.cron import parse_schedule
from sundog.services.events.loading import find_rule
from sundog.services.events.model import Event, Rule
from sundog.services.events.routing import Passage, Router, enter, write_event, write_time
from sundog.store import Transaction
from sundog.work import WorkItem

FIRE: Final = "events.fire"


async def plan(ctx: Context, tx: Transaction, rule: Rule) -> None:
    """Have the rule fire when its schedule says, or not at all any more."""
    due_ms = next_ms(rule, ctx.clock.now_ms()) if rule.schedule and rule.is_enabled else None
    if due_ms is None:
        await work.cancel(tx, FIRE, rule.arn)
        return
    payload = {"bus": rule.bus, "rule": rule.name, "due_ms": due_ms}
    await work.put(tx, FIRE, payload, scope=rule.scope, due_ms=due_ms, key=rule.arn)


def next_ms(rule: Rule, after_ms: int) -> int | None:
    """When the rule fires next; a rate counts from the moment it was given."""
    return parse_schedule(rule.schedule).next_after(after_ms, rule.created_ms)


async def fire(ctx: Context, item: WorkItem) -> None:
    """One occurrence: its event reaches the rule's targets, and the next occurrence is written, or neither.

    What was due while the server did not run happens once, as on AWS.
    """
    name, bus_name, due_ms = item.payload["rule"], item.payload["bus"], item.payload["due_ms"]
    view = await ctx.part(Router).find(item.scope, bus_name)
    async with ctx.store.transaction() as tx:
        rule = await find_rule(tx, item.scope, bus_name, name)
        if view is None or rule is None or not rule.schedule or not rule.is_enabled:
            await work.finish(tx, item)
            return
        passage = scheduled(ctx, rule, due_ms)
        await enter(ctx, tx, view, passage, [rule])
        again_ms = next_ms(rule, max(due_ms, ctx.clock.now_ms()))
        if again_ms is None or again_ms >= NEVER_MS:
            await work.finish(tx, item)
        else:
            await work.postpone(tx, item, again_ms, {**item.payload, "due_ms": again_ms})
    ctx.part(bus.Traces).begin(passage.id, "events", rule.arn, len(passage.text), list)


def scheduled(ctx: Context, rule: Rule, due_ms: int) -> Passage:
    event: Event = {
        "version": "0",
        "id": ctx.ids.uuid(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": rule.scope.account,
        "time": write_time(due_ms),
        "region": rule.scope.region,
        "resources": [rule.arn],
        "detail": {},
    }
    return Passage(event, write_event(event))
