"""Models: the schemas of bodies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException, ConflictException
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
from sundog.services.apigateway.model_schemas import flatten, is_canonical, references, write_template
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import MODEL
from sundog.store import Transaction

_NAME: Final = re.compile(r"[A-Za-z0-9]+")


@operation("apigateway", "CreateModel")
async def create_model(ctx: Context, request: Request) -> Result:
    name, api_id = request["name"], request["restApiId"]
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, api_id)
        if name and await find_item(tx, ctx.scope, "model", name, api_id) is not None:
            raise ConflictException("Model name already exists for this REST API")
        return await add_model(ctx, tx, api_id, request)


async def add_model(
    ctx: Context,
    tx: Transaction,
    api_id: str,
    asked: Mapping[str, Any],
    coming: Collection[str] = (),
) -> Body:
    """Write a model; an import writes over what was there. ``coming``: models that it writes next."""
    body = {
        "id": new_id(ctx.ids),
        "name": asked["name"],
        **said(asked, "description", "schema"),
        "contentType": asked["contentType"],
    }
    _check_name(body["name"])
    await _check_schema(ctx, tx, api_id, body, coming)
    await put_new(ctx, tx, "model", body["name"], body, owner=api_id)
    return body


@operation("apigateway", "GetModel")
async def get_model(ctx: Context, request: Request) -> Result:
    """``flatten``: with the models it refers to inside it."""
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        model = await load_item(tx, ctx.scope, "model", request["modelName"], api_id)
        known = await list_items(tx, ctx.scope, "model", api_id) if request.get("flatten") else []
    if not request.get("flatten"):
        return dict(model.body)
    schemas = {item.id: item.body.get("schema", "") for item in known}
    return {**model.body, "schema": flatten(model.body["schema"], schemas)}


@operation("apigateway", "GetModels")
async def get_models(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        found = await list_page(tx, ctx.scope, "model", page, api.id)
    return answer_page(page, found)


@operation("apigateway", "GetModelTemplate")
async def get_model_template(ctx: Context, request: Request) -> Result:
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        model = await load_item(tx, ctx.scope, "model", request["modelName"], api_id)
        schemas = {
            item.id: item.body.get("schema", "") for item in await list_items(tx, ctx.scope, "model", api_id)
        }
    return {"value": write_template(flatten(model.body["schema"], schemas))}


@operation("apigateway", "UpdateModel")
async def update_model(ctx: Context, request: Request) -> Result:
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        model = await load_item(tx, ctx.scope, "model", request["modelName"], api_id)
        body = MODEL.apply(model.body, request.get("patchOperations"))
        await _check_schema(ctx, tx, api_id, body)
        await put_item(ctx, tx, replace(model, body=body))
    return body


@operation("apigateway", "DeleteModel")
async def delete_model(ctx: Context, request: Request) -> Result | None:
    api_id, name = request["restApiId"], request["modelName"]
    async with ctx.store.transaction() as tx:
        model = await load_item(tx, ctx.scope, "model", name, api_id)
        use = await _use_of(ctx, tx, api_id, name)
        if use:
            raise ConflictException(f"Cannot delete model '{name}', is referenced in {use}")
        await delete_item(ctx, tx, model)
    return None


def _check_name(name: str) -> None:
    if not name:
        raise BadRequestException("Model name must be non-empty")
    if not _NAME.fullmatch(name):
        raise BadRequestException(f"Model name must be alphanumeric: {name}")


async def _check_schema(
    ctx: Context, tx: Transaction, api_id: str, body: Mapping[str, Any], coming: Collection[str] = ()
) -> None:
    """Schemas are JSON whatever the content type; what they refer to must be there."""
    schema = body.get("schema")
    if not schema:
        raise BadRequestException("Model schema must have at least 1 property or array items defined")
    try:
        parsed = orjson.loads(schema)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise invalid_model("Invalid model schema specified")
    if not is_canonical(parsed):
        raise invalid_model("Invalid model schema specified, Model reference must be in canonical form")
    for name in references(parsed):
        if name == body["name"] or name in coming:
            continue
        if await find_item(tx, ctx.scope, "model", name, api_id) is None:
            raise invalid_model(f"Invalid model reference specified: {name}")


def invalid_model(error: str) -> BadRequestException:
    return BadRequestException(
        f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]"
    )


async def _use_of(ctx: Context, tx: Transaction, api_id: str, name: str) -> str:
    """Where a model is used, in AWS's words; empty where it is not."""
    paths = {item.id: item.body["path"] for item in await list_items(tx, ctx.scope, "resource", api_id)}
    for method in reversed(await list_items(tx, ctx.scope, "method", api_id)):
        resource_id, _, http_method = method.id.partition("/")
        if name in method.body.get("requestModels", {}).values():
            return f"method request: {paths[resource_id]}/{http_method}"
        if name in _response_models(method):
            return f"method response: {paths[resource_id]}/{http_method}"
    for model in await list_items(tx, ctx.scope, "model", api_id):
        if model.id != name and name in references(orjson.loads(model.body["schema"])):
            return f"model: {model.id}"
    return ""


def _response_models(method: Item) -> Iterable[str]:
    responses = method.body.get("methodResponses", {}).values()
    return (name for response in responses for name in response.get("responseModels", {}).values())
