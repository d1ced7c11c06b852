"""REST APIs: create (or clone), get, list, update, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.cloning import clone_children
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import (
    delete_item,
    delete_owned,
    list_everywhere,
    load_api,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.naming import new_api_id, new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import REST_API
from sundog.services.apigateway.resource_policies import check_policy, with_whole_policy
from sundog.services.apigateway.tagging import check_tags
from sundog.services.apigateway.uses import leave_plans
from sundog.store import Transaction

_SAID: Final = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "policy",
    "tags",
    "securityPolicy",
    "endpointAccessMode",
)
DEFAULT_MODELS: Final = (
    (
        "Empty",
        "This is a default empty schema model",
        '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n'
        '  "type" : "object"\n}',
    ),
    (
        "Error",
        "This is a default error schema model",
        '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n'
        '  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
    ),
)


@operation("apigateway", "CreateRestApi")
async def create_rest_api(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        source = await _load_source(ctx, tx, request.get("cloneFrom"))
        api = await new_api(ctx, tx, request)
        if source is not None:
            await clone_children(ctx, tx, source, api)
        else:
            await _put_default_models(ctx, tx, api.id)
    return describe_api(api.body)


@operation("apigateway", "GetRestApi")
async def get_rest_api(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return describe_api((await load_api(tx, ctx.scope, request["restApiId"])).body)


@operation("apigateway", "GetRestApis")
async def get_rest_apis(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        found = await list_page(tx, ctx.scope, "rest_api", page)
    return answer_page(page, found, [describe_api(item.body) for item in found])


@operation("apigateway", "UpdateRestApi")
async def update_rest_api(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        body = REST_API.apply(api.body, request.get("patchOperations"))
        body["endpointConfiguration"] = endpoint_configuration(body.get("endpointConfiguration", {}))
        body = with_whole_policy(body, ctx.scope)
        check_api(body)
        await put_item(ctx, tx, Item(api.scope, "rest_api", api.id, body, handle=api.id))
    return {**describe_api(body), "tags": body.get("tags", {})}


@operation("apigateway", "DeleteRestApi")
async def delete_rest_api(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        await _check_not_mapped(ctx, tx, api.id)
        await delete_owned(tx, api.scope, api.id)
        await leave_plans(ctx, tx, api.id)
        await delete_item(ctx, tx, api)
    return None


async def new_api(ctx: Context, tx: Transaction, said_members: Mapping[str, Any]) -> Item:
    """An API with nothing but its root resource; imports begin with one too."""
    api_id, root_id = new_api_id(ctx.ids), new_id(ctx.ids, limits.ROOT_ID_LENGTH)
    body: Body = {
        "id": api_id,
        **said(said_members, *_SAID),
        "createdDate": ctx.clock.now_ms(),
        "apiKeySource": said_members.get("apiKeySource") or "HEADER",
        "endpointConfiguration": endpoint_configuration(said_members.get("endpointConfiguration") or {}),
        "disableExecuteApiEndpoint": bool(said_members.get("disableExecuteApiEndpoint")),
        "rootResourceId": root_id,
    }
    body = with_whole_policy(body, ctx.scope)
    check_api(body)
    check_tags(body.get("tags", {}))
    await put_new(ctx, tx, "resource", root_id, {"id": root_id, "path": "/"}, owner=api_id)
    return await put_new(ctx, tx, "rest_api", api_id, body, handle=api_id)


def endpoint_configuration(asked: Mapping[str, Any]) -> Body:
    """With AWS's defaults: edge-optimized; private APIs are reached over both kinds of addresses."""
    types = list(asked.get("types") or ["EDGE"])
    default = "dualstack" if "PRIVATE" in types else "ipv4"
    return {
        "types": types,
        "ipAddressType": asked.get("ipAddressType") or default,
        **said(asked, "vpcEndpointIds"),
    }


def describe_api(body: Mapping[str, Any]) -> Result:
    """As Get answers. The policy stands in it as a JSON string stands in quotes: AWS escapes it once more."""
    policy = body.get("policy")
    if policy is None:
        return dict(body)
    return {**body, "policy": orjson.dumps(policy).decode()[1:-1]}


def check_api(body: Mapping[str, Any]) -> None:
    if not body.get("name", "").strip():
        raise BadRequestException("API name cannot be blank")
    size = body.get("minimumCompressionSize")
    if size is not None and not 0 <= size <= limits.COMPRESSION_SIZE_MAX:
        raise BadRequestException(
            f"Invalid minimum compression size, must be between 0 and {limits.COMPRESSION_SIZE_MAX}"
        )
    if body["apiKeySource"] not in ("HEADER", "AUTHORIZER"):
        raise BadRequestException("Invalid API key source specified. Must be one of: [HEADER, AUTHORIZER]")
    _check_endpoint(body["endpointConfiguration"])
    check_policy(body.get("policy"))


def _check_endpoint(endpoint: Mapping[str, Any]) -> None:
    types = endpoint.get("types") or []
    if len(types) != 1 or types[0] not in ("EDGE", "REGIONAL", "PRIVATE"):
        raise BadRequestException("Invalid EndpointTypes provided")
    if endpoint.get("vpcEndpointIds") and types != ["PRIVATE"]:
        raise BadRequestException("VPCEndpoints can only be specified with PRIVATE apis.")
    if endpoint["ipAddressType"] not in ("ipv4", "dualstack"):
        raise BadRequestException("Invalid ipAddressType provided")
    if types == ["PRIVATE"] and endpoint["ipAddressType"] == "ipv4":
        raise BadRequestException("Only dualstack ipAddressType is supported for Private APIs.")


async def _load_source(ctx: Context, tx: Transaction, api_id: str | None) -> Item | None:
    return await load_api(tx, ctx.scope, api_id) if api_id else None


async def _put_default_models(ctx: Context, tx: Transaction, api_id: str) -> None:
    for name, description, schema in DEFAULT_MODELS:
        body = {
            "id": new_id(ctx.ids),
            "name": name,
            "description": description,
            "schema": schema,
            "contentType": "application/json",
        }
        await put_new(ctx, tx, "model", name, body, owner=api_id)


async def _check_not_mapped(ctx: Context, tx: Transaction, api_id: str) -> None:
    mappings = await list_everywhere(tx, ctx.scope, "base_path_mapping")
    domains = sorted({mapping.owner for mapping in mappings if mapping.body["restApiId"] == api_id})
    if domains:
        raise BadRequestException(
            f"Please remove all base path mappings related to the API in your domains: {', '.join(domains)}"
        )
