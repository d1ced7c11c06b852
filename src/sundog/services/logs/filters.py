"""Metric filters, and trying a pattern on messages."""

from __future__ import annotations

import re
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.logs import limits
from sundog.services.logs.errors import (
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
)
from sundog.services.logs.groups import SQL, load_group
from sundog.services.logs.refusals import refuse_parameters
from sundog.services.logs.rules import page, with_token
from sundog.services.logs.search import read_pattern
from sundog.store import Row, Transaction

_SYSTEM_FIELDS = "Events here are of one account and region: leave it out."
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@operation("logs", "PutMetricFilter")
async def put_metric_filter(ctx: Context, request: Request) -> Result | None:
    refuse_parameters(request, ("fieldSelectionCriteria", "emitSystemFieldDimensions"), _SYSTEM_FIELDS)
    read_pattern(request["filterPattern"])
    for transformation in request["metricTransformations"]:
        _check(request["filterPattern"], transformation)
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        body = {
            "filterPattern": request["filterPattern"],
            "metricTransformations": request["metricTransformations"],
            "creationTime": ctx.clock.now_ms(),
            "applyOnTransformedLogs": request.get("applyOnTransformedLogs", False),
        }
        await put_filter(tx, ctx, group.id, "metric", request["filterName"], body, limits.METRIC_FILTERS_MAX)
    return None


@operation("logs", "DeleteMetricFilter")
async def delete_metric_filter(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await delete_filter(tx, ctx, request, "metric", "metric filter")
    return None


@operation("logs", "DescribeMetricFilters")
async def describe_metric_filters(ctx: Context, request: Request) -> Result:
    name, namespace = request.get("metricName"), request.get("metricNamespace")
    if bool(name) != bool(namespace):
        raise InvalidParameterException(
            message="If you include the metricName parameter in your request, you must also include the "
            "metricNamespace parameter."
        )
    async with ctx.store.transaction() as tx:
        rows = await _filters(tx, ctx, request, "metric")
    prefix = request.get("filterNamePrefix", "")
    found = [_describe(row) for row in rows if row["name"].startswith(prefix)]
    if name:
        found = [f for f in found if any(_emits(t, name, namespace) for t in f["metricTransformations"])]
    items, token = page(found, request)
    return with_token({"metricFilters": items}, token)


@operation("logs", "TestMetricFilter")
async def test_metric_filter(ctx: Context, request: Request) -> Result:
    """Event numbers count from 1."""
    match = read_pattern(request["filterPattern"])
    tried = ((number, text, match(text)) for number, text in enumerate(request["logEventMessages"], 1))
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": text, "extractedValues": dict(extracted)}
            for number, text, extracted in tried
            if extracted is not None
        ]
    }


async def put_filter(
    tx: Transaction, ctx: Context, group_id: int, kind: str, name: str, body: dict[str, Any], count_max: int
) -> None:
    """Store a filter of either kind; AWS allows so many on one group."""
    rows = await tx.all(SQL["group_filters"], group_id=group_id, kind=kind)
    if name not in {row["name"] for row in rows} and len(rows) >= count_max:
        raise LimitExceededException
    await tx.run(
        SQL["put_filter"],
        account=ctx.scope.account,
        region=ctx.scope.region,
        group_id=group_id,
        kind=kind,
        name=name,
        body=orjson.dumps(body).decode(),
    )
    await tx.run(SQL["set_filter_counts"], id=group_id)


async def delete_filter(tx: Transaction, ctx: Context, request: Request, kind: str, what: str) -> None:
    group = await load_group(tx, ctx, request["logGroupName"])
    if not await tx.run(SQL["delete_filter"], group_id=group.id, kind=kind, name=request["filterName"]):
        raise ResourceNotFoundException(what=what)
    await tx.run(SQL["set_filter_counts"], id=group.id)


async def _filters(tx: Transaction, ctx: Context, request: Request, kind: str) -> list[Row]:
    """Of one group where it is named, else of the account."""
    if request.get("logGroupName"):
        group = await load_group(tx, ctx, request["logGroupName"])
        return await tx.all(SQL["group_filters"], group_id=group.id, kind=kind)
    scope = ctx.scope
    return await tx.all(SQL["account_filters"], account=scope.account, region=scope.region, kind=kind)


def _describe(row: Row) -> dict[str, Any]:
    return {"filterName": row["name"], "logGroupName": row["group_name"], **orjson.loads(row["body"])}


def _emits(transformation: dict[str, Any], name: str, namespace: Any) -> bool:
    return bool(transformation["metricName"] == name and transformation["metricNamespace"] == namespace)


def _check(pattern: str, transformation: Request) -> None:
    value = transformation["metricValue"]
    if not value.startswith("$") and not _NUMBER.fullmatch(value):
        raise InvalidParameterException(
            message=f"Invalid metric transformation: metricValue '{value}' must be a number or a field "
            "selector."
        )
    if not transformation.get("dimensions"):
        return
    if not pattern.strip().startswith(("{", "[")):
        raise InvalidParameterException(message="The specified filter pattern does not support dimensions")
    if "defaultValue" in transformation:
        raise InvalidParameterException(
            message="Invalid metric transformation: dimensions and default value are mutually exclusive "
            "properties."
        )
