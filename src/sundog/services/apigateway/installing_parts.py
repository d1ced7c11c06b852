"""Documentation parts of a document written over those that an API has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import orjson

from sundog.context import Context
from sundog.lang.openapi.api import Values
from sundog.lang.openapi.documentation import LOCATION_TYPES
from sundog.services.apigateway import limits
from sundog.services.apigateway.documentation import add_part
from sundog.services.apigateway.errors import BadRequestException, LimitExceededException
from sundog.services.apigateway.loading import list_items, put_item
from sundog.services.apigateway.model import Item
from sundog.store import Transaction


async def install_parts(ctx: Context, tx: Transaction, api_id: str, parts: Iterable[Values]) -> list[str]:
    """The ids of the parts. One that is there keeps what the document says nothing about."""
    known = {_key(item.body): item for item in await list_items(tx, ctx.scope, "documentation_part", api_id)}
    ids = []
    for part in parts:
        _check_type(part["location"].get("type", ""))
        old = known.get(_key(part))
        if old is None:
            body = await add_part(ctx, tx, api_id, part)
            known[_key(part)] = Item(ctx.scope, "documentation_part", body["id"], body, api_id)
            ids.append(body["id"])
        else:
            await put_item(ctx, tx, _merged(old, part))
            ids.append(old.id)
    if len(known) > limits.DOCUMENTATION_PARTS_MAX:
        raise LimitExceededException("Maximum number of documentation parts for this API has been reached")
    return ids


def _check_type(kind: str) -> None:
    if kind not in LOCATION_TYPES:
        raise BadRequestException(f"Invalid documentation part location type specified: {kind}")


def _key(part: Values) -> str:
    return orjson.dumps(part["location"], option=orjson.OPT_SORT_KEYS).decode()


def _merged(old: Item, part: Values) -> Item:
    properties = {**orjson.loads(old.body["properties"]), **orjson.loads(part["properties"])}
    return replace(old, body={**old.body, "properties": orjson.dumps(properties).decode()})
