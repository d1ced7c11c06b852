"""Methods of resources. A method is one row, with its responses and its integration in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException, ConflictException, NotFoundException
from sundog.services.apigateway.integration_rules import invalid_mappings, malformed
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    load_item,
    missing,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.patches import METHOD
from sundog.store import Transaction

HTTP_METHODS: Final = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "ANY")
AUTHORIZATION_TYPES: Final = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
NO_INTEGRATION: Final = "Invalid Integration identifier specified"
_BY_AUTHORIZER: Final = ("CUSTOM", "COGNITO_USER_POOLS")
_PARAMETER: Final = re.compile(r"method\.request\.(path|querystring|header)\..+")
_SAID: Final = ("operationName", "requestParameters", "requestModels", "requestValidatorId")


@operation("apigateway", "PutMethod")
async def put_method(ctx: Context, request: Request) -> Result:
    api_id, resource_id, name = request["restApiId"], request["resourceId"], request["httpMethod"]
    async with ctx.store.transaction() as tx:
        await load_item(tx, ctx.scope, "resource", resource_id, api_id)
        if await find_item(tx, ctx.scope, "method", f"{resource_id}/{name}", api_id) is not None:
            raise ConflictException("Method already exists for this resource")
        return shown_method(await add_method(ctx, tx, api_id, resource_id, name, request))


async def add_method(
    ctx: Context, tx: Transaction, api_id: str, resource_id: str, name: str, asked: Mapping[str, Any]
) -> Body:
    """Write a method; an import writes over what was there."""
    if name not in HTTP_METHODS:
        raise BadRequestException(
            f"Invalid HttpMethod specified. Valid options are {', '.join(HTTP_METHODS)}"
        )
    kind = (asked.get("authorizationType") or "NONE").upper()
    body: Body = {
        "httpMethod": name,
        "authorizationType": kind,
        "apiKeyRequired": bool(asked.get("apiKeyRequired")),
        **said(asked, *_SAID, "authorizationScopes"),
    }
    if asked.get("authorizerId"):
        body["authorizerId"] = asked["authorizerId"]
    await check_method(ctx, tx, api_id, body)
    await put_new(ctx, tx, "method", f"{resource_id}/{name}", body, owner=api_id)
    return body


@operation("apigateway", "GetMethod")
async def get_method(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return shown_method((await load_method(ctx, tx, request)).body)


@operation("apigateway", "UpdateMethod")
async def update_method(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request)
        body = METHOD.apply(method.body, request.get("patchOperations"))
        body["authorizationType"] = body.get("authorizationType", "NONE").upper()
        await check_method(ctx, tx, request["restApiId"], body)
        await put_item(ctx, tx, replace(method, body=body))
    return shown_method(body)


@operation("apigateway", "DeleteMethod")
async def delete_method(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await delete_item(ctx, tx, await load_method(ctx, tx, request))
    return None


# Shared with responses and integrations


async def load_method(ctx: Context, tx: Transaction, request: Request, *, without: str = "method") -> Item:
    """The method a request names; what AWS misses where there is none is the method, or its integration."""
    api_id, resource_id = request["restApiId"], request["resourceId"]
    method = await find_item(tx, ctx.scope, "method", f"{resource_id}/{request['httpMethod']}", api_id)
    if method is not None:
        return method
    await load_item(tx, ctx.scope, "resource", resource_id, api_id)
    if without == "integration":
        raise NotFoundException(NO_INTEGRATION)
    raise missing(ctx.scope, "method", "")


def shown_method(body: Mapping[str, Any]) -> Body:
    """What AWS keeps of an authorizer but does not show while the method is open."""
    hidden = () if body["authorizationType"] in _BY_AUTHORIZER else ("authorizerId", "authorizationScopes")
    return {name: value for name, value in body.items() if name not in hidden}


async def check_method(ctx: Context, tx: Transaction, api_id: str, body: Mapping[str, Any]) -> None:
    kind = body["authorizationType"]
    if kind not in AUTHORIZATION_TYPES:
        raise BadRequestException(
            f"Invalid authorization type specified. Must be one of: [{', '.join(AUTHORIZATION_TYPES)}]"
        )
    if kind in _BY_AUTHORIZER:
        await _check_authorizer(ctx, tx, api_id, kind, body.get("authorizerId", ""))
    if (id := body.get("requestValidatorId")) and (
        await find_item(tx, ctx.scope, "request_validator", id, api_id) is None
    ):
        raise BadRequestException("Invalid Request Validator identifier specified")
    await check_models(ctx, tx, api_id, body.get("requestModels", {}))
    errors = [malformed(name) for name in body.get("requestParameters", {}) if not _PARAMETER.fullmatch(name)]
    if errors:
        raise invalid_mappings(errors)


async def _check_authorizer(ctx: Context, tx: Transaction, api_id: str, kind: str, id: str) -> None:
    authorizer = await find_item(tx, ctx.scope, "authorizer", id, api_id)
    is_pool = authorizer is not None and authorizer.body["type"] == "COGNITO_USER_POOLS"
    if authorizer is None or is_pool != (kind == "COGNITO_USER_POOLS"):
        raise BadRequestException(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or"
            " COGNITO_USER_POOLS requires a valid authorizer."
        )


async def check_models(ctx: Context, tx: Transaction, api_id: str, models: Mapping[str, str]) -> None:
    for name in models.values():
        if name and await find_item(tx, ctx.scope, "model", name, api_id) is None:
            raise BadRequestException(f"Invalid model identifier specified: {name}")
