"""API keys: what callers identify themselves with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    LimitExceededException,
)
from sundog.services.apigateway.loading import (
    count_items,
    delete_item,
    find_by_handle,
    find_item,
    list_everywhere,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.naming import API_ID_LENGTH, new_id, new_key_value
from sundog.services.apigateway.pages import answer_page, cut, parse_page
from sundog.services.apigateway.patches import API_KEY
from sundog.services.apigateway.tagging import check_tags
from sundog.store import Transaction


@operation("apigateway", "CreateApiKey")
async def create_api_key(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        if await count_items(tx, ctx.scope, "api_key") >= limits.API_KEYS_MAX:
            raise LimitExceededException("Maximum number of API keys for this account has been reached")
        stages = [f"{one.get('restApiId')}/{one.get('stageName')}" for one in request.get("stageKeys") or ()]
        return await add_key(ctx, tx, {**request, "stageKeys": stages})


async def add_key(ctx: Context, tx: Transaction, asked: Mapping[str, Any]) -> Body:
    """``stageKeys`` as the key shows them: ``<api>/<stage>``. Imports make keys too."""
    now_ms = ctx.clock.now_ms()
    value = asked.get("value") or new_key_value(ctx.ids)
    # Deprecated, but still so: without an id of its own a key is known by its value.
    id = value if asked.get("generateDistinctId") is False else new_id(ctx.ids, API_ID_LENGTH)
    body: Body = {
        "id": id,
        "value": value,
        **said(asked, "name", "description", "customerId"),
        "enabled": bool(asked.get("enabled")),
        "createdDate": now_ms,
        "lastUpdatedDate": now_ms,
        "stageKeys": list(asked.get("stageKeys") or ()),
        **said(asked, "tags"),
    }
    _check_key(body)
    check_tags(body.get("tags", {}))
    for stage in body["stageKeys"]:
        await _check_stage(ctx, tx, stage)
    if any(key.scope == ctx.scope for key in await find_by_handle(tx, "api_key", value)):
        raise ConflictException("API Key already exists")
    await put_new(ctx, tx, "api_key", id, body, handle=value)
    return body


@operation("apigateway", "GetApiKey")
async def get_api_key(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        key = await load_item(tx, ctx.scope, "api_key", request["apiKey"])
    return _describe(key, shows_value=bool(request.get("includeValue")))


@operation("apigateway", "GetApiKeys")
async def get_api_keys(ctx: Context, request: Request) -> Result:
    """The newest first. ``nameQuery``: how the name begins."""
    page, shows_value = parse_page(request), bool(request.get("includeValues"))
    async with ctx.store.transaction() as tx:
        keys = await list_everywhere(tx, ctx.scope, "api_key")
    prefix, customer = request.get("nameQuery") or "", request.get("customerId")
    wanted = [
        key
        for key in reversed(keys)
        if key.body.get("name", "").startswith(prefix) and customer in (None, key.body.get("customerId"))
    ]
    found = cut(wanted, page)
    return answer_page(page, found, [_describe(key, shows_value=shows_value) for key in found])


@operation("apigateway", "UpdateApiKey")
async def update_api_key(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        key = await load_item(tx, ctx.scope, "api_key", request["apiKey"])
        body = API_KEY.apply(key.body, request.get("patchOperations"))
        body = {"stageKeys": [], "enabled": False, **body, "lastUpdatedDate": ctx.clock.now_ms()}
        _check_key(body)
        for stage in set(body["stageKeys"]) - set(key.body["stageKeys"]):
            await _check_stage(ctx, tx, stage)
        key = replace(key, body=body)
        await put_item(ctx, tx, key)
    return _describe(key, shows_value=False)


@operation("apigateway", "DeleteApiKey")
async def delete_api_key(ctx: Context, request: Request) -> Result | None:
    """The key leaves its usage plans too."""
    async with ctx.store.transaction() as tx:
        key = await load_item(tx, ctx.scope, "api_key", request["apiKey"])
        for held in await list_everywhere(tx, ctx.scope, "usage_plan_key"):
            if held.id == key.id:
                await delete_item(ctx, tx, held)
        await delete_item(ctx, tx, key)
    return None


def _describe(key: Item, *, shows_value: bool) -> Body:
    return {name: value for name, value in key.body.items() if shows_value or name != "value"}


def _check_key(body: Mapping[str, Any]) -> None:
    if len(body.get("name", "")) > limits.API_KEY_NAME_MAX:
        raise BadRequestException(
            f"Invalid API Key name, can be at most {limits.API_KEY_NAME_MAX} characters."
        )
    if len(body.get("description", "")) > limits.DESCRIPTION_MAX:
        raise BadRequestException("Invalid API Key description specified.")
    if len(body["value"]) < limits.API_KEY_VALUE_MIN:
        raise BadRequestException(f"API Key value should be at least {limits.API_KEY_VALUE_MIN} characters")
    if len(body["value"]) > limits.API_KEY_VALUE_MAX:
        raise BadRequestException(
            f"API Key value exceeds maximum size of {limits.API_KEY_VALUE_MAX} characters"
        )


async def _check_stage(ctx: Context, tx: Transaction, stage_key: str) -> None:
    api_id, _, stage = stage_key.partition("/")
    if await find_item(tx, ctx.scope, "stage", stage, api_id) is None:
        raise BadRequestException(f"Invalid stage identifier specified: {stage_key}")
