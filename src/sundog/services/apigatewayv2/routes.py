"""Routes of APIs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import (
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
from sundog.services.apigatewayv2.nouns import AUTHORIZER, INTEGRATION, ROUTE
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.services.apigatewayv2.route_rules import MEMBERS, new_route, target_of
from sundog.store import Transaction


@operation("apigatewayv2", "CreateRoute")
async def create_route(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        body = new_route(api, merge({}, request, MEMBERS))
        await check_references(ctx, tx, api, body)
        item = Item(ROUTE, api.id, api.id, new_id(ctx.ids), body)
        await insert_item(ctx, tx, item, _conflict(body))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "GetRoute")
async def get_route(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        return (await load_item(ctx, tx, ROUTE, api.id, request["RouteId"])).shown


@operation("apigatewayv2", "GetRoutes")
async def get_routes(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        items = await page(ctx, tx, ROUTE, api.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateRoute")
async def update_route(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, ROUTE, api.id, request["RouteId"])
        changed = merge(item.body, request, MEMBERS)
        if item.body.get("ApiGatewayManaged") and changed["RouteKey"] != item.body["RouteKey"]:
            raise BadRequestException("The key of a route that is managed by API Gateway cannot be modified")
        body = new_route(api, changed)
        await check_references(ctx, tx, api, body)
        item = await save_item(ctx, tx, replace(item, body=body), _conflict(body))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "DeleteRoute")
async def delete_route(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        await delete_item(ctx, tx, await load_item(ctx, tx, ROUTE, api.id, request["RouteId"]))
        await api_changed(ctx, tx, api.id)
    return None


@operation("apigatewayv2", "DeleteRouteRequestParameter")
async def delete_route_request_parameter(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, ROUTE, api.id, request["RouteId"])
        parameters = dict(item.body.get("RequestParameters") or {})
        parameters.pop(request["RequestParameterKey"], None)
        body = {**item.body, "RequestParameters": parameters}
        if not parameters:
            del body["RequestParameters"]
        await save_item(ctx, tx, replace(item, body=body))
        await api_changed(ctx, tx, api.id)
    return None


async def check_references(ctx: Context, tx: Transaction, api: Item, body: Mapping[str, Any]) -> None:
    """The integration and the authorizer that a route names are there."""
    if target := body.get("Target"):
        id = target_of(body)
        if (
            not target.startswith("integrations/")
            or await find_item(ctx, tx, INTEGRATION, api.id, id) is None
        ):
            raise BadRequestException("Invalid Integration identifier specified")
    if authorizer_id := body.get("AuthorizerId"):
        authorizer = await find_item(ctx, tx, AUTHORIZER, api.id, authorizer_id)
        if authorizer is None:
            raise BadRequestException("Invalid Authorizer identifier specified")
        wanted = "JWT" if body["AuthorizationType"] == "JWT" else "REQUEST"
        if authorizer.body["AuthorizerType"] != wanted:
            raise BadRequestException(
                f"Authorizer type {authorizer.body['AuthorizerType']} cannot be used with authorization type"
                f" {body['AuthorizationType']}"
            )


def _conflict(body: Mapping[str, Any]) -> str:
    return f"Route with key {body['RouteKey']} already exists for this API"
