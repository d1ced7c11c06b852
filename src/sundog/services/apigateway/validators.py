"""Request validators: whether a method checks the parameters and the body of its requests."""

from __future__ import annotations

from dataclasses import replace

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException, ConflictException
from sundog.services.apigateway.loading import (
    delete_item,
    find_item,
    load_api,
    load_item,
    put_item,
    put_new,
)
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import REQUEST_VALIDATOR
from sundog.services.apigateway.uses import first_method


@operation("apigateway", "CreateRequestValidator")
async def create_request_validator(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], new_id(ctx.ids)
    body: Body = {
        "id": id,
        "name": request.get("name") or "",
        "validateRequestBody": bool(request.get("validateRequestBody")),
        "validateRequestParameters": bool(request.get("validateRequestParameters")),
    }
    async with ctx.store.transaction() as tx:
        if await find_item(tx, ctx.scope, "rest_api", api_id) is None:
            raise BadRequestException("Invalid REST API identifier specified")
        _check_name(body["name"])
        await put_new(ctx, tx, "request_validator", id, body, owner=api_id)
    return body


@operation("apigateway", "GetRequestValidator")
async def get_request_validator(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["requestValidatorId"]
    async with ctx.store.transaction() as tx:
        return dict((await load_item(tx, ctx.scope, "request_validator", id, api_id)).body)


@operation("apigateway", "GetRequestValidators")
async def get_request_validators(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        found = await list_page(tx, ctx.scope, "request_validator", page, api.id)
    return answer_page(page, found)


@operation("apigateway", "UpdateRequestValidator")
async def update_request_validator(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["requestValidatorId"]
    async with ctx.store.transaction() as tx:
        validator = await load_item(tx, ctx.scope, "request_validator", id, api_id)
        patched = REQUEST_VALIDATOR.apply(validator.body, request.get("patchOperations"))
        body = {"validateRequestBody": False, "validateRequestParameters": False, **patched}
        _check_name(body.get("name", ""))
        await put_item(ctx, tx, replace(validator, body=body))
    return body


@operation("apigateway", "DeleteRequestValidator")
async def delete_request_validator(ctx: Context, request: Request) -> Result | None:
    api_id, id = request["restApiId"], request["requestValidatorId"]
    async with ctx.store.transaction() as tx:
        validator = await load_item(tx, ctx.scope, "request_validator", id, api_id)
        if use := await first_method(ctx, tx, api_id, "requestValidatorId", id):
            raise ConflictException(f"Cannot delete request validator '{id}', is referenced in method: {use}")
        await delete_item(ctx, tx, validator)
    return None


def _check_name(name: str) -> None:
    if not name.strip():
        raise BadRequestException("Request Validator name cannot be blank")
