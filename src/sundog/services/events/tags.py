"""Operations on the tags of buses and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events import limits
from sundog.services.events.errors import LimitExceededException, ValidationException
from sundog.services.events.loading import load_bus, load_rule, save_bus
from sundog.services.events.model import Bus, Rule
from sundog.services.events.names import BUS_PREFIX, RULE_PREFIX, read_resource, rule_of
from sundog.services.events.rows import SQL, rule_values
from sundog.store import Transaction


@operation("events", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result:
    added = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    async with ctx.store.transaction() as tx:
        found = await _load(ctx, tx, read_resource(request["ResourceARN"]))
        tags = {**found.tags, **added}
        if len(tags) > limits.TAGS_MAX:
            raise LimitExceededException
        await _save(tx, found, tags)
    return {}


@operation("events", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        found = await _load(ctx, tx, read_resource(request["ResourceARN"]))
        await _save(tx, found, {k: v for k, v in found.tags.items() if k not in request["TagKeys"]})
    return {}


@operation("events", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        found = await _load(ctx, tx, read_resource(request["ResourceARN"]))
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


async def _load(ctx: Context, tx: Transaction, arn: Arn) -> Bus | Rule:
    if arn.resource.startswith(BUS_PREFIX):
        return await load_bus(tx, ctx.scope, arn.resource.removeprefix(BUS_PREFIX))
    if arn.resource.startswith(RULE_PREFIX):
        return await load_rule(tx, ctx.scope, *rule_of(arn))
    raise ValidationException(reason="Parameter ResourceARN is not valid.")


async def _save(tx: Transaction, found: Bus | Rule, tags: Mapping[str, str]) -> None:
    if isinstance(found, Bus):
        await save_bus(tx, replace(found, tags=tags))
    else:
        await tx.run(SQL["put_rule"], **rule_values(replace(found, tags=tags)))
