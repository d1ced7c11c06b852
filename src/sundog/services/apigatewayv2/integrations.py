"""Integrations of APIs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.errors import BadRequestException, ConflictException
from sundog.services.apigatewayv2.integration_rules import MEMBERS, new_integration
from sundog.services.apigatewayv2.items import (
    all_items,
    delete_item,
    find_item,
    insert_item,
    load_api,
    load_item,
    new_id,
    save_item,
)
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import INTEGRATION, ROUTE, VPC_LINK
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.services.apigatewayv2.route_rules import target_of
from sundog.store import Transaction


@operation("apigatewayv2", "CreateIntegration")
async def create_integration(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        body = new_integration(api, merge({}, request, MEMBERS))
        await _check_link(ctx, tx, api, body)
        item = Item(INTEGRATION, api.id, api.id, new_id(ctx.ids), body)
        await insert_item(ctx, tx, item, "Integration already exists")
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "GetIntegration")
async def get_integration(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        return (await load_item(ctx, tx, INTEGRATION, api.id, request["IntegrationId"])).shown


@operation("apigatewayv2", "GetIntegrations")
async def get_integrations(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        items = await page(ctx, tx, INTEGRATION, api.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateIntegration")
async def update_integration(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, INTEGRATION, api.id, request["IntegrationId"])
        body = new_integration(api, merge(item.body, request, MEMBERS))
        await _check_link(ctx, tx, api, body)
        item = await save_item(ctx, tx, replace(item, body=body))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "DeleteIntegration")
async def delete_integration(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, INTEGRATION, api.id, request["IntegrationId"])
        if item.body.get("ApiGatewayManaged"):
            raise BadRequestException("An integration that is managed by API Gateway cannot be deleted")
        routes = await all_items(ctx, tx, ROUTE, api.id)
        if users := [route.id for route in routes if target_of(route.body) == item.id]:
            raise ConflictException(
                "Cannot delete Integration because it is referenced by the following Routes with Ids:"
                f" [{', '.join(users)}]"
            )
        await delete_item(ctx, tx, item)
        await api_changed(ctx, tx, api.id)
    return None


async def _check_link(ctx: Context, tx: Transaction, api: Item, body: Mapping[str, Any]) -> None:
    """WebSocket APIs use the VPC links of REST APIs, which are the other service's to know."""
    if body["ConnectionType"] != "VPC_LINK" or api.body["ProtocolType"] != "HTTP":
        return
    if await find_item(ctx, tx, VPC_LINK, "", body["ConnectionId"]) is None:
        raise BadRequestException("Invalid Vpc Link identifier specified")
