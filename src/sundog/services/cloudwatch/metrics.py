"""Putting data, and listing the metrics that have some."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.datum import check_data, merge, read_metric, read_samples
from sundog.services.cloudwatch.errors import InvalidNextToken
from sundog.services.cloudwatch.model import Metric, Sample
from sundog.services.cloudwatch.series import SQL, put_samples, to_metric
from sundog.store import Row, Transaction


@operation("cloudwatch", "PutMetricData")
async def put_metric_data(ctx: Context, request: Request) -> Result | None:
    if request.get("EntityMetricData"):
        raise UnsupportedOperation(what="EntityMetricData", remedy="Send MetricData.")
    now_ms = ctx.clock.now_ms()
    check_data(request, now_ms, is_service=ctx.principal.kind == "service")
    samples: dict[Metric, list[Sample]] = {}
    newest_ms: dict[Metric, int] = {}
    for datum in request["MetricData"]:
        metric = read_metric(datum, request["Namespace"])
        samples.setdefault(metric, []).extend(read_samples(datum, now_ms))
        time_ms = int(datum.get("Timestamp", now_ms))
        newest_ms[metric] = max(newest_ms.get(metric, time_ms), time_ms)
    # Additions commute, and are written in the order of their keys: writers need not see one another.
    async with ctx.store.transaction(takes_locks=True) as tx:
        for metric in sorted(samples, key=lambda one: (one.name, one.dimensions)):
            await put_samples(ctx, tx, metric, merge(samples[metric]), newest_ms[metric])
    return None


@operation("cloudwatch", "ListMetrics")
async def list_metrics(ctx: Context, request: Request) -> Result:
    """Those with data of the last two weeks, 500 at a time."""
    if "RecentlyActive" in request:
        since_ms = ctx.clock.now_ms() - limits.RECENT_MS
    else:
        since_ms = ctx.clock.now_ms() - limits.LISTED_MS
    after, found = parse_token(request.get("NextToken"), 3) or ["", "", ""], []
    async with ctx.store.transaction() as tx:
        while True:
            rows = await rows_after(tx, ctx, request, after, since_ms)
            found += [row for row in rows if _is_wanted(to_metric(row), request)]
            if len(rows) < limits.LISTED_METRICS_MAX or len(found) > limits.LISTED_METRICS_MAX:
                break
            after = _place(rows[-1])
    listed = found[: limits.LISTED_METRICS_MAX]
    result: Result = {"Metrics": [write_metric(to_metric(row)) for row in listed]}
    if len(found) > len(listed):
        result["NextToken"] = write_token(_place(listed[-1]))
    return result


async def rows_after(
    tx: Transaction, ctx: Context, request: Mapping[str, Any], after: list[str], since_ms: int
) -> Sequence[Row]:
    """One page of metrics in the order of the store."""
    namespace, name = request.get("Namespace"), request.get("MetricName")
    values: dict[str, Any] = {
        "account": ctx.scope.account,
        "region": ctx.scope.region,
        "since_ms": since_ms,
        "count": limits.LISTED_METRICS_MAX,
        "dimensions": after[2],
    }
    if namespace and name:
        statement = "metrics_of_name"
        values |= {"in_namespace": namespace, "of_name": name}
    elif namespace:
        statement = "metrics_in_namespace"
        values |= {"in_namespace": namespace, "name": after[1]}
    else:
        statement = "metrics"
        values |= {"namespace": after[0], "name": after[1]}
    return await tx.all(SQL[statement], **values)


def write_metric(metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def write_token(place: list[Any]) -> str:
    return base64.b64encode(orjson.dumps(place)).decode()


def parse_token(token: str | None, length: int) -> list[Any] | None:
    """Where a page of `write_token` ended; None at the beginning. Raises `InvalidNextToken`."""
    if not token:
        return None
    try:
        place = orjson.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise InvalidNextToken from None
    if not isinstance(place, list) or len(place) != length:
        raise InvalidNextToken
    return place


def _is_wanted(metric: Metric, request: Request) -> bool:
    dimensions = dict(metric.dimensions)
    return request.get("MetricName", metric.name) == metric.name and all(
        one["Name"] in dimensions and one.get("Value") in (None, dimensions[one["Name"]])
        for one in request.get("Dimensions") or ()
    )


def _place(row: Row) -> list[str]:
    return [row["namespace"], row["name"], row["dimensions"]]
