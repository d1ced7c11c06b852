"""Finding and changing items: what is the same for every noun."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from sundog.context import Context, Request, Result
from sundog.ids import Ids
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import (
    BadRequestException,
    ConflictException,
    NotFoundException,
    TooManyRequestsException,
)
from sundog.services.apigatewayv2.model import Item, Noun
from sundog.services.apigatewayv2.nouns import API
from sundog.services.apigatewayv2.rows import SQL, item_key, item_values, scope_key, to_item
from sundog.store import Transaction

ID_LENGTH, API_ID_LENGTH = 7, 10


def new_id(ids: Ids) -> str:
    return ids.upper(ID_LENGTH).lower()


def new_api_id(ids: Ids) -> str:
    """It ends in a digit, so that it cannot be the id of a REST API."""
    return f"{ids.upper(API_ID_LENGTH - 1).lower()}{int(ids.random() * 10)}"


async def find_item(ctx: Context, tx: Transaction, noun: Noun, parent: str, id: str) -> Item | None:
    row = await tx.one(SQL["item"], **scope_key(ctx.scope), kind=noun.kind, parent=parent, id=id)
    return None if row is None else to_item(row)


async def load_item(ctx: Context, tx: Transaction, noun: Noun, parent: str, id: str) -> Item:
    item = await find_item(ctx, tx, noun, parent, id)
    if item is None:
        raise NotFoundException(f"Invalid {noun.title} identifier specified")
    return item


async def load_api(ctx: Context, tx: Transaction, api_id: str) -> Item:
    item = await find_item(ctx, tx, API, "", api_id)
    if item is None:
        raise NotFoundException(f"Invalid API identifier specified {ctx.scope.account}:{api_id}")
    return item


async def all_items(ctx: Context, tx: Transaction, noun: Noun, parent: str) -> list[Item]:
    """All of one parent; there are never more than some hundreds."""
    rows = await tx.all(
        SQL["items"], **scope_key(ctx.scope), kind=noun.kind, parent=parent, after="", count=100_000
    )
    return [to_item(row) for row in rows]


async def insert_item(ctx: Context, tx: Transaction, item: Item, conflict: str) -> Item:
    """Keep a new item; ``conflict`` is said where a sibling has its name already."""
    siblings = {**scope_key(ctx.scope), "kind": item.noun.kind, "parent": item.parent}
    if await tx.one(SQL["item_by_name"], **siblings, name=item.name) is not None:
        raise ConflictException(conflict)
    counted = await tx.one(SQL["count_items"], **siblings)
    if item.noun.quota and counted is not None and counted["count"] >= item.noun.quota:
        raise TooManyRequestsException(f"Maximum number of {item.noun.title}s has been reached.")
    await tx.run(SQL["insert_item"], **item_values(ctx.scope, item), root=item.root)
    return item


async def save_item(ctx: Context, tx: Transaction, item: Item, conflict: str = "") -> Item:
    """Keep a changed item; ``conflict`` is said where a sibling has its new name already."""
    siblings = {**scope_key(ctx.scope), "kind": item.noun.kind, "parent": item.parent}
    same = await tx.one(SQL["item_by_name"], **siblings, name=item.name)
    if same is not None and same["id"] != item.id:
        raise ConflictException(conflict)
    await tx.run(SQL["set_item"], **item_values(ctx.scope, item))
    return item


async def delete_item(ctx: Context, tx: Transaction, item: Item) -> None:
    """The item and what lies right below it."""
    await tx.run(SQL["delete_item"], **item_key(ctx.scope, item))
    await tx.run(SQL["delete_children"], **scope_key(ctx.scope), parent=f"{item.parent}/{item.id}")


def merge(body: Mapping[str, Any], request: Request, members: Mapping[str, str]) -> dict[str, Any]:
    """What an update makes of ``body``; ``members`` says how each member may change.

    ``set``: replaced; an empty text takes it away. ``map``: entries are added and replaced, an empty text
    (or an empty map in a map) takes one away. ``merge``: likewise, and the member stays when it is empty.
    ``keep``: replaced, and nothing takes it away.
    """
    changed = dict(body)
    for member, manner in members.items():
        if (value := request.get(member)) is None:
            continue
        if manner in ("map", "merge"):
            value = _merge_map(changed.get(member) or {}, value)
        if value in ("", {}) and manner in ("set", "map"):
            changed.pop(member, None)
        else:
            changed[member] = value
    return changed


def _merge_map(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, value in new.items():
        if isinstance(value, dict):
            value = _merge_map(merged.get(name) or {}, value) if value else value
        if value in ("", {}, None):
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


# Pages


async def page(ctx: Context, tx: Transaction, noun: Noun, parent: str, request: Request) -> list[Item]:
    """The items of one page and, where there is more, one further."""
    rows = await tx.all(
        SQL["items"],
        **scope_key(ctx.scope),
        kind=noun.kind,
        parent=parent,
        after=_parse_token(request),
        count=page_size(request) + 1,
    )
    return [to_item(row) for row in rows]


def write_page(request: Request, items: list[Item], shown: list[dict[str, Any]]) -> Result:
    """``shown`` of each of ``items``, without the one too many, with the token of the next page."""
    size = page_size(request)
    answer: Result = {"Items": shown[:size]}
    if len(items) > size:
        answer["NextToken"] = base64.b64encode(items[size - 1].id.encode()).decode()
    return answer


def page_size(request: Request) -> int:
    text = request.get("MaxResults")
    if text is None or text == "":
        return limits.PAGE_DEFAULT
    if not str(text).isdecimal() or int(text) < 1:
        raise BadRequestException("Invalid value for parameter maxResults")
    return min(int(text), limits.PAGE_MAX)


def _parse_token(request: Request) -> str:
    token = request.get("NextToken")
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadRequestException("Invalid value for parameter nextToken") from None
