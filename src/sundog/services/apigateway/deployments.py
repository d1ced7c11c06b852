"""Deployments: create one (and the stage that shows it), get, list, update, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    list_items,
    load_api,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import DEPLOYMENT
from sundog.services.apigateway.snapshots import check_complete, find_snapshot, freeze, summarize
from sundog.services.apigateway.stage_rules import canary_settings, check_stage, clustered, new_stage
from sundog.services.apigateway.stages import check_room
from sundog.store import Transaction


@operation("apigateway", "CreateDeployment")
async def create_deployment(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        if request.get("canarySettings") is not None:
            await _check_canary_stage(ctx, tx, api.id, request.get("stageName"))
        snapshot = await freeze(ctx, tx, api)
        check_complete(snapshot)
        id = new_id(ctx.ids)
        body = {"id": id, **said(request, "description"), "createdDate": ctx.clock.now_ms()}
        await put_new(ctx, tx, "deployment", id, body, owner=api.id)
        await put_new(ctx, tx, "snapshot", id, snapshot, owner=api.id)
        if request.get("stageName"):
            await _deploy_to_stage(ctx, tx, api.id, id, request)
    return body


@operation("apigateway", "GetDeployment")
async def get_deployment(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["deploymentId"]
    async with ctx.store.transaction() as tx:
        deployment = await load_item(tx, ctx.scope, "deployment", id, api_id)
        embeds = "apisummary" in (request.get("embed") or ())
        snapshot = await find_snapshot(tx, ctx.scope, api_id, id) if embeds else None
    return {**deployment.body, **({"apiSummary": summarize(snapshot)} if snapshot else {})}


@operation("apigateway", "GetDeployments")
async def get_deployments(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        found = await list_page(tx, ctx.scope, "deployment", page, api.id)
    return answer_page(page, found)


@operation("apigateway", "UpdateDeployment")
async def update_deployment(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["deploymentId"]
    async with ctx.store.transaction() as tx:
        deployment = await load_item(tx, ctx.scope, "deployment", id, api_id)
        body = DEPLOYMENT.apply(deployment.body, request.get("patchOperations"))
        await put_item(ctx, tx, replace(deployment, body=body))
    return body


@operation("apigateway", "DeleteDeployment")
async def delete_deployment(ctx: Context, request: Request) -> Result | None:
    api_id, id = request["restApiId"], request["deploymentId"]
    async with ctx.store.transaction() as tx:
        deployment = await load_item(tx, ctx.scope, "deployment", id, api_id)
        stages = await list_items(tx, ctx.scope, "stage", api_id)
        if any(id in shown_deployments(stage.body) for stage in stages):
            raise BadRequestException("Active stages pointing to this deployment must be moved or deleted")
        await delete_item(ctx, tx, deployment)
        await delete_item(ctx, tx, replace(deployment, kind="snapshot"))
    return None


def shown_deployments(stage: Any) -> list[str]:
    """The deployment of a stage, and that of its canary."""
    canary = stage.get("canarySettings", {})
    return [stage["deploymentId"], *([canary["deploymentId"]] if "deploymentId" in canary else [])]


async def _check_canary_stage(ctx: Context, tx: Transaction, api_id: str, name: str | None) -> None:
    if not name:
        raise BadRequestException(
            "Invalid deployment content specified.Non null and non empty stageName must be provided for"
            f" canary deployment. Provided value is {'null' if name is None else name}"
        )
    if await find_item(tx, ctx.scope, "stage", name, api_id) is None:
        raise BadRequestException(
            f"Invalid deployment content specified.Stage {name} must already be created before making a"
            " canary release deployment"
        )


async def _deploy_to_stage(
    ctx: Context, tx: Transaction, api_id: str, deployment_id: str, request: Request
) -> None:
    """The stage shows the new deployment, or its canary does. A stage that is not there is created."""
    name, now_ms = request["stageName"], ctx.clock.now_ms()
    known = await find_item(tx, ctx.scope, "stage", name, api_id)
    body: Body
    if known is not None and request.get("canarySettings") is not None:
        canary = canary_settings(request["canarySettings"], deployment_id)
        body = {**known.body, "canarySettings": canary, "lastUpdatedDate": now_ms}
    elif known is not None:
        body = {**known.body, "deploymentId": deployment_id, "lastUpdatedDate": now_ms, **_asked(request)}
    else:
        await check_room(ctx, tx, api_id)
        body = new_stage(name, deployment_id, {**request, **_asked(request)}, now_ms)
    body = clustered(body)
    check_stage(body)
    await put_item(ctx, tx, Item(ctx.scope, "stage", name, body, api_id))


def _asked(request: Request) -> Body:
    """What a deployment may say of its stage."""
    names = ("variables", "cacheClusterSize", "cacheClusterEnabled", "tracingEnabled")
    asked: Body = {name: request[name] for name in names if request.get(name) is not None}
    if request.get("stageDescription"):
        asked["description"] = request["stageDescription"]
    return asked
