"""The durable side of a replay: one bounded step after another, in the order of the events' times."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import orjson

from sundog import work
from sundog.arn import parse_arn
from sundog.context import Context
from sundog.services.events.names import BUS_PREFIX
from sundog.services.events.outer_limits import REPLAY_STEP_EVENTS
from sundog.services.events.outer_rows import OUTER, name_key
from sundog.services.events.routing import BusView, Passage, Router, enter, matching, write_event
from sundog.store import Row, Transaction
from sundog.work import WorkItem

REPLAY: Final = "events.replay"
STARTING, RUNNING, COMPLETED = "STARTING", "RUNNING", "COMPLETED"
CANCELLING, CANCELLED = "CANCELLING", "CANCELLED"


async def replay_some(ctx: Context, item: WorkItem) -> None:
    """Work: put the next events on the bus and remember where that was, in one transaction."""
    view = await _destination(ctx, item)
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        replay = await tx.one(OUTER["replay"], **name_key(item.scope, item.payload["name"]))
        if replay is None:
            await work.finish(tx, item)
            return
        events = await _next(tx, replay) if replay["state"] in (STARTING, RUNNING) else []
        if events:
            await _put_on_bus(ctx, tx, view, replay, events)
            await work.postpone(tx, item, now_ms)
        else:
            state = CANCELLED if replay["state"] == CANCELLING else COMPLETED
            await tx.run(OUTER["set_replay_state"], **_key(replay), state=state, ended_ms=now_ms)
            await work.finish(tx, item)


async def _destination(ctx: Context, item: WorkItem) -> BusView | None:
    """The bus as it is now; None when it is gone, and nobody would receive."""
    async with ctx.store.transaction() as tx:
        replay = await tx.one(OUTER["replay"], **name_key(item.scope, item.payload["name"]))
    if replay is None:
        return None
    arn = parse_arn(orjson.loads(replay["destination"])["Arn"])
    assert arn is not None, "StartReplay has read it"
    return await ctx.part(Router).find(arn.scope, arn.resource.removeprefix(BUS_PREFIX))


async def _next(tx: Transaction, replay: Row) -> list[Row]:
    return await tx.all(
        OUTER["archived_after"],
        archive_id=replay["archive_id"],
        position_ms=replay["position_ms"],
        position_id=replay["position_id"],
        end_ms=replay["end_ms"],
        count=REPLAY_STEP_EVENTS,
    )


async def _put_on_bus(
    ctx: Context, tx: Transaction, view: BusView | None, replay: Row, events: Sequence[Row]
) -> None:
    wanted = orjson.loads(replay["destination"]).get("FilterArns") or ()
    if view is not None:
        for row in events:
            event = {**orjson.loads(row["body"]), "replay-name": replay["name"]}
            await _enter_again(ctx, tx, view, event, wanted)
    last = events[-1]
    await tx.run(
        OUTER["move_replay"],
        **_key(replay),
        state=RUNNING,
        position_ms=last["event_ms"],
        position_id=last["id"],
    )


async def _enter_again(
    ctx: Context, tx: Transaction, view: BusView, event: dict[str, object], wanted: Collection[str]
) -> None:
    """To all rules that match, or to those of them that the replay is for."""
    rules = [rule for rule in matching(view, event) if not wanted or rule.arn in wanted]
    if rules:
        await enter(ctx, tx, view, Passage(event, write_event(event)), rules)


def _key(replay: Row) -> dict[str, str]:
    return {name: replay[name] for name in ("account", "region", "name")}
