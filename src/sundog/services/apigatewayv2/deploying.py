"""Deployments: an API frozen into one document, by order or because a stage deploys by itself.

The document: ``{"api", "routes", "integrations", "routeResponses", "integrationResponses", "models",
"authorizers"}``, all in the shapes that Get operations answer; responses name the RouteId or IntegrationId
they belong to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from sundog.context import Context
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import (
    all_items,
    delete_item,
    insert_item,
    new_id,
    now_s_ms,
    save_item,
)
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import DEPLOYMENT, STAGE
from sundog.services.apigatewayv2.rows import SQL, scope_key, to_item
from sundog.services.apigatewayv2.snapshots import Snapshots
from sundog.store import Transaction

_LISTS = {
    "route": "routes",
    "integration": "integrations",
    "route_response": "routeResponses",
    "integration_response": "integrationResponses",
    "model": "models",
    "authorizer": "authorizers",
}
_OWNERS = {"route_response": "RouteId", "integration_response": "IntegrationId"}
NO_ROUTES = "Unable to deploy API because no routes exist in this API"
_AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"


async def api_changed(ctx: Context, tx: Transaction, api_id: str) -> None:
    """Call in every transaction that changes what a deployment freezes: automatic stages are deployed."""
    ctx.part(Snapshots).changed(tx, api_id)
    stages = [stage for stage in await all_items(ctx, tx, STAGE, api_id) if stage.body.get("AutoDeploy")]
    if stages:
        await deploy_stages(ctx, tx, api_id, stages)


async def deploy_stages(ctx: Context, tx: Transaction, api_id: str, stages: list[Item]) -> None:
    """A new deployment for stages that deploy by themselves; while the API has no routes they say so."""
    document = await freeze(ctx, tx, api_id)
    if not document["routes"]:
        for stage in stages:
            text = f"Deployment attempt failed: {NO_ROUTES}"
            body = {**stage.body, "LastDeploymentStatusMessage": text}
            await save_item(ctx, tx, replace(stage, body=body))
        return
    deployment = await write_deployment(ctx, tx, api_id, document, _AUTOMATIC, is_automatic=True)
    for stage in stages:
        await point_stage(ctx, tx, stage, deployment)
    await _forget_unused(ctx, tx, api_id)


async def freeze(ctx: Context, tx: Transaction, api_id: str) -> dict[str, Any]:
    document: dict[str, Any] = {name: [] for name in _LISTS.values()}
    for row in await tx.all(SQL["items_of_root"], **scope_key(ctx.scope), root=api_id):
        item = to_item(row)
        kind = item.noun.kind
        if kind == "api":
            document["api"] = item.shown
        elif kind in _OWNERS:
            owner = item.parent.rpartition("/")[2]
            document[_LISTS[kind]].append({_OWNERS[kind]: owner, **item.shown})
        elif kind in _LISTS:
            document[_LISTS[kind]].append(item.shown)
    return document


async def write_deployment(
    ctx: Context,
    tx: Transaction,
    api_id: str,
    document: dict[str, Any],
    description: str,
    *,
    is_automatic: bool = False,
) -> Item:
    if not document["routes"]:
        raise BadRequestException(NO_ROUTES)
    body: dict[str, Any] = {
        "AutoDeployed": is_automatic,
        "CreatedDate": now_s_ms(ctx.clock),
        "DeploymentStatus": "DEPLOYED",
    }
    if description:
        body["Description"] = description
    item = Item(DEPLOYMENT, api_id, api_id, new_id(ctx.ids), body)
    await insert_item(ctx, tx, item, "Deployment already exists")
    await tx.run(
        SQL["insert_snapshot"],
        **scope_key(ctx.scope),
        api_id=api_id,
        deployment_id=item.id,
        document=orjson.dumps(document).decode(),
    )
    return item


async def point_stage(ctx: Context, tx: Transaction, stage: Item, deployment: Item) -> Item:
    body = {**stage.body, "DeploymentId": deployment.id, "LastUpdatedDate": now_s_ms(ctx.clock)}
    if stage.body.get("AutoDeploy"):
        text = f"Successfully deployed stage with deployment ID '{deployment.id}'"
        body["LastDeploymentStatusMessage"] = text
    ctx.part(Snapshots).changed(tx, stage.root)
    return await save_item(ctx, tx, replace(stage, body=body))


async def delete_deployment_item(ctx: Context, tx: Transaction, item: Item) -> None:
    await delete_item(ctx, tx, item)
    await tx.run(SQL["delete_snapshot"], **scope_key(ctx.scope), api_id=item.root, deployment_id=item.id)


async def _forget_unused(ctx: Context, tx: Transaction, api_id: str) -> None:
    """Automatic deployments that no stage points to any more are kept for a while only."""
    used = {stage.body.get("DeploymentId") for stage in await all_items(ctx, tx, STAGE, api_id)}
    unused = [
        item
        for item in await all_items(ctx, tx, DEPLOYMENT, api_id)
        if item.body["AutoDeployed"] and item.id not in used
    ]
    unused.sort(key=lambda item: item.body["CreatedDate"])
    for item in unused[: -limits.AUTOMATIC_DEPLOYMENTS_MAX]:
        await delete_deployment_item(ctx, tx, item)
