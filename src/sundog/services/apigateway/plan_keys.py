"""Usage plan keys: the API keys that are in a plan."""

from __future__ import annotations

from collections.abc import Iterable

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    LimitExceededException,
)
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    list_everywhere,
    list_items,
    load_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.pages import answer_page, cut, parse_page
from sundog.store import Transaction


@operation("apigateway", "CreateUsagePlanKey")
async def create_usage_plan_key(ctx: Context, request: Request) -> Result:
    if request["keyType"] != "API_KEY":
        raise BadRequestException("Invalid key type specified. Must be one of: [API_KEY]")
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        key = await load_item(tx, ctx.scope, "api_key", request["keyId"])
        return await add_plan_key(ctx, tx, plan, key)


async def add_plan_key(ctx: Context, tx: Transaction, plan: Item, key: Item) -> Body:
    if await find_item(tx, ctx.scope, "usage_plan_key", key.id, plan.id) is not None:
        raise ConflictException("Usage Plan Key already exists")
    await _check_plans_of(ctx, tx, plan, key)
    body = {"id": key.id, "type": "API_KEY", "value": key.body["value"], **said(key.body, "name")}
    await put_new(ctx, tx, "usage_plan_key", key.id, body, owner=plan.id, handle=key.body["value"])
    return body


@operation("apigateway", "GetUsagePlanKey")
async def get_usage_plan_key(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        return dict((await load_item(tx, ctx.scope, "usage_plan_key", request["keyId"], plan.id)).body)


@operation("apigateway", "GetUsagePlanKeys")
async def get_usage_plan_keys(ctx: Context, request: Request) -> Result:
    page, prefix = parse_page(request), request.get("nameQuery") or ""
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        keys = await list_items(tx, ctx.scope, "usage_plan_key", plan.id)
    found = cut([key for key in keys if key.body.get("name", "").startswith(prefix)], page)
    return answer_page(page, found)


@operation("apigateway", "DeleteUsagePlanKey")
async def delete_usage_plan_key(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        key = await load_item(tx, ctx.scope, "usage_plan_key", request["keyId"], plan.id)
        await delete_item(ctx, tx, key)
    return None


async def _check_plans_of(ctx: Context, tx: Transaction, plan: Item, key: Item) -> None:
    """A key may be in several plans, but in one only of each stage: else nobody knew which counts."""
    held = await list_everywhere(tx, ctx.scope, "usage_plan_key")
    plan_ids = [one.owner for one in held if one.id == key.id]
    if len(plan_ids) >= limits.USAGE_PLANS_PER_KEY_MAX:
        raise LimitExceededException("Maximum number of usage plans for this API key has been reached")
    mine = set(_stages(plan))
    for id in plan_ids:
        shared = mine & set(_stages(await load_item(tx, ctx.scope, "usage_plan", id)))
        if shared:
            raise ConflictException(
                f"API Key {key.id} is already associated with a usage plan of API stage {min(shared)}"
            )


def _stages(plan: Item) -> Iterable[str]:
    return (f"{one['apiId']}:{one['stage']}" for one in plan.body["apiStages"])
