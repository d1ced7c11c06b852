"""ImportApi and ReimportApi: an HTTP API out of an OpenAPI 3 document, new or in place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.lang.openapi.document import InvalidDocument, read_document
from sundog.services.apigatewayv2.api_rules import check_api
from sundog.services.apigatewayv2.apis import new_api
from sundog.services.apigatewayv2.authorizer_rules import new_authorizer
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.describing import describe_api
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.integration_rules import new_integration
from sundog.services.apigatewayv2.items import (
    all_items,
    delete_item,
    insert_item,
    load_api,
    new_id,
    save_item,
)
from sundog.services.apigatewayv2.model import Item, Noun
from sundog.services.apigatewayv2.nouns import AUTHORIZER, INTEGRATION, ROUTE
from sundog.services.apigatewayv2.openapi_reading import BASE_PATHS, HttpApi, NotOpenApi, read_http_api
from sundog.services.apigatewayv2.route_rules import new_route
from sundog.store import Transaction


@operation("apigatewayv2", "ImportApi")
async def import_api(ctx: Context, request: Request) -> Result:
    described = _read(request)
    members = {**described.members, "ProtocolType": "HTTP", "Tags": described.tags}
    async with ctx.store.transaction() as tx:
        item = await insert_item(ctx, tx, new_api(ctx, members), "API already exists")
        await _fill(ctx, tx, item, described)
    return describe_api(ctx, item)


@operation("apigatewayv2", "ReimportApi")
async def reimport_api(ctx: Context, request: Request) -> Result:
    """Routes, integrations and authorizers are those of the document afterwards; stages stay."""
    described = _read(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        if api.body["ProtocolType"] != "HTTP":
            raise BadRequestException("Only HTTP APIs can be imported")
        kept = {
            member: value
            for member, value in api.body.items()
            if member not in ("CorsConfiguration", "Description", "Version")
        }
        body = {**kept, **described.members, "Tags": {**api.body["Tags"], **described.tags}}
        check_api(body)
        api = await save_item(ctx, tx, replace(api, body=body))
        for noun in (ROUTE, INTEGRATION, AUTHORIZER):
            for item in await all_items(ctx, tx, noun, api.id):
                await delete_item(ctx, tx, item)
        await _fill(ctx, tx, api, described)
    return describe_api(ctx, api)


def _read(request: Request) -> HttpApi:
    base_path = request.get("Basepath") or "ignore"
    if base_path not in BASE_PATHS:
        raise BadRequestException(
            f"Invalid base path mode {base_path}. Valid values: {', '.join(BASE_PATHS)}"
        )
    try:
        return read_http_api(read_document(request["Body"].encode("utf-8", "replace")), base_path)
    except (InvalidDocument, NotOpenApi) as error:
        raise BadRequestException("Invalid OpenAPI input.") from error


async def _fill(ctx: Context, tx: Transaction, api: Item, described: HttpApi) -> None:
    """Integrations and authorizers first: routes name them."""
    integrations = {
        name: await _insert(ctx, tx, api, INTEGRATION, new_integration(api, members))
        for name, members in described.integrations.items()
    }
    authorizers = {
        name: await _insert(ctx, tx, api, AUTHORIZER, new_authorizer(api, members))
        for name, members in described.authorizers.items()
    }
    for route in described.routes:
        members = dict(route.members)
        if route.integration:
            members["Target"] = f"integrations/{integrations[route.integration]}"
        if route.authorizer:
            members["AuthorizerId"] = authorizers[route.authorizer]
        await _insert(ctx, tx, api, ROUTE, new_route(api, members))
    await api_changed(ctx, tx, api.id)


async def _insert(ctx: Context, tx: Transaction, api: Item, noun: Noun, body: Mapping[str, Any]) -> str:
    item = Item(noun, api.id, api.id, new_id(ctx.ids), body)
    await insert_item(ctx, tx, item, f"{noun.title} {item.name} already exists for this API")
    return item.id
