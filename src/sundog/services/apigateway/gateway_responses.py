"""Gateway responses: what an API answers when it does not come to an integration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.integration_rules import SOURCE, invalid_mappings, is_value, malformed
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    list_items,
    load_api,
    load_item,
    put_new,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.pages import parse_page
from sundog.services.apigateway.patches import GATEWAY_RESPONSE
from sundog.store import Transaction

_TARGET: Final = re.compile(r"gatewayresponse\.header\..+")
DEFAULT_TEMPLATES: Final = {"application/json": '{"message":$context.error.messageString}'}

STATUSES: Final[Mapping[str, str]] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": "",
    "DEFAULT_5XX": "",
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
"""The types in the order that AWS lists them, with their status; the defaults have none of their own."""


@operation("apigateway", "PutGatewayResponse")
async def put_gateway_response(ctx: Context, request: Request) -> Result:
    kind = request["responseType"]
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        body = new_gateway_response(kind, request)
        check_parameters(body["responseParameters"])
        await put_new(ctx, tx, "gateway_response", kind, body, owner=api.id)
    return body


@operation("apigateway", "GetGatewayResponse")
async def get_gateway_response(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        defined = await _load_defined(ctx, tx, request["restApiId"])
    return effective(request["responseType"], defined)


@operation("apigateway", "GetGatewayResponses")
async def get_gateway_responses(ctx: Context, request: Request) -> Result:
    """All 21 types, defined or not. They fit one page unless the caller wants smaller ones."""
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        defined = await _load_defined(ctx, tx, request["restApiId"])
    found = all_effective(defined)[page.number : page.number + page.count]
    return page.answer(found, has_more=page.number + page.count < len(STATUSES))


@operation("apigateway", "UpdateGatewayResponse")
async def update_gateway_response(ctx: Context, request: Request) -> Result:
    """What is not defined yet becomes so, beginning with its defaults."""
    kind = request["responseType"]
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        known = await find_item(tx, ctx.scope, "gateway_response", kind, api.id)
        before = known.body if known is not None else new_gateway_response(kind, {})
        body = GATEWAY_RESPONSE.apply(before, request.get("patchOperations"))
        body = {"responseParameters": {}, "responseTemplates": {}, **body}
        check_parameters(body["responseParameters"])
        await put_new(ctx, tx, "gateway_response", kind, body, owner=api.id)
    return body


@operation("apigateway", "DeleteGatewayResponse")
async def delete_gateway_response(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        kind = request["responseType"]
        await delete_item(ctx, tx, await load_item(tx, ctx.scope, "gateway_response", kind, api.id))
    return None


def new_gateway_response(kind: str, asked: Mapping[str, Any]) -> Body:
    status = asked.get("statusCode") or STATUSES[kind]
    return {
        "responseType": kind,
        **({"statusCode": status} if status else {}),
        "responseParameters": asked.get("responseParameters") or {},
        "responseTemplates": asked.get("responseTemplates") or dict(DEFAULT_TEMPLATES),
        "defaultResponse": False,
    }


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Headers from static values, the request's parameters or its context."""
    errors = []
    for target, source in parameters.items():
        if not _TARGET.fullmatch(target):
            errors.append(malformed(target))
        elif not is_value(source) and not SOURCE.fullmatch(source):
            errors.append(malformed(source))
    if errors:
        raise invalid_mappings(errors)


def effective(kind: str, defined: Mapping[str, Body]) -> Body:
    """What an API answers for ``kind``: its own, else what DEFAULT_4XX or DEFAULT_5XX say, else AWS's."""
    if kind in defined:
        return defined[kind]
    body = {**new_gateway_response(kind, {}), "defaultResponse": True}
    fallback = defined.get(f"DEFAULT_{STATUSES[kind][:1]}XX")
    if fallback is None:
        return body
    taken = ("statusCode", "responseParameters", "responseTemplates")
    return {**body, **{name: fallback[name] for name in taken if name in fallback}}


def all_effective(defined: Mapping[str, Body]) -> list[Body]:
    return [effective(kind, defined) for kind in STATUSES]


def by_type(items: Iterable[Item]) -> dict[str, Body]:
    return {item.id: dict(item.body) for item in items}


async def _load_defined(ctx: Context, tx: Transaction, api_id: str) -> dict[str, Body]:
    await load_api(tx, ctx.scope, api_id)
    return by_type(await list_items(tx, ctx.scope, "gateway_response", api_id))
