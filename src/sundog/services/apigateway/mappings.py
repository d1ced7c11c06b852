"""Base path mappings: which stage of which API answers below a path of a custom domain name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException, ConflictException
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Item
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import BASE_PATH_MAPPING
from sundog.store import Transaction

NONE: Final = "(none)"
"""The mapping of all paths that no other mapping takes."""
_PATH: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()]+")


@operation("apigateway", "CreateBasePathMapping")
async def create_base_path_mapping(ctx: Context, request: Request) -> Result:
    body = {
        "basePath": request.get("basePath") or NONE,
        "restApiId": request["restApiId"],
        **said(request, "stage"),
    }
    async with ctx.store.transaction() as tx:
        domain = await load_item(tx, ctx.scope, "domain_name", request["domainName"].lower())
        await _check(ctx, tx, body)
        await _check_free(ctx, tx, domain.id, body["basePath"])
        await put_new(ctx, tx, "base_path_mapping", body["basePath"], body, owner=domain.id)
    return body


@operation("apigateway", "GetBasePathMapping")
async def get_base_path_mapping(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict((await _load(ctx, tx, request)).body)


@operation("apigateway", "GetBasePathMappings")
async def get_base_path_mappings(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        domain = await load_item(tx, ctx.scope, "domain_name", request["domainName"].lower())
        found = await list_page(tx, ctx.scope, "base_path_mapping", page, domain.id)
    return answer_page(page, found)


@operation("apigateway", "UpdateBasePathMapping")
async def update_base_path_mapping(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        mapping = await _load(ctx, tx, request)
        body = BASE_PATH_MAPPING.apply(mapping.body, request.get("patchOperations"))
        body["basePath"] = body.get("basePath") or NONE
        await _check(ctx, tx, body)
        if body["basePath"] != mapping.id:
            await _check_free(ctx, tx, mapping.owner, body["basePath"])
            await delete_item(ctx, tx, mapping)
        await put_item(ctx, tx, replace(mapping, id=body["basePath"], body=body))
    return body


@operation("apigateway", "DeleteBasePathMapping")
async def delete_base_path_mapping(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await delete_item(ctx, tx, await _load(ctx, tx, request))
    return None


async def _load(ctx: Context, tx: Transaction, request: Request) -> Item:
    domain = await load_item(tx, ctx.scope, "domain_name", request["domainName"].lower())
    return await load_item(tx, ctx.scope, "base_path_mapping", request["basePath"] or NONE, domain.id)


async def _check_free(ctx: Context, tx: Transaction, domain: str, path: str) -> None:
    if await find_item(tx, ctx.scope, "base_path_mapping", path, domain) is not None:
        raise ConflictException("Base path already exists for this domain name")


async def _check(ctx: Context, tx: Transaction, body: Mapping[str, Any]) -> None:
    path, api_id, stage = body["basePath"], body.get("restApiId", ""), body.get("stage")
    if "/" in path:
        raise BadRequestException(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a"
            " multi-level base path mapping, use API Gateway V2."
        )
    if path != NONE and not _PATH.fullmatch(path):
        raise BadRequestException("A base path may only contain letters, numbers and one of $-_.+!*'()")
    if await find_item(tx, ctx.scope, "rest_api", api_id) is None:
        raise BadRequestException("Invalid REST API identifier specified")
    if stage and await find_item(tx, ctx.scope, "stage", stage, api_id) is None:
        raise BadRequestException("Invalid stage identifier specified")
