"""Subscription filters: matching events go to a function at once."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.arn import Arn, parse_arn
from sundog.context import Context, Principal, Request, Result, operation
from sundog.errors import AwsError, UnsupportedOperation
from sundog.services.logs import limits
from sundog.services.logs.errors import AccessDeniedException, InvalidParameterException
from sundog.services.logs.filters import delete_filter, put_filter
from sundog.services.logs.groups import SQL, load_group
from sundog.services.logs.refusals import refuse_parameters
from sundog.services.logs.rules import page, with_token
from sundog.services.logs.search import read_pattern

_SYSTEM_FIELDS = "Events here are of one account and region: leave it out."
_STREAMS = {"kinesis": "Kinesis stream", "firehose": "Firehose stream"}


@operation("logs", "PutSubscriptionFilter")
async def put_subscription_filter(ctx: Context, request: Request) -> Result | None:
    """The destination is checked first, as AWS does: its account, its role, then that it takes events."""
    refuse_parameters(request, ("fieldSelectionCriteria", "emitSystemFields"), _SYSTEM_FIELDS)
    arn = _destination(ctx, request)
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
    read_pattern(request["filterPattern"])
    await _check_target(ctx, arn)
    body = {
        "filterPattern": request["filterPattern"],
        "destinationArn": request["destinationArn"],
        "distribution": request.get("distribution", "ByLogStream"),
        "applyOnTransformedLogs": request.get("applyOnTransformedLogs", False),
        "creationTime": ctx.clock.now_ms(),
    }
    if request.get("roleArn"):
        body["roleArn"] = request["roleArn"]
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        name, count_max = request["filterName"], limits.SUBSCRIPTION_FILTERS_MAX
        await put_filter(tx, ctx, group.id, "subscription", name, body, count_max)
    return None


@operation("logs", "DeleteSubscriptionFilter")
async def delete_subscription_filter(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await delete_filter(tx, ctx, request, "subscription", "subscription filter")
    return None


@operation("logs", "DescribeSubscriptionFilters")
async def describe_subscription_filters(ctx: Context, request: Request) -> Result:
    prefix = request.get("filterNamePrefix", "")
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        rows = await tx.all(SQL["group_filters"], group_id=group.id, kind="subscription")
    found: list[dict[str, Any]] = [
        {"filterName": row["name"], "logGroupName": group.name, **orjson.loads(row["body"])}
        for row in rows
        if row["name"].startswith(prefix)
    ]
    items, token = page(found, request)
    return with_token({"subscriptionFilters": items}, token)


def _destination(ctx: Context, request: Request) -> Arn:
    arn = parse_arn(request["destinationArn"])
    if arn is None or arn.service not in ("lambda", "kinesis", "firehose", "logs"):
        raise InvalidParameterException(
            message="PutSubscriptionFilter operation cannot work with destinationArn for vendor "
            f"{arn.service if arn else 'unknown'}"
        )
    if arn.service == "lambda" and arn.account != ctx.scope.account:
        raise AccessDeniedException
    if arn.service in _STREAMS and not request.get("roleArn"):
        raise InvalidParameterException(
            message=f"destinationArn for vendor {arn.service} cannot be used without roleArn"
        )
    if arn.service == "lambda" and request.get("roleArn"):
        raise InvalidParameterException(
            message="destinationArn for vendor lambda cannot be used with roleArn"
        )
    return arn


async def _check_target(ctx: Context, arn: Arn) -> None:
    """AWS sends a test event; we look whether the function is there and lets CloudWatch Logs call it."""
    if arn.service != "lambda":
        raise UnsupportedOperation(
            what=f"subscription filters to {_STREAMS.get(arn.service, 'a log destination')}",
            remedy="Subscribe a Lambda function and pass the events on from there.",
        )
    try:
        logs = ctx.acting(scope=arn.scope, principal=Principal.service("logs.amazonaws.com", arn.account))
        answer = await logs.dispatch("lambda", "GetPolicy", {"FunctionName": str(arn)})
        is_allowed = allows_logs(answer["Policy"])
    except AwsError:
        is_allowed = False
    if not is_allowed:
        raise InvalidParameterException(
            message="Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function."
        )


def allows_logs(policy: str) -> bool:
    """Whether a statement lets the principal ``logs.amazonaws.com`` (or a region's) invoke."""
    return any(
        statement.get("Effect") == "Allow" and _is_logs(statement.get("Principal"))
        for statement in orjson.loads(policy)["Statement"]
    )


def _is_logs(principal: Any) -> bool:
    service = principal.get("Service", "") if isinstance(principal, dict) else principal
    names = service if isinstance(service, list) else [service]
    return any(name == "*" or str(name).startswith("logs.") for name in names)
