"""Showing alarms and their history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.lang.alarm_rule import alarms_in, parse_rule
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.alarm_rows import find_alarm, key, to_alarm
from sundog.services.cloudwatch.alarms import metric_key
from sundog.services.cloudwatch.errors import ResourceNotFound, ValidationException
from sundog.services.cloudwatch.metrics import parse_token, write_token
from sundog.services.cloudwatch.model import ACTIONS, Alarm
from sundog.services.cloudwatch.series import SQL
from sundog.services.cloudwatch.transitions import name_of
from sundog.store import Row, Transaction

PREFIX_END = "\U0010ffff"
_FOR_METRIC = ("Statistic", "ExtendedStatistic", "Period", "Unit")


@operation("cloudwatch", "DescribeAlarms")
async def describe_alarms(ctx: Context, request: Request) -> Result:
    """Metric alarms, unless other types are asked for."""
    if request.get("AlarmNames") and request.get("AlarmNamePrefix"):
        reason = "AlarmNamePrefix and AlarmNames are mutually exclusive parameters and both were specified"
        raise ValidationException(reason=reason)
    count = request.get("MaxRecords", limits.ALARMS_PAGE)
    place = parse_token(request.get("NextToken"), 1)
    async with ctx.store.transaction() as tx:
        if request.get("ParentsOfAlarmName") or request.get("ChildrenOfAlarmName"):
            return {**_write_all(await _relatives(tx, ctx, request), names_only=True)}
        found = await _find(tx, ctx, request, place[0] if place else "", count + 1)
    result = _write_all(found[:count])
    if len(found) > count:
        result["NextToken"] = write_token([found[count - 1].name])
    return result


async def _find(tx: Transaction, ctx: Context, request: Request, after: str, count: int) -> list[Alarm]:
    names = request.get("AlarmNames")
    if names:
        alarms = [await find_alarm(tx, ctx.scope, name) for name in sorted(set(names)) if name > after]
        return [alarm for alarm in alarms if alarm is not None and _is_wanted(alarm, request)][:count]
    prefix = request.get("AlarmNamePrefix", "")

    async def page(after: str) -> Sequence[Row]:
        return await tx.all(
            SQL["alarms"],
            **key(ctx.scope),
            after=after,
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            count=limits.ALARM_NAMES_MAX,
        )

    found: list[Alarm] = []
    while len(found) < count:
        rows = await page(after)
        found += [alarm for alarm in map(to_alarm, rows) if _is_wanted(alarm, request)]
        if len(rows) < limits.ALARM_NAMES_MAX:
            break
        after = rows[-1]["name"]
    return found[:count]


def _is_wanted(alarm: Alarm, request: Request) -> bool:
    prefix = request.get("ActionPrefix", "")
    actions = [action for state in ACTIONS for action in alarm.actions(state)]
    return (
        alarm.type in (request.get("AlarmTypes") or ("MetricAlarm",))
        and request.get("StateValue", alarm.state) == alarm.state
        and (not prefix or any(action.startswith(prefix) for action in actions))
    )


async def _relatives(tx: Transaction, ctx: Context, request: Request) -> list[Alarm]:
    child, parent = request.get("ParentsOfAlarmName"), request.get("ChildrenOfAlarmName")
    if child:
        rows = await tx.all(SQL["parents"], **key(ctx.scope), child=child)
        names = [row["parent"] for row in rows]
    else:
        alarm = await find_alarm(tx, ctx.scope, parent or "")
        if alarm is None or not alarm.is_composite:
            raise ResourceNotFound
        names = sorted({name_of(one) for one in alarms_in(parse_rule(alarm.configuration["AlarmRule"]))})
    found = [await find_alarm(tx, ctx.scope, name) for name in names]
    return [alarm for alarm in found if alarm is not None]


@operation("cloudwatch", "DescribeAlarmsForMetric")
async def describe_alarms_for_metric(ctx: Context, request: Request) -> Result:
    found: list[Alarm] = []
    after = ""
    async with ctx.store.transaction() as tx:
        while True:
            rows = await tx.all(
                SQL["alarms_of_metric"],
                **key(ctx.scope),
                metric=metric_key(request),
                after=after,
                count=limits.ALARM_NAMES_MAX,
            )
            found += map(to_alarm, rows)
            if len(rows) < limits.ALARM_NAMES_MAX:
                break
            after = rows[-1]["name"]
    wanted = {name: request[name] for name in _FOR_METRIC if name in request}
    alarms = [a for a in found if all(a.configuration.get(name) == value for name, value in wanted.items())]
    return {"MetricAlarms": [write_metric_alarm(alarm) for alarm in alarms]}


def _write_all(alarms: Sequence[Alarm], *, names_only: bool = False) -> Result:
    write: Callable[[Alarm], dict[str, Any]] = _write_short if names_only else write_alarm
    return {
        "CompositeAlarms": [write(alarm) for alarm in alarms if alarm.is_composite],
        "MetricAlarms": [write(alarm) for alarm in alarms if not alarm.is_composite],
    }


def write_alarm(alarm: Alarm) -> dict[str, Any]:
    if alarm.is_composite:
        return _write_common(alarm) | {"AlarmRule": alarm.configuration["AlarmRule"]}
    return write_metric_alarm(alarm)


def _write_short(alarm: Alarm) -> dict[str, Any]:
    """Relatives are shown with their state only, as AWS documents."""
    names = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp", "ActionsEnabled")
    return {name: value for name, value in write_alarm(alarm).items() if name in names}


def write_metric_alarm(alarm: Alarm) -> dict[str, Any]:
    written = _write_common(alarm) | {"Dimensions": []}
    written |= {k: v for k, v in alarm.configuration.items() if k not in written or k == "Dimensions"}
    return written


def _write_common(alarm: Alarm) -> dict[str, Any]:
    written: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_ms,
        "ActionsEnabled": alarm.actions_enabled,
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": alarm.updated_ms,
        "StateTransitionedTimestamp": alarm.transitioned_ms,
        **{name: list(alarm.configuration.get(name) or ()) for name in ACTIONS.values()},
    }
    if alarm.reason_data:
        written["StateReasonData"] = alarm.reason_data
    if "AlarmDescription" in alarm.configuration:
        written["AlarmDescription"] = alarm.configuration["AlarmDescription"]
    return written


@operation("cloudwatch", "DescribeAlarmHistory")
async def describe_alarm_history(ctx: Context, request: Request) -> Result:
    """Newest first; what happened to an alarm stays after it was deleted, for thirty days."""
    count = request.get("MaxRecords", limits.HISTORY_PAGE)
    is_descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    now_ms = ctx.clock.now_ms()
    place = parse_token(request.get("NextToken"), 2) or ([now_ms + 1, 0] if is_descending else [-1, 0])
    types = request.get("AlarmTypes") or ("MetricAlarm",)
    items: list[Row] = []
    async with ctx.store.transaction() as tx:
        while len(items) <= count:
            rows = await _history(tx, ctx, request, place, is_descending, now_ms)
            items += [row for row in rows if request.get("AlarmName") or row["alarm_type"] in types]
            if len(rows) < limits.HISTORY_PAGE:
                break
            place = [rows[-1]["happened_ms"], rows[-1]["id"]]
    result: Result = {"AlarmHistoryItems": [_write_item(row) for row in items[:count]]}
    if len(items) > count:
        result["NextToken"] = write_token([items[count - 1]["happened_ms"], items[count - 1]["id"]])
    return result


async def _history(
    tx: Transaction, ctx: Context, request: Request, place: list[int], is_descending: bool, now_ms: int
) -> list[Row]:
    return await tx.all(
        SQL["history_descending" if is_descending else "history"],
        **key(ctx.scope),
        alarm=request.get("AlarmName", ""),
        type=request.get("HistoryItemType", ""),
        from_ms=max(int(request.get("StartDate", 0)), now_ms - limits.HISTORY_MS),
        to_ms=int(request.get("EndDate", now_ms)),
        after_ms=place[0],
        after=place[1],
        count=limits.HISTORY_PAGE,
    )


def _write_item(row: Row) -> dict[str, Any]:
    return {
        "AlarmName": row["alarm"],
        "AlarmType": row["alarm_type"],
        "Timestamp": row["happened_ms"],
        "HistoryItemType": row["type"],
        "HistorySummary": row["summary"],
        "HistoryData": row["data"],
    }
