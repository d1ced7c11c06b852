"""An alarm changes its state: the row, its history, its actions and the composite alarms above it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from sundog import bus, work
from sundog.arn import parse_arn
from sundog.context import Context
from sundog.lang.alarm_rule import alarms_in, holds, parse_rule
from sundog.scope import Scope
from sundog.services.cloudwatch.alarm_rows import add_history, find_alarm, key, lock_alarm
from sundog.services.cloudwatch.model import Alarm, State
from sundog.services.cloudwatch.notices import describe_change, write_time
from sundog.services.cloudwatch.series import SQL
from sundog.store import Transaction

ACT = "cloudwatch.act"
DEPTH_MAX = 20


async def set_state(
    ctx: Context,
    tx: Transaction,
    alarm: Alarm,
    state: State,
    reason: str,
    reason_data: str = "",
    *,
    depth: int = 0,
) -> None:
    """``alarm`` must be locked. Actions follow only where the state is another one than before."""
    now_ms = ctx.clock.now_ms()
    is_other = state != alarm.state
    changed = replace(
        alarm,
        state=state,
        reason=reason,
        reason_data=reason_data,
        updated_ms=now_ms,
        transitioned_ms=now_ms if is_other else alarm.transitioned_ms,
    )
    await tx.run(
        SQL["set_state"],
        id=alarm.id,
        state=state,
        reason=reason,
        reason_data=reason_data,
        updated_ms=now_ms,
        transitioned_ms=changed.transitioned_ms,
    )
    if not is_other:
        return
    summary = f"Alarm updated from {alarm.state} to {state}"
    await add_history(tx, alarm, "StateUpdate", now_ms, summary, _history(alarm, changed))
    told = describe_change(alarm, _told(alarm), _told(changed))
    own = ctx.acting(scope=alarm.scope)
    await bus.emit(own, tx, "cloudwatch", "CloudWatch Alarm State Change", told, resources=[alarm.arn])
    if alarm.actions_enabled:
        for action in alarm.actions(state):
            payload = {"alarm": alarm.name, "action": action, "old": _told(alarm), "new": _told(changed)}
            await work.put(tx, ACT, payload, scope=alarm.scope, due_ms=now_ms)
    if depth < DEPTH_MAX:
        await _tell_parents(ctx, tx, changed, depth)


def _told(alarm: Alarm) -> dict[str, Any]:
    """What a notice says of the state."""
    return {
        "state": alarm.state,
        "reason": alarm.reason,
        "reason_data": alarm.reason_data,
        "updated_ms": alarm.updated_ms,
    }


def _history(old: Alarm, new: Alarm) -> dict[str, Any]:
    states = {}
    for name, alarm in (("oldState", old), ("newState", new)):
        states[name] = {"stateValue": alarm.state, "stateReason": alarm.reason}
        if alarm.reason_data:
            states[name]["stateReasonData"] = orjson.loads(alarm.reason_data)
    return {"version": "1.0", **states}


async def _tell_parents(ctx: Context, tx: Transaction, child: Alarm, depth: int) -> None:
    rows = await tx.all(SQL["parents"], **key(child.scope), child=child.name)
    for row in rows:
        parent = await lock_alarm(tx, child.scope, row["parent"])
        if parent is not None and parent.is_composite:
            await judge_composite(ctx, tx, parent, child, depth + 1)


async def judge_composite(
    ctx: Context, tx: Transaction, alarm: Alarm, cause: Alarm | None, depth: int = 0
) -> None:
    """Bring a composite alarm (locked) up to date with the states of its children."""
    rule = parse_rule(alarm.configuration["AlarmRule"])
    children = {named: await find_child(tx, alarm.scope, named) for named in sorted(alarms_in(rule))}

    def state_of(named: str) -> str:
        child = children[named]
        return child.state if child is not None else ""

    state: State = "ALARM" if holds(rule, state_of) else "OK"
    if state == alarm.state:
        return
    known = [child for child in children.values() if child is not None]
    cause = cause or max(known, key=lambda child: child.transitioned_ms, default=None)
    reason = f"The rule of the alarm evaluates to {state}"
    data = ""
    if cause is not None:
        time_ms = cause.transitioned_ms
        reason = f"{cause.arn} transitioned to {cause.state} at {_long(time_ms)}"
        told = {"arn": cause.arn, "state": {"value": cause.state, "timestamp": write_time(time_ms)}}
        data = orjson.dumps({"triggeringAlarms": [told]}).decode()
    await set_state(ctx, tx, alarm, state, reason, data, depth=depth)


async def find_child(tx: Transaction, scope: Scope, named: str) -> Alarm | None:
    """By name or ARN."""
    return await find_alarm(tx, scope, name_of(named))


def name_of(named: str) -> str:
    arn = parse_arn(named)
    return named if arn is None else arn.resource.removeprefix("alarm:")


def _long(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%A %d %B, %Y %H:%M:%S UTC")
