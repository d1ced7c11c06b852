"""API mappings: which stage answers below which path of a domain name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.apigatewayv2.domain_names import adopt, load_domain
from sundog.services.apigatewayv2.domains import Domains
from sundog.services.apigatewayv2.errors import BadRequestException, NotFoundException
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
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import API, API_MAPPING, STAGE
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.store import Transaction

_KEY: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()]+(/[A-Za-z0-9$\-_.+!*'()]+)*|")
_CONFLICT: Final = "ApiMapping key already exists for this domain name"


@operation("apigatewayv2", "CreateApiMapping")
async def create_api_mapping(ctx: Context, request: Request) -> Result:
    await adopt(ctx, request["DomainName"])
    key = _key(request)
    await _check_rest_stage(ctx, request["ApiId"], request["Stage"])
    async with ctx.store.transaction() as tx:
        domain = await load_domain(ctx, tx, request["DomainName"])
        body = {"ApiId": request["ApiId"], "ApiMappingKey": key, "Stage": request["Stage"]}
        await _check_target(ctx, tx, domain, body)
        item = Item(API_MAPPING, domain.id, domain.id, new_id(ctx.ids), body)
        await insert_item(ctx, tx, item, _CONFLICT)
        ctx.part(Domains).changed(tx, domain.id)
    return item.shown


@operation("apigatewayv2", "GetApiMapping")
async def get_api_mapping(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return (await _load(ctx, tx, request)).shown


@operation("apigatewayv2", "GetApiMappings")
async def get_api_mappings(ctx: Context, request: Request) -> Result:
    await adopt(ctx, request["DomainName"])
    async with ctx.store.transaction() as tx:
        domain = await load_domain(ctx, tx, request["DomainName"])
        items = await page(ctx, tx, API_MAPPING, domain.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateApiMapping")
async def update_api_mapping(ctx: Context, request: Request) -> Result:
    if request.get("Stage"):
        await _check_rest_stage(ctx, request["ApiId"], request["Stage"])
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, request)
        body = {**item.body, "ApiId": request["ApiId"], "Stage": request.get("Stage") or item.body["Stage"]}
        if request.get("ApiMappingKey") is not None:
            body["ApiMappingKey"] = _key(request)
        domain = await load_domain(ctx, tx, request["DomainName"])
        await _check_target(ctx, tx, domain, body)
        item = await save_item(ctx, tx, replace(item, body=body), _CONFLICT)
        ctx.part(Domains).changed(tx, item.root)
    return item.shown


@operation("apigatewayv2", "DeleteApiMapping")
async def delete_api_mapping(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, request)
        await delete_item(ctx, tx, item)
        ctx.part(Domains).changed(tx, item.root)
    return None


async def _load(ctx: Context, tx: Transaction, request: Request) -> Item:
    domain = await load_domain(ctx, tx, request["DomainName"])
    return await load_item(ctx, tx, API_MAPPING, domain.id, request["ApiMappingId"])


def _key(request: Request) -> str:
    key = (request.get("ApiMappingKey") or "").strip("/")
    if key == "(none)":
        return ""
    if not _KEY.fullmatch(key) or len(key) > 300:
        raise BadRequestException(
            "API mapping key should contain only letters, numbers, and these characters: $-_.+!*'()/"
        )
    return key


async def _check_rest_stage(ctx: Context, api_id: str, stage: str) -> None:
    """Ids of REST APIs end in a letter; theirs are the other service's to know."""
    if not api_id[-1:].isalpha():
        return
    try:
        await ctx.dispatch("apigateway", "GetStage", {"restApiId": api_id, "stageName": stage})
    except AwsError as error:
        raise NotFoundException(error.message) from error


async def _check_target(ctx: Context, tx: Transaction, domain: Item, body: Mapping[str, Any]) -> None:
    """The API and stage are there, and WebSocket APIs share a domain name with their kind only."""
    api_id = body["ApiId"]
    kinds = {
        await _kind(ctx, tx, one.body["ApiId"]) for one in await all_items(ctx, tx, API_MAPPING, domain.id)
    }
    if api_id[-1:].isalpha():
        kind = "HTTP"
    else:
        api = await load_api(ctx, tx, api_id)
        await load_item(ctx, tx, STAGE, api.id, body["Stage"])
        kind = api.body["ProtocolType"]
    if kinds - {kind}:
        raise BadRequestException("WebSocket APIs cannot share a domain name with REST or HTTP APIs")


async def _kind(ctx: Context, tx: Transaction, api_id: str) -> str:
    api = await find_item(ctx, tx, API, "", api_id)
    return str(api.body["ProtocolType"]) if api is not None else "HTTP"
