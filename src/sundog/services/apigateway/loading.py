"""Reads and writes of items that every noun shares, and the words for what is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.context import Context
from sundog.scope import Scope
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.errors import NotFoundException
from sundog.services.apigateway.model import Body, Item, Kind
from sundog.services.apigateway.rows import PREFIX_END, SQL, item_values, kind_key, scope_key, to_item
from sundog.store import Transaction

EVERYTHING = 1_000_000

MISSING: Final[Mapping[str, str]] = {
    "api_key": "Invalid API Key identifier specified",
    "authorizer": "Invalid Authorizer identifier specified",
    "base_path_mapping": "Invalid base path mapping identifier specified",
    "client_certificate": "Invalid Client Certificate identifier specified",
    "deployment": "Invalid Deployment identifier specified",
    "documentation_part": "Invalid Documentation part identifier specified",
    "documentation_version": "Invalid Documentation version specified",
    "domain_name": "Invalid domain name identifier specified",
    "gateway_response": "Gateway response type not defined on api",
    "method": "Invalid Method identifier specified",
    "model": "Invalid model name specified: {id}",
    "request_validator": "Invalid Request Validator identifier specified",
    "resource": "Invalid Resource identifier specified",
    "rest_api": "Invalid API identifier specified {account}:{id}",
    "stage": "Invalid stage identifier specified",
    "usage_plan": "Invalid Usage Plan ID specified",
    "usage_plan_key": "Invalid Key identifier specified",
    "vpc_link": "Invalid Vpc Link identifier specified",
}
"""What AWS says of an item that is not there. It looks for the item alone: with a wrong API id, too, it is
the resource or the model that is missing. Only lists and creations look for the API."""


def missing(scope: Scope, kind: Kind, id: str) -> NotFoundException:
    return NotFoundException(MISSING[kind].format(id=id, account=scope.account))


async def find_item(tx: Transaction, scope: Scope, kind: Kind, id: str, owner: str = "") -> Item | None:
    row = await tx.one(SQL["item"], **kind_key(scope, kind, owner), id=id)
    return to_item(row) if row is not None else None


async def load_item(tx: Transaction, scope: Scope, kind: Kind, id: str, owner: str = "") -> Item:
    item = await find_item(tx, scope, kind, id, owner)
    if item is None:
        raise missing(scope, kind, id)
    return item


async def load_api(tx: Transaction, scope: Scope, api_id: str) -> Item:
    return await load_item(tx, scope, "rest_api", api_id)


async def find_by_handle(tx: Transaction, kind: Kind, handle: str) -> list[Item]:
    """Items of any account and region: the API of this id, the domain of this name, keys of this value."""
    return [to_item(row) for row in await tx.all(SQL["items_by_handle"], kind=kind, handle=handle)]


async def list_items(
    tx: Transaction, scope: Scope, kind: Kind, owner: str = "", after: int = 0, count: int = EVERYTHING
) -> list[Item]:
    """In the order of their creation."""
    rows = await tx.all(SQL["items"], **kind_key(scope, kind, owner), after=after, count=count)
    return [to_item(row) for row in rows]


async def list_below(tx: Transaction, scope: Scope, kind: Kind, owner: str, prefix: str) -> list[Item]:
    """Those whose id begins with ``prefix``."""
    key = kind_key(scope, kind, owner)
    rows = await tx.all(SQL["items_below"], **key, prefix=prefix, prefix_end=prefix + PREFIX_END)
    return [to_item(row) for row in rows]


async def list_everywhere(tx: Transaction, scope: Scope, kind: Kind) -> list[Item]:
    """Those of every owner."""
    return [to_item(row) for row in await tx.all(SQL["everywhere"], **scope_key(scope), kind=kind)]


async def count_items(tx: Transaction, scope: Scope, kind: Kind, owner: str = "") -> int:
    row = await tx.one(SQL["count_items"], **kind_key(scope, kind, owner))
    assert row is not None
    return int(row["count"])


async def put_item(ctx: Context, tx: Transaction, item: Item) -> None:
    await tx.run(SQL["put_item"], **item_values(item))
    ctx.part(Changes).announce(tx, item)


async def put_new(
    ctx: Context,
    tx: Transaction,
    kind: Kind,
    id: str,
    body: Mapping[str, Any],
    owner: str = "",
    handle: str = "",
) -> Item:
    item = Item(ctx.scope, kind, id, body, owner, handle)
    await put_item(ctx, tx, item)
    return item


async def delete_item(ctx: Context, tx: Transaction, item: Item) -> None:
    key = kind_key(item.scope, item.kind, item.owner)
    await tx.run(SQL["delete_item"], **key, id=item.id)
    ctx.part(Changes).announce(tx, item)


async def delete_owned(tx: Transaction, scope: Scope, owner: str) -> None:
    """Everything that belongs to ``owner``; whoever calls this deletes the owner too, which is announced."""
    await tx.run(SQL["delete_owned"], **scope_key(scope), owner=owner)


def said(body: Mapping[str, Any], *names: str) -> Body:
    """Those of the members that say something: AWS forgets empty texts, lists and maps."""
    return {name: body[name] for name in names if body.get(name) not in (None, "", [], {})}
