"""Models of APIs: JSON schemas that WebSocket APIs check messages by, and that exports show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.deploying import api_changed
from sundog.services.apigatewayv2.errors import BadRequestException, ConflictException
from sundog.services.apigatewayv2.items import (
    all_items,
    delete_item,
    insert_item,
    load_api,
    load_item,
    new_id,
    save_item,
)
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import MODEL, ROUTE
from sundog.services.apigatewayv2.pages import page, write_page

_MEMBERS: Final = {"ContentType": "set", "Description": "set", "Name": "keep", "Schema": "keep"}
_DEPTH_MAX: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9]+")


@operation("apigatewayv2", "CreateModel")
async def create_model(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        body = {"ContentType": "application/json", **merge({}, request, _MEMBERS)}
        check_model(body)
        item = Item(MODEL, api.id, api.id, new_id(ctx.ids), body)
        await insert_item(ctx, tx, item, _conflict(item))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "GetModel")
async def get_model(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        return (await load_item(ctx, tx, MODEL, api.id, request["ModelId"])).shown


@operation("apigatewayv2", "GetModelTemplate")
async def get_model_template(ctx: Context, request: Request) -> Result:
    """A mapping template that copies what the model describes, member by member."""
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        model = await load_item(ctx, tx, MODEL, api.id, request["ModelId"])
    schema = orjson.loads(model.body["Schema"] or "{}")
    return {"Value": "#set($inputRoot = $input.path('$'))\n" + _template(schema, "$inputRoot", "")}


@operation("apigatewayv2", "GetModels")
async def get_models(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        items = await page(ctx, tx, MODEL, api.id, request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateModel")
async def update_model(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, MODEL, api.id, request["ModelId"])
        item = replace(item, body=merge(item.body, request, _MEMBERS))
        check_model(item.body)
        await save_item(ctx, tx, item, _conflict(item))
        await api_changed(ctx, tx, api.id)
    return item.shown


@operation("apigatewayv2", "DeleteModel")
async def delete_model(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        item = await load_item(ctx, tx, MODEL, api.id, request["ModelId"])
        for route in await all_items(ctx, tx, ROUTE, api.id):
            if item.name in (route.body.get("RequestModels") or {}).values():
                raise ConflictException(
                    f"Cannot delete model '{item.name}', is referenced in route: {route.name}"
                )
        await delete_item(ctx, tx, item)
        await api_changed(ctx, tx, api.id)
    return None


def check_model(body: Mapping[str, Any]) -> None:
    if not _NAME.fullmatch(body["Name"]):
        raise BadRequestException("Model name must be alphanumeric: " + body["Name"])
    if len(body["Schema"]) > limits.MODEL_CHARACTERS_MAX:
        raise BadRequestException(f"A schema can have at most {limits.MODEL_CHARACTERS_MAX} characters")
    try:
        schema = orjson.loads(body["Schema"] or "{}")
    except orjson.JSONDecodeError:
        schema = None
    if not isinstance(schema, dict):
        raise BadRequestException(
            "Invalid model specified: Validation Result: warnings : [], errors :"
            " [Invalid model schema specified]"
        )


def _conflict(item: Item) -> str:
    return f"Model name already exists for this REST API: {item.name}"


def _template(schema: Any, path: str, indent: str) -> str:
    """The lines of one value; a list shows how each of its members is written. Too deep is a plain value."""
    kind = schema.get("type") if isinstance(schema, dict) and len(indent) < 2 * _DEPTH_MAX else None
    if kind == "object":
        inner = f"{indent}  "
        properties = schema.get("properties") or {}
        lines = [
            f'{inner}"{name}" : {_template(one, f"{path}.{name}", inner)}' for name, one in properties.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if kind == "array":
        item = _template(schema.get("items") or {}, "$elem", f"{indent}  ")
        return f"[\n#foreach($elem in {path})\n{indent}  {item}#if($foreach.hasNext),#end\n#end\n{indent}]"
    return f'"{path}"' if kind == "string" else path
