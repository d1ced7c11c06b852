"""Documentation parts of an API and the versions that freeze them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    LimitExceededException,
)
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    list_items,
    load_api,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, cut, list_page, parse_page
from sundog.services.apigateway.patches import DOCUMENTATION_PART, DOCUMENTATION_VERSION
from sundog.store import Transaction

_NAMED: Final = (
    "AUTHORIZER",
    "MODEL",
    "PATH_PARAMETER",
    "QUERY_PARAMETER",
    "REQUEST_HEADER",
    "RESPONSE_HEADER",
)
"""Parts that are about something with a name."""

# Parts


@operation("apigateway", "CreateDocumentationPart")
async def create_documentation_part(ctx: Context, request: Request) -> Result:
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, api_id)
        parts = await list_items(tx, ctx.scope, "documentation_part", api_id)
        if any(part.body["location"] == _location(request["location"]) for part in parts):
            raise ConflictException("Documentation part already exists")
        if len(parts) >= limits.DOCUMENTATION_PARTS_MAX:
            raise LimitExceededException(
                "Maximum number of documentation parts for this API has been reached"
            )
        return await add_part(ctx, tx, api_id, request)


async def add_part(ctx: Context, tx: Transaction, api_id: str, asked: Mapping[str, Any]) -> Body:
    location = _location(asked["location"])
    if location["type"] in _NAMED and not location.get("name"):
        raise BadRequestException(f"Documentation part location of type {location['type']} must have a name")
    id = new_id(ctx.ids)
    body = {"id": id, "location": location, "properties": asked["properties"]}
    _check_properties(body)
    await put_new(ctx, tx, "documentation_part", id, body, owner=api_id)
    return body


@operation("apigateway", "GetDocumentationPart")
async def get_documentation_part(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict((await _load_part(ctx, tx, request)).body)


@operation("apigateway", "GetDocumentationParts")
async def get_documentation_parts(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        parts = await list_items(tx, ctx.scope, "documentation_part", api.id)
    wanted = [part for part in parts if _is_wanted(part, request)]
    return answer_page(page, cut(wanted, page))


@operation("apigateway", "UpdateDocumentationPart")
async def update_documentation_part(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        part = await _load_part(ctx, tx, request)
        body = DOCUMENTATION_PART.apply(part.body, request.get("patchOperations"))
        _check_properties(body)
        await put_item(ctx, tx, replace(part, body=body))
    return body


@operation("apigateway", "DeleteDocumentationPart")
async def delete_documentation_part(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, request["restApiId"])
        await delete_item(ctx, tx, await _load_part(ctx, tx, request))
    return None


async def _load_part(ctx: Context, tx: Transaction, request: Request) -> Item:
    api_id, id = request["restApiId"], request["documentationPartId"]
    return await load_item(tx, ctx.scope, "documentation_part", id, api_id)


def _location(asked: Mapping[str, Any]) -> Body:
    return said(asked, "type", "path", "method", "statusCode", "name")


def _is_wanted(part: Item, request: Request) -> bool:
    location = part.body["location"]
    if request.get("locationStatus") == "UNDOCUMENTED":
        return False  # there are no parts without content
    return (
        request.get("type") in (None, location["type"])
        and request.get("path") in (None, location.get("path"))
        and (request.get("nameQuery") or "") in location.get("name", "")
    )


def _check_properties(body: Mapping[str, Any]) -> None:
    try:
        properties = orjson.loads(body.get("properties", ""))
    except orjson.JSONDecodeError:
        properties = None
    if not isinstance(properties, dict):
        raise BadRequestException("Documentation part properties must be a JSON object")


# Versions


@operation("apigateway", "CreateDocumentationVersion")
async def create_documentation_version(ctx: Context, request: Request) -> Result:
    """Freezes all parts; ``stageName``: the stage shows this version at once."""
    api_id, version = request["restApiId"], request["documentationVersion"]
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, api_id)
        if await find_item(tx, ctx.scope, "documentation_version", version, api_id) is not None:
            raise ConflictException("Documentation version already exists")
        body = await add_version(ctx, tx, api_id, request)
        if name := request.get("stageName"):
            stage = await load_item(tx, ctx.scope, "stage", name, api_id)
            await put_item(ctx, tx, replace(stage, body={**stage.body, "documentationVersion": version}))
    return body


async def add_version(ctx: Context, tx: Transaction, api_id: str, asked: Mapping[str, Any]) -> Body:
    version = asked["documentationVersion"]
    if not version.strip():
        raise BadRequestException("Documentation version cannot be blank")
    body = {"version": version, "createdDate": ctx.clock.now_ms(), **said(asked, "description")}
    parts = [dict(part.body) for part in await list_items(tx, ctx.scope, "documentation_part", api_id)]
    await put_new(ctx, tx, "documentation_version", version, body, owner=api_id)
    frozen = {"documentationParts": parts}
    await put_new(ctx, tx, "snapshot", f"documentation/{version}", frozen, owner=api_id)
    return body


@operation("apigateway", "GetDocumentationVersion")
async def get_documentation_version(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict((await _load_version(ctx, tx, request)).body)


@operation("apigateway", "GetDocumentationVersions")
async def get_documentation_versions(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        found = await list_page(tx, ctx.scope, "documentation_version", page, api.id)
    return answer_page(page, found)


@operation("apigateway", "UpdateDocumentationVersion")
async def update_documentation_version(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        version = await _load_version(ctx, tx, request)
        body = DOCUMENTATION_VERSION.apply(version.body, request.get("patchOperations"))
        await put_item(ctx, tx, replace(version, body=body))
    return body


@operation("apigateway", "DeleteDocumentationVersion")
async def delete_documentation_version(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        version = await _load_version(ctx, tx, request)
        await delete_item(ctx, tx, version)
        await delete_item(ctx, tx, replace(version, kind="snapshot", id=f"documentation/{version.id}"))
    return None


async def _load_version(ctx: Context, tx: Transaction, request: Request) -> Item:
    api_id, version = request["restApiId"], request["documentationVersion"]
    return await load_item(tx, ctx.scope, "documentation_version", version, api_id)
