"""Putting, deleting, switching and setting alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog import work
from sundog.context import Context, Request, Result, operation
from sundog.lang.alarm_rule import alarms_in
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.alarm_rows import add_history, key, lock_alarm
from sundog.services.cloudwatch.alarm_settings import check_composite_alarm, check_metric_alarm
from sundog.services.cloudwatch.datum import read_dimensions
from sundog.services.cloudwatch.errors import (
    InvalidFormatFault,
    ResourceNotFound,
    ValidationException,
)
from sundog.services.cloudwatch.evaluating import EVALUATE, next_tick_ms, tick_ms
from sundog.services.cloudwatch.model import ACTIONS, Alarm, AlarmType
from sundog.services.cloudwatch.series import SQL, write_dimensions
from sundog.services.cloudwatch.tag_rules import check_tags
from sundog.services.cloudwatch.transitions import find_child, judge_composite, name_of, set_state
from sundog.store import Transaction

_NOT_KEPT = ("AlarmName", "Tags", "ActionsEnabled")


@operation("cloudwatch", "PutMetricAlarm")
async def put_metric_alarm(ctx: Context, request: Request) -> Result | None:
    """Its state is kept where it exists already; it is evaluated at the next tick."""
    check_metric_alarm(request, ctx.scope.account)
    async with ctx.store.transaction() as tx:
        alarm = await _put(ctx, tx, request, "MetricAlarm")
        await _evaluate_at(ctx, tx, alarm, next_tick_ms(alarm.configuration, ctx.clock.now_ms()))
    return None


async def _evaluate_at(ctx: Context, tx: Transaction, alarm: Alarm, due_ms: int) -> None:
    payload = {"name": alarm.name}
    await work.put(tx, EVALUATE, payload, scope=ctx.scope, due_ms=due_ms, key=str(alarm.id))


@operation("cloudwatch", "PutCompositeAlarm")
async def put_composite_alarm(ctx: Context, request: Request) -> Result | None:
    rule = check_composite_alarm(request)
    async with ctx.store.transaction() as tx:
        for named in sorted(alarms_in(rule)):
            if name_of(named) == request["AlarmName"]:
                raise ValidationException(reason="An alarm must not refer to itself in its AlarmRule")
            if await find_child(tx, ctx.scope, named) is None:
                raise ValidationException(
                    reason=f"Could not save the composite alarm as alarms [{named}] in the alarm rule "
                    "do not exist"
                )
        alarm = await _put(ctx, tx, request, "CompositeAlarm")
        await tx.run(SQL["delete_children"], **key(ctx.scope), parent=alarm.name)
        for child in sorted({name_of(named) for named in alarms_in(rule)}):
            await tx.run(SQL["insert_child"], **key(ctx.scope), child=child, parent=alarm.name)
        await judge_composite(ctx, tx, alarm, None)
    return None


async def _put(ctx: Context, tx: Transaction, request: Request, type: AlarmType) -> Alarm:
    name, now_ms = request["AlarmName"], ctx.clock.now_ms()
    _check_actions(request)
    tags = check_tags({}, request.get("Tags") or ())
    old = await lock_alarm(tx, ctx.scope, name)
    if old is not None and old.type != type:
        raise ValidationException(reason=f"An alarm of another type has the name {name} already")
    configuration = {k: v for k, v in request.items() if k not in _NOT_KEPT and v is not None}
    await tx.run(
        SQL["put_alarm"],
        **key(ctx.scope),
        name=name,
        type=type,
        configuration=orjson.dumps(configuration).decode(),
        metric=_metric_key(configuration),
        actions_enabled=int(request.get("ActionsEnabled", True)),
        now_ms=now_ms,
        tags=orjson.dumps(tags).decode(),
    )
    alarm = await lock_alarm(tx, ctx.scope, name)
    assert alarm is not None, "an alarm that was just put is there"
    kind = "Create" if old is None else "Update"
    data = {"version": "1.0", "type": kind, f"{kind.lower()}dAlarm": {"alarmName": name, **configuration}}
    await add_history(tx, alarm, "ConfigurationUpdate", now_ms, f'Alarm "{name}" {kind.lower()}d', data)
    return alarm


def _check_actions(request: Request) -> None:
    for member in ACTIONS.values():
        actions = request.get(member) or ()
        for action in actions:
            if not action.startswith("arn:"):
                raise ValidationException(reason=f"Invalid arn syntax: {action}")
        if len(set(actions)) < len(actions):
            raise ValidationException(reason=f"{member} must not name an action twice")


def _metric_key(configuration: Mapping[str, Any]) -> str:
    """What DescribeAlarmsForMetric looks for; empty for alarms on expressions and composite ones."""
    if "MetricName" not in configuration:
        return ""
    return metric_key(configuration)


def metric_key(request: Mapping[str, Any]) -> str:
    dimensions = write_dimensions(read_dimensions(request.get("Dimensions")))
    return orjson.dumps([request["Namespace"], request["MetricName"], dimensions]).decode()


@operation("cloudwatch", "DeleteAlarms")
async def delete_alarms(ctx: Context, request: Request) -> Result | None:
    """All of them, or none where one does not exist."""
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        for alarm in await _alarms(tx, ctx, request["AlarmNames"]):
            data = {"version": "1.0", "type": "Delete", "deletedAlarm": {"alarmName": alarm.name}}
            summary = f'Alarm "{alarm.name}" deleted'
            await add_history(tx, alarm, "ConfigurationUpdate", now_ms, summary, data)
            await tx.run(SQL["delete_children"], **key(ctx.scope), parent=alarm.name)
            await tx.run(SQL["delete_alarm"], id=alarm.id)
            await work.cancel(tx, EVALUATE, str(alarm.id))
    return None


async def _alarms(tx: Transaction, ctx: Context, names: Sequence[str]) -> list[Alarm]:
    """Locked in the order of their names. Raises `ResourceNotFound`."""
    if len(names) > limits.ALARM_NAMES_MAX:
        raise ValidationException(
            reason=f"The collection AlarmNames must not have a size greater than {limits.ALARM_NAMES_MAX}."
        )
    found = [await lock_alarm(tx, ctx.scope, name) for name in sorted(set(names))]
    alarms = [alarm for alarm in found if alarm is not None]
    if len(alarms) < len(found):
        raise ResourceNotFound
    return alarms


@operation("cloudwatch", "EnableAlarmActions")
async def enable_alarm_actions(ctx: Context, request: Request) -> Result | None:
    await _switch(ctx, request, is_enabled=True)
    return None


@operation("cloudwatch", "DisableAlarmActions")
async def disable_alarm_actions(ctx: Context, request: Request) -> Result | None:
    await _switch(ctx, request, is_enabled=False)
    return None


async def _switch(ctx: Context, request: Request, *, is_enabled: bool) -> None:
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        for alarm in await _alarms(tx, ctx, request["AlarmNames"]):
            if alarm.actions_enabled == is_enabled:
                continue
            await tx.run(SQL["set_actions_enabled"], id=alarm.id, is_enabled=int(is_enabled), now_ms=now_ms)
            data = {
                "version": "1.0",
                "type": "Update",
                "updatedAlarm": {"alarmName": alarm.name, "actionsEnabled": is_enabled},
            }
            await add_history(tx, alarm, "ConfigurationUpdate", now_ms, f'Alarm "{alarm.name}" updated', data)


@operation("cloudwatch", "SetAlarmState")
async def set_alarm_state(ctx: Context, request: Request) -> Result | None:
    """For the length of a tick; then an evaluation may say otherwise."""
    data = request.get("StateReasonData") or ""
    if data:
        try:
            is_object = isinstance(orjson.loads(data), dict)
        except orjson.JSONDecodeError:
            is_object = False
        if not is_object:
            raise InvalidFormatFault(reason="StateReasonData was not valid JSON")
    async with ctx.store.transaction() as tx:
        alarm = await lock_alarm(tx, ctx.scope, request["AlarmName"])
        if alarm is None:
            raise ResourceNotFound
        await set_state(ctx, tx, alarm, request["StateValue"], request["StateReason"], data)
        if not alarm.is_composite:
            await _evaluate_at(ctx, tx, alarm, ctx.clock.now_ms() + tick_ms(alarm.configuration))
    return None
