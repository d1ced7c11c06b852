"""GetMetricStatistics: one metric, period by period, each unit by itself."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.datum import read_metric
from sundog.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    MissingRequiredParameterException,
)
from sundog.services.cloudwatch.model import Summary
from sundog.services.cloudwatch.series import align_start_ms, find_metric, load_series, readable_from_ms
from sundog.services.cloudwatch.statistics import Statistic, compute, parse_statistic


@operation("cloudwatch", "GetMetricStatistics")
async def get_metric_statistics(ctx: Context, request: Request) -> Result:
    now_ms, period_s = ctx.clock.now_ms(), request["Period"]
    statistics = _check(request)
    from_ms = align_start_ms(int(request["StartTime"]), period_s, now_ms)
    readable_ms = readable_from_ms(period_s, now_ms)
    async with ctx.store.transaction() as tx:
        id = await find_metric(tx, ctx.scope, read_metric(request))
        found: dict[tuple[int, str], Summary] = {}
        if id is not None:
            found = await load_series(tx, id, statistics, from_ms, int(request["EndTime"]), period_s)
    datapoints = [
        point
        for (start_ms, unit), summary in found.items()
        if start_ms >= readable_ms and request.get("Unit", unit) == unit
        if len(point := _write(start_ms, unit, summary, statistics)) > 2
    ]
    return {"Label": request["MetricName"], "Datapoints": datapoints}


def _check(request: Request) -> list[Statistic]:
    names, extended = request.get("Statistics") or (), request.get("ExtendedStatistics") or ()
    if not names and not extended:
        raise MissingRequiredParameterException("Must specify either Statistics or ExtendedStatistics")
    for name in names:
        if parse_statistic(name) is None or not _read(name).is_plain:
            raise InvalidParameterValueException(
                reason=f"The value {name} for parameter Statistics is invalid."
            )
    for name in extended:
        if parse_statistic(name) is None or _read(name).is_plain:
            reason = f"The value {name} for parameter ExtendedStatistics is not supported."
            raise InvalidParameterValueException(reason=reason)
    _check_times(request["StartTime"], request["EndTime"], request["Period"])
    return [_read(name) for name in (*names, *extended)]


def _check_times(start_ms: int, end_ms: int, period_s: int) -> None:
    if period_s not in limits.HIGH_RESOLUTION_PERIODS and period_s % 60:
        reason = "The parameter Period must be a multiple of 60 or one of 1, 5, 10, 20 and 30."
        raise InvalidParameterValueException(reason=reason)
    if start_ms >= end_ms:
        reason = "The parameter StartTime must be less than the parameter EndTime."
        raise InvalidParameterValueException(reason=reason)
    count = -(-(end_ms - start_ms) // (period_s * 1_000))
    if count > limits.DATAPOINTS_MAX:
        raise InvalidParameterCombinationException(
            reason=f"You have requested up to {count} datapoints, which exceeds the limit of "
            f"{limits.DATAPOINTS_MAX}. You may reduce the datapoints requested by increasing Period, "
            "or decreasing the time range."
        )


def _read(name: str) -> Statistic:
    statistic = parse_statistic(name)
    assert statistic is not None
    return statistic


def _write(start_ms: int, unit: str, summary: Summary, statistics: list[Statistic]) -> dict[str, Any]:
    point: dict[str, Any] = {"Timestamp": start_ms, "Unit": unit}
    extended: dict[str, float] = {}
    for statistic in statistics:
        value = compute(statistic, summary)
        if value is not None:
            (point if statistic.is_plain else extended)[statistic.name] = value
    return point | ({"ExtendedStatistics": extended} if extended else {})
