"""Stages of APIs: what is deployed where, and with which settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.deploying import deploy_stages
from sundog.services.apigatewayv2.errors import BadRequestException, NotFoundException
from sundog.services.apigatewayv2.items import (
    delete_item,
    find_item,
    insert_item,
    load_api,
    load_item,
    now_s_ms,
    save_item,
)
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import API_MAPPING, DEPLOYMENT, ROUTE, STAGE
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.services.apigatewayv2.rows import SQL, scope_key, to_item
from sundog.services.apigatewayv2.snapshots import Snapshots
from sundog.services.apigatewayv2.stage_rules import MEMBERS, check_stage, new_stage
from sundog.services.apigatewayv2.tag_rules import change_tags
from sundog.store import Transaction


@operation("apigatewayv2", "CreateStage")
async def create_stage(ctx: Context, request: Request) -> Result:
    name = request["StageName"]
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        asked = {"StageName": name, **merge({}, request, MEMBERS)}
        body = new_stage(ctx, api, {**asked, "Tags": change_tags({}, request.get("Tags") or {})})
        await _check_deployment(ctx, tx, api, request, is_automatic=bool(body.get("AutoDeploy")))
        await _check_routes(ctx, tx, api, request)
        item = await insert_item(ctx, tx, Item(STAGE, api.id, api.id, name, body), "Stage already exists")
        ctx.part(Snapshots).changed(tx, api.id)
        if body.get("AutoDeploy"):
            await deploy_stages(ctx, tx, api.id, [item])
        return (await load_item(ctx, tx, STAGE, api.id, name)).shown


@operation("apigatewayv2", "GetStage")
async def get_stage(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        return (await load_item(ctx, tx, STAGE, api.id, request["StageName"])).shown


@operation("apigatewayv2", "GetStages")
async def get_stages(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        items = await page(ctx, tx, STAGE, api.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateStage")
async def update_stage(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        stage = await load_item(ctx, tx, STAGE, api.id, request["StageName"])
        if stage.body.get("ApiGatewayManaged"):
            raise BadRequestException("A stage that is managed by API Gateway cannot be modified")
        body = {"StageVariables": {}, **merge(stage.body, request, MEMBERS)}
        body["LastUpdatedDate"] = now_s_ms(ctx.clock)
        check_stage(api, body)
        await _check_deployment(ctx, tx, api, request, is_automatic=bool(body.get("AutoDeploy")))
        await _check_routes(ctx, tx, api, request)
        await _save(ctx, tx, stage, body)
        if body.get("AutoDeploy") and not stage.body.get("AutoDeploy"):
            await deploy_stages(ctx, tx, api.id, [replace(stage, body=body)])
        return (await load_item(ctx, tx, STAGE, api.id, stage.id)).shown


@operation("apigatewayv2", "DeleteStage")
async def delete_stage(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        stage = await load_item(ctx, tx, STAGE, api.id, request["StageName"])
        for row in await tx.all(SQL["items_of_kind"], **scope_key(ctx.scope), kind=API_MAPPING.kind):
            mapping = to_item(row).body
            if mapping["ApiId"] == api.id and mapping["Stage"] == stage.id:
                raise BadRequestException(
                    "Stages referenced by an API mapping cannot be deleted: please remove the mapping first."
                )
        await delete_item(ctx, tx, stage)
        ctx.part(Snapshots).changed(tx, api.id)
    return None


@operation("apigatewayv2", "DeleteAccessLogSettings")
async def delete_access_log_settings(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        stage = await _load(ctx, tx, request)
        body = {member: value for member, value in stage.body.items() if member != "AccessLogSettings"}
        await _save(ctx, tx, stage, body)
    return None


@operation("apigatewayv2", "DeleteRouteSettings")
async def delete_route_settings(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        stage = await _load(ctx, tx, request)
        settings = dict(stage.body["RouteSettings"])
        settings.pop(request["RouteKey"], None)
        await _save(ctx, tx, stage, {**stage.body, "RouteSettings": settings})
    return None


async def _load(ctx: Context, tx: Transaction, request: Request) -> Item:
    api = await load_api(ctx, tx, request["ApiId"])
    return await load_item(ctx, tx, STAGE, api.id, request["StageName"])


async def _save(ctx: Context, tx: Transaction, stage: Item, body: dict[str, Any]) -> None:
    await save_item(ctx, tx, replace(stage, body=body))
    ctx.part(Snapshots).changed(tx, stage.root)


async def _check_deployment(
    ctx: Context, tx: Transaction, api: Item, request: Request, *, is_automatic: bool
) -> None:
    id = request.get("DeploymentId")
    if id is None:
        return
    if is_automatic:
        raise BadRequestException("Deployment ID cannot be updated when autodeploy is enabled")
    if await find_item(ctx, tx, DEPLOYMENT, api.id, id) is None:
        raise BadRequestException("Deployment id does not exist")


async def _check_routes(ctx: Context, tx: Transaction, api: Item, request: Request) -> None:
    """Settings are for routes that the API has."""
    for key in request.get("RouteSettings") or ():
        siblings = {**scope_key(ctx.scope), "kind": ROUTE.kind, "parent": api.id}
        if await tx.one(SQL["item_by_name"], **siblings, name=key) is None:
            raise NotFoundException(f"Unable to find Route by key {key} within the provided RouteSettings")
