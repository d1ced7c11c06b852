"""Finding and changing items: what is the same for every noun."""

from __future__ import annotations

from sundog.clock import Clock
from sundog.context import Context
from sundog.ids import Ids
from sundog.services.apigatewayv2.errors import (
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


def now_s_ms(clock: Clock) -> int:
    """Now in whole seconds, as times of resources are shown."""
    return clock.now_ms() // 1_000 * 1_000


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
    if item.noun.quota and ctx.config.limits != "relaxed":
        counted = await tx.one(SQL["count_items"], **siblings)
        if counted is not None and counted["count"] >= item.noun.quota:
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
    below = f"{item.parent}/{item.id}"
    await tx.run(SQL["delete_children"], **scope_key(ctx.scope), root=item.root, parent=below)
