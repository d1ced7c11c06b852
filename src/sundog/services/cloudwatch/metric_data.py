"""GetMetricData: many metrics and expressions at once, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.lang.metric_math import Series, Value
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.answers import Source, Times, answer_queries
from sundog.services.cloudwatch.errors import ValidationException
from sundog.services.cloudwatch.labels import write_label
from sundog.services.cloudwatch.metrics import parse_token, write_token
from sundog.services.cloudwatch.queries import Query, read_queries, wrong_expression

_TIME_ZONE = re.compile(r"[+-]\d{4}")


@dataclass(frozen=True, slots=True)
class Line:
    """One time series of the answer."""

    id: str
    label: str
    points: list[tuple[int, float]]


@operation("cloudwatch", "GetMetricData")
async def get_metric_data(ctx: Context, request: Request) -> Result:
    queries = read_queries(request["MetricDataQueries"], ctx.scope.account)
    times = Times(int(request["StartTime"]), int(request["EndTime"]), ctx.clock.now_ms())
    maximum = _check(request)
    async with ctx.store.transaction() as tx:
        values = await answer_queries(ctx, tx, queries, times)
    by_id = {query.id: query for query in queries}
    lines = [
        line
        for id in (query["Id"] for query in request["MetricDataQueries"])
        if by_id[id].is_returned
        for line in _lines(by_id[id], values[id], request)
    ]
    skipped = parse_token(request.get("NextToken"), 1)
    return _page(lines, skipped[0] if skipped else 0, maximum)


def _check(request: Request) -> int:
    """How many datapoints a page holds."""
    if request["StartTime"] >= request["EndTime"]:
        raise ValidationException(reason="The parameter StartTime must be less than the parameter EndTime.")
    maximum = request.get("MaxDatapoints", limits.METRIC_DATAPOINTS_MAX)
    if not 1 <= maximum <= limits.METRIC_DATAPOINTS_MAX:
        raise ValidationException(reason=f"The value {maximum} for parameter MaxDatapoints is invalid.")
    time_zone = _time_zone(request)
    if time_zone and not _TIME_ZONE.fullmatch(time_zone):
        reason = f"The value {time_zone} for parameter LabelOptions.Timezone is invalid."
        raise ValidationException(reason=reason)
    return int(maximum)


def _time_zone(request: Request) -> str:
    return (request.get("LabelOptions") or {}).get("Timezone") or ""


def _lines(query: Query, value: Value, request: Request) -> Iterator[Line]:
    if isinstance(value, float):
        raise wrong_expression(query.id, "The expression must return a time series")
    is_descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    is_array = isinstance(value, tuple)
    for series in value if isinstance(value, tuple) else (value,):
        points = sorted(series.points.items(), reverse=is_descending)
        yield Line(query.id, _label(query, series, _time_zone(request), is_array), points)


def _label(query: Query, series: Series, time_zone: str, is_array: bool) -> str:
    source = None
    if query.metric is not None and query.statistic is not None:
        source = Source(query.metric, query.statistic, query.period_s, query.unit)
    default = series.label if source is not None or is_array else query.id
    if query.label is None:
        return default
    label = write_label(query.label, default, series, source, time_zone)
    # Several series under one label stay apart, as AWS shows them.
    return f"{label} {default}" if is_array and "${" not in query.label else label


def _page(lines: list[Line], skipped: int, maximum: int) -> Result:
    """``maximum`` datapoints after the first ``skipped``, counted over all series in order."""
    results: list[dict[str, Any]] = []
    before, end = 0, skipped + maximum
    for line in lines:
        points = line.points[max(0, skipped - before) : max(0, end - before)]
        before += len(line.points)
        results.append(
            {
                "Id": line.id,
                "Label": line.label,
                "Timestamps": [time_ms for time_ms, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete" if before <= end else "PartialData",
            }
        )
    token = {"NextToken": write_token([end])} if before > end else {}
    return {"MetricDataResults": results, "Messages": [], **token}
