"""How a discoverer hears events: a managed rule of EventBridge with the discoverer as its target.

So a bus without a started discoverer does nothing for us, and what is heard comes as durable deliveries.
"""

from __future__ import annotations

from typing import Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.schemas.loading import SQL
from sundog.services.schemas.names import discoverer_arn, key
from sundog.store import Row
from sundog.work import WorkItem

LISTEN: Final = "schemas.listen"
STARTED, STOPPED = "STARTED", "STOPPED"
SERVICE = "schemas.amazonaws.com"
_TARGET_ID = "discoverer"


async def align(ctx: Context, item: WorkItem) -> None:
    """Work: the rule of a discoverer is as the discoverer's row says."""
    await listen(ctx, item.payload["id"], item.payload["source_arn"])


async def listen(ctx: Context, id: str, source_arn: str) -> None:
    """Have the managed rule while the discoverer is started, and only then. Doing it twice does no harm."""
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["discoverer"], **key(ctx.scope), id=id)
    arn = parse_arn(source_arn)
    assert arn is not None
    bus = arn.resource.removeprefix("event-bus/")
    acting = ctx.acting(principal=Principal.service(SERVICE, ctx.scope.account))
    if row is not None and row["state"] == STARTED:
        await _put_rule(acting, bus, row)
    else:
        await _delete_rule(acting, bus, id)


async def _put_rule(ctx: Context, bus: str, row: Row) -> None:
    rule = {"Name": rule_name(row["id"]), "EventBusName": bus}
    pattern = orjson.dumps(_pattern(row, ctx.scope.account)).decode()
    target = {"Id": _TARGET_ID, "Arn": discoverer_arn(ctx, row["id"])}
    try:
        await ctx.dispatch("events", "PutRule", {**rule, "EventPattern": pattern, "State": "ENABLED"})
        targets = {"Rule": rule["Name"], "EventBusName": bus, "Targets": [target]}
        await ctx.dispatch("events", "PutTargets", targets)
    except AwsError as error:
        if error.shape_name != "ResourceNotFoundException":  # the bus is gone: there is nothing to hear
            raise


async def _delete_rule(ctx: Context, bus: str, id: str) -> None:
    names = {"EventBusName": bus, "Force": True}
    try:
        await ctx.dispatch("events", "RemoveTargets", {**names, "Rule": rule_name(id), "Ids": [_TARGET_ID]})
        await ctx.dispatch("events", "DeleteRule", {**names, "Name": rule_name(id)})
    except AwsError as error:
        if error.shape_name != "ResourceNotFoundException":
            raise


def rule_name(id: str) -> str:
    return f"Schemas-{id}"


def _pattern(row: Row, account: str) -> dict[str, list[object]]:
    """Events of other accounts only where the discoverer is for them too."""
    return {"account": [{"exists": True}] if row["cross_account"] else [account]}
