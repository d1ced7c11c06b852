"""Authorizers of APIs."""

from __future__ import annotations

from dataclasses import replace

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.authorizer_rules import MEMBERS, new_authorizer
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.errors import ConflictException
from sundog.services.apigatewayv2.items import (
    all_items,
    delete_item,
    insert_item,
    load_api,
    load_item,
    new_id,
    save_item,
)
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import AUTHORIZER, ROUTE
from sundog.services.apigatewayv2.pages import page, write_page


@operation("apigatewayv2", "CreateAuthorizer")
async def create_authorizer(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        body = new_authorizer(api, merge({}, request, MEMBERS))
        item = Item(AUTHORIZER, api.id, api.id, new_id(ctx.ids), body)
        await insert_item(ctx, tx, item, _conflict(item))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "GetAuthorizer")
async def get_authorizer(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        return (await load_item(ctx, tx, AUTHORIZER, api.id, request["AuthorizerId"])).shown


@operation("apigatewayv2", "GetAuthorizers")
async def get_authorizers(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        items = await page(ctx, tx, AUTHORIZER, api.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateAuthorizer")
async def update_authorizer(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, AUTHORIZER, api.id, request["AuthorizerId"])
        item = replace(item, body=new_authorizer(api, merge(item.body, request, MEMBERS)))
        await save_item(ctx, tx, item, _conflict(item))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "DeleteAuthorizer")
async def delete_authorizer(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, AUTHORIZER, api.id, request["AuthorizerId"])
        for route in await all_items(ctx, tx, ROUTE, api.id):
            if route.body.get("AuthorizerId") == item.id:
                raise ConflictException(
                    f"Cannot delete authorizer '{item.name}', is referenced in route: {route.name}"
                )
        await delete_item(ctx, tx, item)
        await api_changed(ctx, tx, api.id)
    return None


def _conflict(item: Item) -> str:
    return f"Authorizer name must be unique. Authorizer {item.name} already exists in this RestApi."
