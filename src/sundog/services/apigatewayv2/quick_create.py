"""Quick create: an HTTP API whose route, integration and stage come with it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html#http-api-examples.cli.quick-create
API Gateway manages the three: the integration may be changed but not deleted, the key of the $default route
and the $default stage may not be changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.arn import parse_arn
from sundog.context import Context, Request
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.integration_rules import new_integration
from sundog.services.apigatewayv2.items import all_items, insert_item, new_id, save_item
from sundog.services.apigatewayv2.model import Item, Noun
from sundog.services.apigatewayv2.nouns import INTEGRATION, ROUTE, STAGE
from sundog.services.apigatewayv2.route_rules import new_route
from sundog.services.apigatewayv2.stage_rules import new_stage
from sundog.store import Transaction

_MANAGED = {"ApiGatewayManaged": True}


async def quick_create(ctx: Context, tx: Transaction, api: Item, request: Request) -> None:
    body = new_integration(api, _integration(request))
    integration = Item(INTEGRATION, api.id, api.id, new_id(ctx.ids), {**_MANAGED, **body})
    await insert_item(ctx, tx, integration, "Integration already exists")
    route = new_route(
        api, {"RouteKey": request.get("RouteKey") or "$default", "Target": f"integrations/{integration.id}"}
    )
    item = Item(ROUTE, api.id, api.id, new_id(ctx.ids), {**_MANAGED, **route})
    await insert_item(ctx, tx, item, "Route already exists")
    stage = new_stage(ctx, api, {"StageName": "$default", "AutoDeploy": True})
    item = Item(STAGE, api.id, api.id, "$default", {**_MANAGED, **stage})
    await insert_item(ctx, tx, item, "Stage already exists")
    await api_changed(ctx, tx, api.id)


async def quick_update(ctx: Context, tx: Transaction, api: Item, request: Request) -> None:
    """UpdateApi changes the target, credentials and route key of an API made by quick create."""
    integration = await _managed(ctx, tx, api, INTEGRATION)
    route = await _managed(ctx, tx, api, ROUTE)
    if integration is None or route is None:
        raise BadRequestException(
            "Target, routeKey and credentialsArn can be updated for quick created APIs only"
        )
    kept = {
        "Target": integration.body.get("IntegrationUri"),
        "CredentialsArn": integration.body.get("CredentialsArn"),
    }
    asked = {**kept, **{name: request[name] for name in kept if request.get(name)}}
    body = {**_MANAGED, **new_integration(api, _integration(asked))}
    await save_item(ctx, tx, replace(integration, body=body))
    if request.get("RouteKey"):
        body = {**route.body, **new_route(api, {**route.body, "RouteKey": request["RouteKey"]})}
        await save_item(
            ctx,
            tx,
            replace(route, body=body),
            f"Route with key {request['RouteKey']} already exists for this API",
        )


async def _managed(ctx: Context, tx: Transaction, api: Item, noun: Noun) -> Item | None:
    items = await all_items(ctx, tx, noun, api.id)
    return next((item for item in items if item.body.get("ApiGatewayManaged")), None)


def _integration(request: Request) -> dict[str, Any]:
    target = request["Target"]
    asked: dict[str, Any] = {"IntegrationUri": target}
    if request.get("CredentialsArn"):
        asked["CredentialsArn"] = request["CredentialsArn"]
    if parse_arn(target) is not None:
        return {**asked, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
    return {
        **asked,
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "PayloadFormatVersion": "1.0",
    }
