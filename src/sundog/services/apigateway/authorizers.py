"""Authorizers: functions or user pools that say who may call a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    LimitExceededException,
)
from sundog.services.apigateway.integration_rules import check_function
from sundog.services.apigateway.loading import (
    delete_item,
    list_items,
    load_api,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import AUTHORIZER
from sundog.services.apigateway.uses import first_method
from sundog.store import Transaction

POOL: Final = "COGNITO_USER_POOLS"
_TYPES: Final = ("TOKEN", "REQUEST", POOL)
_TTL_DEFAULT: Final = 300
_SAID: Final = (
    "providerARNs",
    "authorizerUri",
    "authorizerCredentials",
    "identitySource",
    "identityValidationExpression",
)
_HEADER: Final = "method.request.header."
_SOURCES: Final = (_HEADER, "method.request.querystring.", "stageVariables.", "context.")


@operation("apigateway", "CreateAuthorizer")
async def create_authorizer(ctx: Context, request: Request) -> Result:
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, api_id)
        return await add_authorizer(ctx, tx, api_id, request)


async def add_authorizer(ctx: Context, tx: Transaction, api_id: str, asked: Mapping[str, Any]) -> Body:
    if asked["type"] == "JWT":
        raise UnsupportedOperation(
            what="JWT authorizers of REST APIs", remedy="Use a REQUEST authorizer, or an HTTP API."
        )
    body: Body = {
        "id": new_id(ctx.ids),
        "name": asked["name"],
        "type": asked["type"],
        "authType": asked.get("authType") or ("cognito_user_pools" if asked["type"] == POOL else "custom"),
        **said(asked, *_SAID),
    }
    ttl = asked.get("authorizerResultTtlInSeconds")
    if ttl is not None or body["type"] != POOL:
        body["authorizerResultTtlInSeconds"] = _TTL_DEFAULT if ttl is None else ttl
    check_authorizer(body)
    others = await list_items(tx, ctx.scope, "authorizer", api_id)
    if len(others) >= limits.AUTHORIZERS_MAX:
        raise LimitExceededException("Maximum number of authorizers for this API has been reached")
    _check_unique(body, [item.body for item in others])
    await put_new(ctx, tx, "authorizer", body["id"], body, owner=api_id)
    return body


@operation("apigateway", "GetAuthorizer")
async def get_authorizer(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["authorizerId"]
    async with ctx.store.transaction() as tx:
        return dict((await load_item(tx, ctx.scope, "authorizer", id, api_id)).body)


@operation("apigateway", "GetAuthorizers")
async def get_authorizers(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        found = await list_page(tx, ctx.scope, "authorizer", page, api.id)
    return answer_page(page, found)


@operation("apigateway", "UpdateAuthorizer")
async def update_authorizer(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["authorizerId"]
    async with ctx.store.transaction() as tx:
        authorizer = await load_item(tx, ctx.scope, "authorizer", id, api_id)
        body = AUTHORIZER.apply(authorizer.body, request.get("patchOperations"))
        check_authorizer(body)
        others = await list_items(tx, ctx.scope, "authorizer", api_id)
        _check_unique(body, [item.body for item in others if item.id != id])
        await put_item(ctx, tx, replace(authorizer, body=body))
    return body


@operation("apigateway", "DeleteAuthorizer")
async def delete_authorizer(ctx: Context, request: Request) -> Result | None:
    api_id, id = request["restApiId"], request["authorizerId"]
    async with ctx.store.transaction() as tx:
        authorizer = await load_item(tx, ctx.scope, "authorizer", id, api_id)
        if use := await first_method(ctx, tx, api_id, "authorizerId", id):
            name = authorizer.body["name"]
            raise ConflictException(f"Cannot delete authorizer '{name}', is referenced in method: {use}")
        await delete_item(ctx, tx, authorizer)
    return None


def check_authorizer(body: Mapping[str, Any]) -> None:
    if not body.get("name", "").strip():
        raise BadRequestException("Authorizer name cannot be blank")
    if body.get("type") not in _TYPES:
        raise BadRequestException(f"Invalid authorizer type specified. Must be one of: [{', '.join(_TYPES)}]")
    ttl = body.get("authorizerResultTtlInSeconds", _TTL_DEFAULT)
    if not 0 <= ttl <= limits.AUTHORIZER_TTL_MAX:
        raise BadRequestException(
            f"Authorizer result TTL must be between 0 and {limits.AUTHORIZER_TTL_MAX} seconds"
        )
    _check_provider(body)
    _check_identity(body, ttl)
    if (role := body.get("authorizerCredentials")) and parse_arn(role) is None:
        raise BadRequestException("Invalid ARN specified in the request")


def _check_provider(body: Mapping[str, Any]) -> None:
    """A pool that can be asked, or a function that can be called."""
    if body["type"] == POOL:
        providers = body.get("providerARNs") or []
        if not providers:
            raise BadRequestException("ProviderARNs must be specified for COGNITO_USER_POOLS authorizers")
        for text in providers:
            arn = parse_arn(text)
            if arn is None or arn.service != "cognito-idp" or not arn.resource.startswith("userpool/"):
                raise BadRequestException(f"Invalid Cognito User Pool ARN specified: {text}")
        return
    uri = body.get("authorizerUri", "")
    arn = parse_arn(uri)
    if arn is None or arn.service != "apigateway" or not uri.endswith("/invocations"):
        raise BadRequestException(
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents"
            " a Lambda function invocation."
        )
    check_function(uri)


def _check_identity(body: Mapping[str, Any], ttl: int) -> None:
    """One header where a token is asked for; any parts of the request elsewhere, which a cache needs."""
    text = body.get("identitySource", "")
    sources = [part.strip() for part in text.split(",") if part.strip()]
    if body["type"] == "REQUEST":
        if ttl and not sources:
            raise BadRequestException("Identity source is required when authorization caching is enabled")
        known = all(source.startswith(_SOURCES) for source in sources)
    else:
        known = len(sources) == 1 and sources[0].startswith(_HEADER)
    if not known:
        raise BadRequestException(f"Invalid mapping expression specified: {text}")


def _check_unique(body: Mapping[str, Any], others: list[Mapping[str, Any]]) -> None:
    if any(other["name"] == body["name"] for other in others):
        raise ConflictException(
            f"Authorizer name must be unique. Authorizer {body['name']} already exists in this RestApi."
        )
