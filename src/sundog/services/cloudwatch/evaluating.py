"""The durable work of alarms: evaluating one at its tick, and doing what it asks for.

Every metric alarm is one row of recurring work: every minute, every ten seconds where its period is shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sundog import work
from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.lang.metric_math import Series
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.alarm_rows import add_history, find_alarm, lock_alarm
from sundog.services.cloudwatch.alarm_settings import condition_of, period_of, queries_of
from sundog.services.cloudwatch.answers import Times, answer_queries
from sundog.services.cloudwatch.errors import ValidationException
from sundog.services.cloudwatch.evaluation import RANGE_EXTRA, Verdict, decide_state
from sundog.services.cloudwatch.model import Alarm
from sundog.services.cloudwatch.notices import write_event, write_notice, write_subject, write_time
from sundog.services.cloudwatch.transitions import set_state
from sundog.store import Transaction
from sundog.work import WorkItem

EVALUATE = "cloudwatch.evaluate"
Datapoints = list[tuple[int, float | None]]


def tick_ms(configuration: Mapping[str, Any]) -> int:
    return 10_000 if period_of(configuration) < 60 else 60_000


def next_tick_ms(configuration: Mapping[str, Any], now_ms: int) -> int:
    tick = tick_ms(configuration)
    return now_ms // tick * tick + tick


async def evaluate_alarm(ctx: Context, item: WorkItem) -> None:
    """One tick: a change of state, its history and actions and the next tick are one transaction."""
    async with ctx.store.transaction() as tx:
        alarm = await lock_alarm(tx, item.scope, item.payload["name"])
        if alarm is None or alarm.is_composite:
            await work.finish(tx, item)
            return
        now_ms = ctx.clock.now_ms()
        await _judge(ctx, tx, alarm, now_ms)
        await work.postpone(tx, item, next_tick_ms(alarm.configuration, now_ms))


async def _judge(ctx: Context, tx: Transaction, alarm: Alarm, now_ms: int) -> None:
    datapoints = await load_datapoints(ctx, tx, alarm, now_ms)
    verdict = decide_state(condition_of(alarm.configuration), datapoints, alarm.state)
    if verdict is not None:
        data = _reason_data(alarm, datapoints, verdict, now_ms)
        await set_state(ctx, tx, alarm, verdict.state, verdict.reason, orjson.dumps(data).decode())


async def load_datapoints(ctx: Context, tx: Transaction, alarm: Alarm, now_ms: int) -> Datapoints:
    """The periods that end at this tick, oldest first: those that count and some more."""
    configuration = alarm.configuration
    period_ms = period_of(configuration) * 1_000
    count = configuration["EvaluationPeriods"] + RANGE_EXTRA
    unit_ms = min(period_ms, limits.MINUTE_MS)  # longer periods slide by the minute
    end_ms = now_ms // unit_ms * unit_ms
    start_ms = end_ms - count * period_ms
    queries = queries_of(configuration, alarm.scope.account)
    try:
        values = await answer_queries(ctx, tx, queries, Times(start_ms, end_ms, now_ms))
    except ValidationException:
        values = {}  # an expression that cannot be computed now has no data
    compared = values.get(next(query.id for query in queries if query.is_returned))
    if isinstance(compared, tuple):
        compared = compared[0] if compared else None
    points = compared.points if isinstance(compared, Series) else {}
    return [(time, points.get(time)) for time in range(start_ms, end_ms, period_ms)]


def _reason_data(alarm: Alarm, datapoints: Datapoints, verdict: Verdict, now_ms: int) -> dict[str, Any]:
    """As AWS has it in StateReasonData."""
    configuration = alarm.configuration
    evaluated = datapoints[-configuration["EvaluationPeriods"] :]
    times = [time for time, _ in verdict.used] or [time for time, _ in reversed(evaluated)]
    known = dict(verdict.used)
    data: dict[str, Any] = {"version": "1.0", "queryDate": write_time(now_ms)}
    if verdict.used:
        data["startDate"] = write_time(min(times))
    for member, name in (
        ("Unit", "unit"),
        ("Statistic", "statistic"),
        ("ExtendedStatistic", "extendedStatistic"),
    ):
        if member in configuration:
            data[name] = configuration[member]
    return data | {
        "period": period_of(configuration),
        "recentDatapoints": [value for _, value in reversed(verdict.used)],
        "threshold": float(configuration["Threshold"]),
        "evaluatedDatapoints": [
            {"timestamp": write_time(time)} | ({"value": known[time]} if time in known else {})
            for time in times
        ],
    }


async def act(ctx: Context, item: WorkItem) -> None:
    """Do one action of a change of state; what came of it is in the alarm's history."""
    action, now_ms = item.payload["action"], ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        alarm = await find_alarm(tx, item.scope, item.payload["alarm"])
    failure = "The alarm does not exist any more" if alarm is None else ""
    if alarm is not None:
        try:
            await _perform(ctx, alarm, action, item.payload)
        except AwsError as error:
            failure = error.message or error.wire_code
    async with ctx.store.transaction() as tx:
        if alarm is not None:
            await _record(tx, alarm, action, item.payload, failure, now_ms)
        await work.finish(tx, item)


class UnsupportedAction(AwsError):
    """sundog has nothing that can do the action {action}"""


async def _perform(ctx: Context, alarm: Alarm, action: str, payload: Mapping[str, Any]) -> None:
    arn = parse_arn(action)
    principal = Principal.service("cloudwatch.amazonaws.com", alarm.scope.account)
    if arn is not None and arn.service == "sns":
        notice = write_notice(alarm, payload["old"], payload["new"])
        request: dict[str, Any] = {
            "TopicArn": action,
            "Message": notice,
            "Subject": write_subject(alarm, payload["new"]["state"]),
        }
        await ctx.acting(scope=arn.scope, principal=principal).dispatch("sns", "Publish", request)
    elif arn is not None and arn.service == "lambda":
        event = write_event(alarm, payload["old"], payload["new"])
        request = {"FunctionName": action, "InvocationType": "Event", "Payload": event}
        lambda_principal = Principal.service("lambda.alarms.cloudwatch.amazonaws.com", alarm.scope.account)
        acting = ctx.acting(scope=arn.scope, principal=lambda_principal)
        await acting.dispatch("lambda", "Invoke", request)
    else:
        raise UnsupportedAction(action=action)


async def _record(
    tx: Transaction, alarm: Alarm, action: str, payload: Mapping[str, Any], failure: str, now_ms: int
) -> None:
    summary = f"{'Failed to execute' if failure else 'Successfully executed'} action {action}"
    data: dict[str, Any] = {
        "actionState": "Failed" if failure else "Succeeded",
        "stateUpdateTimestamp": payload["new"]["updated_ms"],
        "notificationResource": action,
        "publishedMessage": write_notice(alarm, payload["old"], payload["new"]),
    }
    if failure:
        data["error"] = failure
    await add_history(tx, alarm, "Action", now_ms, summary, data)
