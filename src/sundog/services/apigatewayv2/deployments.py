"""Deployments of APIs, made by order; see `deploying` for those that stages make by themselves."""

from __future__ import annotations

from dataclasses import replace

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.deploying import (
    delete_deployment_item,
    freeze,
    point_stage,
    write_deployment,
)
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import all_items, load_api, load_item, save_item
from sundog.services.apigatewayv2.nouns import DEPLOYMENT, STAGE
from sundog.services.apigatewayv2.pages import page, write_page


@operation("apigatewayv2", "CreateDeployment")
async def create_deployment(ctx: Context, request: Request) -> Result:
    name = request.get("StageName")
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        stage = await load_item(ctx, tx, STAGE, api.id, name) if name else None
        if stage is not None and stage.body.get("AutoDeploy"):
            raise BadRequestException("Deployment ID cannot be updated when autodeploy is enabled")
        document = await freeze(ctx, tx, api.id)
        item = await write_deployment(ctx, tx, api.id, document, request.get("Description") or "")
        if stage is not None:
            await point_stage(ctx, tx, stage, item)
    return item.shown


@operation("apigatewayv2", "GetDeployment")
async def get_deployment(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        return (await load_item(ctx, tx, DEPLOYMENT, api.id, request["DeploymentId"])).shown


@operation("apigatewayv2", "GetDeployments")
async def get_deployments(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        items = await page(ctx, tx, DEPLOYMENT, api.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateDeployment")
async def update_deployment(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, DEPLOYMENT, api.id, request["DeploymentId"])
        if request.get("Description") is not None:
            item = replace(item, body={**item.body, "Description": request["Description"]})
            await save_item(ctx, tx, item)
    return item.shown


@operation("apigatewayv2", "DeleteDeployment")
async def delete_deployment(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, DEPLOYMENT, api.id, request["DeploymentId"])
        stages = await all_items(ctx, tx, STAGE, api.id)
        if any(stage.body.get("DeploymentId") == item.id for stage in stages):
            raise BadRequestException("Active stages pointing to this deployment must be moved or deleted")
        await delete_deployment_item(ctx, tx, item)
    return None
