"""Imports: an API, or its documentation, from an OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.lang.openapi import Api, InvalidDocument, read_api, read_document, read_documentation
from sundog.lang.openapi.base_path import MODES
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.installing import Installation
from sundog.services.apigateway.installing_parts import install_parts
from sundog.services.apigateway.loading import delete_item, list_items, load_api, put_item, said
from sundog.services.apigateway.model import Body, Item, Kind
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.rest_apis import check_api, describe_api, endpoint_configuration, new_api
from sundog.store import Transaction

DOCUMENT_BYTES_MAX: Final = 6 * 1024 * 1024
NOT_READABLE: Final = "Unable to build importer with provided input."
REPLACED: Final[tuple[Kind, ...]] = (
    "resource",
    "method",
    "model",
    "request_validator",
    "authorizer",
    "gateway_response",
    "documentation_part",
)
"""What an import in the mode overwrite begins without; deployments and stages stay."""
_KEPT: Final = ("id", "createdDate", "rootResourceId", "tags", "endpointConfiguration")
_MEMBERS: Final = (
    "name",
    "description",
    "version",
    "apiKeySource",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "policy",
    "securityPolicy",
    "endpointAccessMode",
    "disableExecuteApiEndpoint",
)


@operation("apigateway", "ImportRestApi")
async def import_rest_api(ctx: Context, request: Request) -> Result:
    described = _read(ctx, request)
    async with ctx.store.transaction() as tx:
        endpoint = _endpoint(described, request, {})
        api = await new_api(ctx, tx, {**described.rest_api, "endpointConfiguration": endpoint})
        warnings = await _install(ctx, tx, api.id, described, request)
    return {**describe_api(api.body), **said({"warnings": warnings}, "warnings")}


@operation("apigateway", "PutRestApi")
async def put_rest_api(ctx: Context, request: Request) -> Result:
    """Merges by default: what the document does not have stays."""
    described = _read(ctx, request)
    overwrites = request.get("mode") == "overwrite"
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        if overwrites:
            await _clear(ctx, tx, api)
        body = _body(api.body, described, request, overwrites=overwrites)
        check_api(body)
        await put_item(ctx, tx, Item(api.scope, "rest_api", api.id, body, handle=api.id))
        warnings = await _install(ctx, tx, api.id, described, request)
    return {
        **describe_api(body),
        "tags": body.get("tags", {}),
        **said({"warnings": warnings}, "warnings"),
    }


@operation("apigateway", "ImportDocumentationParts")
async def import_documentation_parts(ctx: Context, request: Request) -> Result:
    document = _document(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        if request.get("mode") == "overwrite":
            for item in await list_items(tx, ctx.scope, "documentation_part", api.id):
                await delete_item(ctx, tx, item)
        return {"ids": await install_parts(ctx, tx, api.id, read_documentation(document))}


def _document(request: Request) -> Mapping[str, Any]:
    body = request["body"]
    if len(body) > DOCUMENT_BYTES_MAX:
        raise BadRequestException(f"The document exceeds the maximum of {DOCUMENT_BYTES_MAX} bytes")
    try:
        return read_document(body)
    except InvalidDocument:
        raise BadRequestException(NOT_READABLE) from None


def _read(ctx: Context, request: Request) -> Api:
    mode = (request.get("parameters") or {}).get("basepath", "ignore")
    if mode not in MODES:
        raise BadRequestException(f"Invalid basepath specified. Must be one of: [{', '.join(MODES)}]")
    try:
        return read_api(_document(request), mode, lambda: f"MODEL{new_id(ctx.ids)}")
    except InvalidDocument:
        raise BadRequestException(NOT_READABLE) from None


async def _install(ctx: Context, tx: Transaction, api_id: str, described: Api, request: Request) -> list[str]:
    """The warnings. Errors, and warnings if they are not wanted, undo the import: they are all told."""
    ignored = (request.get("parameters") or {}).get("ignore", "").split(",")
    installation = Installation(ctx, tx, api_id)
    await installation.run(described, with_documentation="documentation" not in ignored)
    if installation.errors:
        raise BadRequestException(_told("Errors", installation.errors))
    if installation.warnings and request.get("failOnWarnings"):
        raise BadRequestException(_told("Warnings", installation.warnings))
    return installation.warnings


def _told(what: str, lines: list[str]) -> str:
    return f"{what} found during import:" + "".join(f"\n\t{line}" for line in lines)


async def _clear(ctx: Context, tx: Transaction, api: Item) -> None:
    """All that an import writes; the root resource stays the same one."""
    for kind in REPLACED:
        for item in await list_items(tx, ctx.scope, kind, api.id):
            if item.id != api.body["rootResourceId"]:
                await delete_item(ctx, tx, item)


def _body(old: Mapping[str, Any], described: Api, request: Request, *, overwrites: bool) -> Body:
    kept = {name: old[name] for name in _KEPT if name in old} if overwrites else old
    media_types = [*kept.get("binaryMediaTypes", ()), *described.rest_api.get("binaryMediaTypes", ())]
    return {
        "apiKeySource": "HEADER",
        "disableExecuteApiEndpoint": False,
        **kept,
        **said(described.rest_api, *_MEMBERS),
        **said({"binaryMediaTypes": list(dict.fromkeys(media_types))}, "binaryMediaTypes"),
        "endpointConfiguration": _endpoint(described, request, old["endpointConfiguration"]),
    }


def _endpoint(described: Api, request: Request, old: Mapping[str, Any]) -> Body:
    """``endpointConfigurationTypes`` among the parameters; an API that is there keeps its kind."""
    types = (request.get("parameters") or {}).get("endpointConfigurationTypes", "")
    asked = {"types": [kind for kind in types.upper().split(",") if kind], **old}
    return endpoint_configuration({**asked, **said(described.rest_api, "vpcEndpointIds", "ipAddressType")})
