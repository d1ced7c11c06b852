"""Dashboards: JSON bodies by name, for the whole account."""

from __future__ import annotations

import re
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.errors import (
    DashboardInvalidInputError,
    DashboardNotFoundError,
    InvalidParameterValueException,
)
from sundog.services.cloudwatch.metrics import parse_token, write_token
from sundog.services.cloudwatch.series import SQL
from sundog.services.cloudwatch.tag_rules import check_tags

PREFIX_END = "\U0010ffff"
NAME_LENGTH_MAX = 255
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_WIDGETS = ("alarm", "custom", "explorer", "log", "metric", "text", "chart")


@operation("cloudwatch", "PutDashboard")
async def put_dashboard(ctx: Context, request: Request) -> Result:
    name, body = request["DashboardName"], request["DashboardBody"]
    _check_name(name)
    warnings = _check_body(body)
    tags = check_tags({}, request.get("Tags") or ())
    async with ctx.store.transaction() as tx:
        await tx.run(
            SQL["put_dashboard"],
            account=ctx.scope.account,
            name=name,
            body=body,
            now_ms=ctx.clock.now_ms(),
            tags=orjson.dumps(tags).decode(),
        )
    return {"DashboardValidationMessages": warnings}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidParameterValueException(
            # The line break at the end is AWS's, recorded.
            reason="The value for field DashboardName contains invalid characters. "
            "It can only contain alphanumerics, dash (-) and underscore (_).\n"
        )
    if len(name) > NAME_LENGTH_MAX:
        reason = f"The value for field DashboardName is longer than {NAME_LENGTH_MAX} characters.\n"
        raise InvalidParameterValueException(reason=reason)


def _check_body(body: str) -> list[dict[str, str]]:
    """Refuse what is no dashboard; what is only unusual comes back as messages."""
    try:
        dashboard = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _invalid("/", "The field DashboardBody must be a valid JSON object") from None
    if not isinstance(dashboard, dict):
        raise _invalid("/", "The field DashboardBody must be a valid JSON object")
    widgets = dashboard.get("widgets", [])
    if not isinstance(widgets, list):
        raise _invalid("/widgets", "Should be an array")
    if len(widgets) > limits.DASHBOARD_WIDGETS_MAX:
        raise _invalid("/widgets", f"Should not have more than {limits.DASHBOARD_WIDGETS_MAX} items")
    for number, widget in enumerate(widgets):
        path = f"/widgets/{number}"
        if not isinstance(widget, dict):
            raise _invalid(path, "Should be an object")
        if widget.get("type") not in _WIDGETS:
            raise _invalid(f"{path}/type", f"Should be one of {', '.join(_WIDGETS)}")
        if not isinstance(widget.get("properties", {}), dict):
            raise _invalid(f"{path}/properties", "Should be an object")
    return []


def _invalid(path: str, message: str) -> DashboardInvalidInputError:
    problem = {"DataPath": path, "Message": message}
    text = f"The field DashboardBody has problems: {message} at {path}" if path != "/" else message
    return DashboardInvalidInputError(text, members={"dashboardValidationMessages": [problem]})


@operation("cloudwatch", "GetDashboard")
async def get_dashboard(ctx: Context, request: Request) -> Result:
    name = request["DashboardName"]
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["dashboard"], account=ctx.scope.account, name=name)
    if row is None:
        raise DashboardNotFoundError(name=name)
    return {"DashboardArn": _arn(ctx, name), "DashboardBody": row["body"], "DashboardName": name}


@operation("cloudwatch", "ListDashboards")
async def list_dashboards(ctx: Context, request: Request) -> Result:
    place = parse_token(request.get("NextToken"), 1)
    prefix, count = request.get("DashboardNamePrefix") or "", limits.DASHBOARDS_PAGE
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["dashboards"],
            account=ctx.scope.account,
            after=place[0] if place else "",
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            count=count + 1,
        )
    entries: list[dict[str, Any]] = [
        {
            "DashboardArn": _arn(ctx, row["name"]),
            "DashboardName": row["name"],
            "LastModified": row["modified_ms"],
            "Size": len(row["body"].encode()),
        }
        for row in rows[:count]
    ]
    token = {"NextToken": write_token([entries[-1]["DashboardName"]])} if len(rows) > count else {}
    return {"DashboardEntries": entries, **token}


@operation("cloudwatch", "DeleteDashboards")
async def delete_dashboards(ctx: Context, request: Request) -> Result:
    """All of them, or none where one does not exist."""
    names = sorted(set(request["DashboardNames"]))
    if not names:
        raise InvalidParameterValueException(reason="The field DashboardNames must not be empty.")
    async with ctx.store.transaction() as tx:
        for name in names:
            if not await tx.run(SQL["delete_dashboard"], account=ctx.scope.account, name=name):
                raise DashboardNotFoundError(name=name)
    return {}


def _arn(ctx: Context, name: str) -> str:
    return f"arn:{ctx.scope.partition}:cloudwatch::{ctx.scope.account}:dashboard/{name}"
