"""Integration responses and route responses: what WebSocket APIs make of an integration's answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.api_rules import check_selection
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import (
    delete_item,
    insert_item,
    load_api,
    load_item,
    new_id,
    save_item,
)
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item, Noun
from sundog.services.apigatewayv2.nouns import (
    INTEGRATION,
    INTEGRATION_RESPONSE,
    ROUTE,
    ROUTE_RESPONSE,
)
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.store import Transaction

_KEY: Final = re.compile(r"\$default|/.+/")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A noun whose items lie below one of another noun."""

    noun: Noun
    owner: Noun
    members: Mapping[str, str]


_INTEGRATION: Final = _Kind(
    INTEGRATION_RESPONSE,
    INTEGRATION,
    {
        "ContentHandlingStrategy": "set",
        "IntegrationResponseKey": "keep",
        "ResponseParameters": "map",
        "ResponseTemplates": "map",
        "TemplateSelectionExpression": "set",
    },
)
_ROUTE: Final = _Kind(
    ROUTE_RESPONSE,
    ROUTE,
    {
        "ModelSelectionExpression": "set",
        "ResponseModels": "map",
        "ResponseParameters": "map",
        "RouteResponseKey": "keep",
    },
)


@operation("apigatewayv2", "CreateIntegrationResponse")
async def create_integration_response(ctx: Context, request: Request) -> Result:
    return await _create(ctx, request, _INTEGRATION)


@operation("apigatewayv2", "GetIntegrationResponse")
async def get_integration_response(ctx: Context, request: Request) -> Result:
    return await _get(ctx, request, _INTEGRATION)


@operation("apigatewayv2", "GetIntegrationResponses")
async def get_integration_responses(ctx: Context, request: Request) -> Result:
    return await _list(ctx, request, _INTEGRATION)


@operation("apigatewayv2", "UpdateIntegrationResponse")
async def update_integration_response(ctx: Context, request: Request) -> Result:
    return await _update(ctx, request, _INTEGRATION)


@operation("apigatewayv2", "DeleteIntegrationResponse")
async def delete_integration_response(ctx: Context, request: Request) -> Result | None:
    return await _delete(ctx, request, _INTEGRATION)


@operation("apigatewayv2", "CreateRouteResponse")
async def create_route_response(ctx: Context, request: Request) -> Result:
    return await _create(ctx, request, _ROUTE)


@operation("apigatewayv2", "GetRouteResponse")
async def get_route_response(ctx: Context, request: Request) -> Result:
    return await _get(ctx, request, _ROUTE)


@operation("apigatewayv2", "GetRouteResponses")
async def get_route_responses(ctx: Context, request: Request) -> Result:
    return await _list(ctx, request, _ROUTE)


@operation("apigatewayv2", "UpdateRouteResponse")
async def update_route_response(ctx: Context, request: Request) -> Result:
    return await _update(ctx, request, _ROUTE)


@operation("apigatewayv2", "DeleteRouteResponse")
async def delete_route_response(ctx: Context, request: Request) -> Result | None:
    return await _delete(ctx, request, _ROUTE)


async def _owner(ctx: Context, tx: Transaction, request: Request, kind: _Kind) -> Item:
    api = await load_api(ctx, tx, request["ApiId"])
    return await load_item(ctx, tx, kind.owner, api.id, request[kind.owner.id_member])


async def _load(ctx: Context, tx: Transaction, request: Request, kind: _Kind) -> Item:
    owner = await _owner(ctx, tx, request, kind)
    return await load_item(ctx, tx, kind.noun, f"{owner.parent}/{owner.id}", request[kind.noun.id_member])


async def _create(ctx: Context, request: Request, kind: _Kind) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        if api.body["ProtocolType"] == "HTTP":
            raise BadRequestException(f"{kind.noun.title}s are not supported for protocol type HTTP")
        owner = await _owner(ctx, tx, request, kind)
        body = merge({}, request, kind.members)
        _check(kind, body)
        item = Item(kind.noun, api.id, f"{api.id}/{owner.id}", new_id(ctx.ids), body)
        await insert_item(ctx, tx, item, _conflict(item))
        await api_changed(ctx, tx, api.id)
    return item.shown


async def _get(ctx: Context, request: Request, kind: _Kind) -> Result:
    async with ctx.store.transaction() as tx:
        return (await _load(ctx, tx, request, kind)).shown


async def _list(ctx: Context, request: Request, kind: _Kind) -> Result:
    async with ctx.store.transaction() as tx:
        owner = await _owner(ctx, tx, request, kind)
        items = await page(ctx, tx, kind.noun, f"{owner.parent}/{owner.id}", request)
    return write_page(request, items, [item.shown for item in items])


async def _update(ctx: Context, request: Request, kind: _Kind) -> Result:
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, request, kind)
        item = replace(item, body=merge(item.body, request, kind.members))
        _check(kind, item.body)
        await save_item(ctx, tx, item, _conflict(item))
        await api_changed(ctx, tx, item.root)
    return item.shown


async def _delete(ctx: Context, request: Request, kind: _Kind) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, request, kind)
        await delete_item(ctx, tx, item)
        await api_changed(ctx, tx, item.root)
    return None


def _check(kind: _Kind, body: Mapping[str, Any]) -> None:
    key = body[kind.noun.name_member]
    if kind is _ROUTE and key != "$default":
        raise BadRequestException("Currently, the RouteResponseKey can only be $default")
    if kind is _INTEGRATION and not _KEY.fullmatch(key):
        raise BadRequestException(
            "IntegrationResponseKey must be $default or an expression of the form /.../"
        )
    for member in ("TemplateSelectionExpression", "ModelSelectionExpression"):
        if body.get(member):
            check_selection(body[member])


def _conflict(item: Item) -> str:
    return f"{item.noun.title} with key {item.name} already exists"
