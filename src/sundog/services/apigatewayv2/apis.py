"""APIs: create (also the quick way, with a target), describe, change, list and delete them."""

from __future__ import annotations

from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.api_rules import HTTP_SELECTION, check_api
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.describing import describe_api
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import insert_item, load_api, new_api_id, now_s_ms, save_item
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import API, API_MAPPING
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.services.apigatewayv2.quick_create import quick_create, quick_update
from sundog.services.apigatewayv2.rows import SQL, scope_key, to_item
from sundog.services.apigatewayv2.snapshots import Snapshots
from sundog.services.apigatewayv2.tag_rules import change_tags
from sundog.store import Transaction

_MEMBERS: Final = {
    "ApiKeySelectionExpression": "keep",
    "CorsConfiguration": "set",
    "Description": "set",
    "DisableExecuteApiEndpoint": "keep",
    "DisableSchemaValidation": "keep",
    "IpAddressType": "set",
    "Name": "keep",
    "RouteSelectionExpression": "keep",
    "Version": "set",
}
KEY_SELECTION: Final = "$request.header.x-api-key"


@operation("apigatewayv2", "CreateApi")
async def create_api(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await insert_item(ctx, tx, new_api(ctx, request), "API already exists")
        if request.get("Target"):
            await quick_create(ctx, tx, item, request)
    return describe_api(ctx, item)


def new_api(ctx: Context, request: Request) -> Item:
    is_http = request["ProtocolType"] == "HTTP"
    body: dict[str, Any] = {
        "ApiKeySelectionExpression": KEY_SELECTION,
        "CreatedDate": now_s_ms(ctx.clock),
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "ProtocolType": request["ProtocolType"],
        **({"RouteSelectionExpression": HTTP_SELECTION} if is_http else {}),
    }
    if not is_http and not request.get("RouteSelectionExpression"):
        raise BadRequestException("RouteSelectionExpression is required for a protocol type of WEBSOCKET")
    if request.get("Target") and not is_http:
        raise BadRequestException("Target is supported only for a protocol type of HTTP")
    if not request.get("Target") and (request.get("RouteKey") or request.get("CredentialsArn")):
        raise BadRequestException("RouteKey and CredentialsArn are supported only together with Target")
    body = merge(body, request, _MEMBERS)
    check_api(body)
    body["Tags"] = change_tags({}, request.get("Tags") or {})
    id = new_api_id(ctx.ids)
    return Item(API, id, "", id, body)


@operation("apigatewayv2", "GetApi")
async def get_api(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return describe_api(ctx, await load_api(ctx, tx, request["ApiId"]))


@operation("apigatewayv2", "GetApis")
async def get_apis(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        items = await page(ctx, tx, API, "", request)
    return write_page(request, items, [describe_api(ctx, item) for item in items])


@operation("apigatewayv2", "UpdateApi")
async def update_api(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_api(ctx, tx, request["ApiId"])
        body = merge(item.body, request, _MEMBERS)
        check_api(body)
        item = await save_item(ctx, tx, Item(API, item.root, "", item.id, body))
        if any(request.get(member) for member in ("Target", "RouteKey", "CredentialsArn")):
            await quick_update(ctx, tx, item, request)
        await api_changed(ctx, tx, item.id)
    return describe_api(ctx, item)


@operation("apigatewayv2", "DeleteApi")
async def delete_api(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await load_api(ctx, tx, request["ApiId"])
        await _check_unmapped(ctx, tx, item.id)
        await tx.run(SQL["delete_root"], **scope_key(ctx.scope), root=item.id)
        await tx.run(SQL["delete_snapshots"], **scope_key(ctx.scope), api_id=item.id)
        ctx.part(Snapshots).changed(tx, item.id)
    return None


@operation("apigatewayv2", "DeleteCorsConfiguration")
async def delete_cors_configuration(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await load_api(ctx, tx, request["ApiId"])
        body = {member: value for member, value in item.body.items() if member != "CorsConfiguration"}
        await save_item(ctx, tx, Item(API, item.root, "", item.id, body))
        await api_changed(ctx, tx, item.id)
    return None


async def _check_unmapped(ctx: Context, tx: Transaction, api_id: str) -> None:
    for row in await tx.all(SQL["items_of_kind"], **scope_key(ctx.scope), kind=API_MAPPING.kind):
        if to_item(row).body["ApiId"] == api_id:
            raise BadRequestException(
                "Please remove all base path mappings related to the API in your account before deletion."
            )
