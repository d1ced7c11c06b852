"""Tags by ARN: of alarms and dashboards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.cloudwatch.alarm_rows import lock_alarm
from sundog.services.cloudwatch.errors import InvalidParameterValueException, ResourceNotFoundException
from sundog.services.cloudwatch.series import SQL
from sundog.services.cloudwatch.tag_rules import check_tags
from sundog.store import Transaction

Save = Callable[[dict[str, str]], Awaitable[None]]


async def _find(tx: Transaction, ctx: Context, text: str) -> tuple[dict[str, str], Save] | None:
    """The tags of what the ARN names, and how to save others; None where there is nothing."""
    arn = parse_arn(text)
    if arn is None or arn.service != "cloudwatch":
        reason = f"The value {text} for parameter ResourceARN is invalid."
        raise InvalidParameterValueException(reason=reason)
    if arn.resource.startswith("dashboard/"):
        return await _find_dashboard(tx, ctx, arn.resource.removeprefix("dashboard/"))
    if arn.account != ctx.scope.account or not arn.resource.startswith("alarm:"):
        return None
    alarm = await lock_alarm(tx, arn.scope, arn.resource.removeprefix("alarm:"))
    if alarm is None:
        return None
    id = alarm.id

    async def save(tags: dict[str, str]) -> None:
        await tx.run(SQL["set_alarm_tags"], id=id, tags=orjson.dumps(tags).decode())

    return dict(alarm.tags), save


async def _find_dashboard(tx: Transaction, ctx: Context, name: str) -> tuple[dict[str, str], Save] | None:
    row = await tx.one(SQL["dashboard"], account=ctx.scope.account, name=name)
    if row is None:
        return None

    async def save(tags: dict[str, str]) -> None:
        text = orjson.dumps(tags).decode()
        await tx.run(SQL["set_dashboard_tags"], account=ctx.scope.account, name=name, tags=text)

    return orjson.loads(row["tags"]), save


async def _change(
    ctx: Context, request: Request, change: Callable[[Mapping[str, str]], dict[str, str]]
) -> None:
    async with ctx.store.transaction() as tx:
        found = await _find(tx, ctx, request["ResourceARN"])
        if found is None:
            members = {"ResourceType": "resource", "ResourceId": request["ResourceARN"]}
            raise ResourceNotFoundException(members=members)
        tags, save = found
        await save(change(tags))


@operation("cloudwatch", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result:
    await _change(ctx, request, lambda tags: check_tags(tags, request["Tags"]))
    return {}


@operation("cloudwatch", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result:
    gone = set(request["TagKeys"])
    await _change(ctx, request, lambda tags: {k: v for k, v in tags.items() if k not in gone})
    return {}


@operation("cloudwatch", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    """Recorded: what does not exist (any more) has no tags; it is no error."""
    async with ctx.store.transaction() as tx:
        found = await _find(tx, ctx, request["ResourceARN"])
    tags = found[0] if found is not None else {}
    return {"Tags": [{"Key": name, "Value": value} for name, value in tags.items()]}
