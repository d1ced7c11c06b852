"""One row of IAM as a value. Everything IAM keeps is a named item, of a kind, maybe owned by another.

Names are unique without regard to case, as in AWS. ``owner`` is the owner's key (`key_of` its name).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sundog.context import Context, Request, Result
from sundog.services.iam.limits import PAGE_DEFAULT
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
KEYS_CHANNEL = "iam_access_key"


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    account: str
    kind: str
    owner: str
    name: str
    path: str
    unique_id: str
    created_ms: int
    body: Mapping[str, Any]


def key_of(name: str) -> str:
    return name.lower()


def _load(row: Row) -> Item:
    return Item(
        id=row["id"],
        account=row["account"],
        kind=row["kind"],
        owner=row["owner"],
        name=row["name"],
        path=row["path"],
        unique_id=row["unique_id"],
        created_ms=row["created_ms"],
        body=orjson.loads(row["body"]),
    )


async def find(tx: Transaction, ctx: Context, kind: str, name: str, owner: str = "") -> Item | None:
    row = await tx.one(
        SQL["item"], account=ctx.scope.account, kind=kind, owner=key_of(owner), name_key=key_of(name)
    )
    return _load(row) if row else None


async def find_access_key(tx: Transaction, key_id: str) -> Item | None:
    """Whoever's key it is, in any account."""
    row = await tx.one(SQL["access_key"], name_key=key_of(key_id))
    return _load(row) if row else None


async def owned(tx: Transaction, ctx: Context, kind: str, owner: str = "") -> list[Item]:
    """The items of ``kind`` that ``owner`` has, by name."""
    return [
        _load(r)
        for r in await tx.all(SQL["items"], account=ctx.scope.account, kind=kind, owner=key_of(owner))
    ]


async def all_of(tx: Transaction, ctx: Context, kind: str) -> list[Item]:
    return [_load(r) for r in await tx.all(SQL["items_of_kind"], account=ctx.scope.account, kind=kind)]


async def holders(tx: Transaction, ctx: Context, kind: str, name: str) -> list[Item]:
    """The items of ``kind`` with this name, whoever owns them: who has this policy attached?"""
    return [
        _load(r)
        for r in await tx.all(SQL["items_named"], account=ctx.scope.account, kind=kind, name_key=key_of(name))
    ]


async def insert(
    tx: Transaction,
    ctx: Context,
    kind: str,
    name: str,
    body: Mapping[str, Any] | None = None,
    *,
    owner: str = "",
    path: str = "/",
    unique_id: str = "",
) -> Item:
    now_ms = ctx.clock.now_ms()
    await tx.run(
        SQL["insert_item"],
        account=ctx.scope.account,
        kind=kind,
        owner=key_of(owner),
        name=name,
        name_key=key_of(name),
        path=path,
        unique_id=unique_id,
        created_ms=now_ms,
        body=orjson.dumps(body or {}).decode(),
    )
    return Item(0, ctx.scope.account, kind, key_of(owner), name, path, unique_id, now_ms, body or {})


async def put(
    tx: Transaction, ctx: Context, kind: str, name: str, body: Mapping[str, Any], *, owner: str = ""
) -> None:
    """Insert, or replace the body of the item there is."""
    item = await find(tx, ctx, kind, name, owner)
    if item is None:
        await insert(tx, ctx, kind, name, body, owner=owner)
    else:
        await update(tx, item, body)


async def update(
    tx: Transaction,
    item: Item,
    body: Mapping[str, Any],
    *,
    name: str | None = None,
    path: str | None = None,
) -> None:
    name = item.name if name is None else name
    await tx.run(
        SQL["update_item"],
        id=item.id,
        owner=item.owner,
        name=name,
        name_key=key_of(name),
        path=item.path if path is None else path,
        body=orjson.dumps(body).decode(),
    )


async def rename_owner(tx: Transaction, ctx: Context, kind: str, old: str, new: str) -> None:
    await tx.run(
        SQL["rename_owner"], account=ctx.scope.account, kind=kind, owner=key_of(old), new_owner=key_of(new)
    )


async def delete(tx: Transaction, item: Item) -> None:
    await tx.run(SQL["delete_item"], id=item.id)


def page(request: Request, member: str, entries: Sequence[Any]) -> Result:
    """One page as IAM cuts them: ``Marker`` is where the next begins."""
    start = int(request["Marker"]) if str(request.get("Marker", "")).isdigit() else 0
    end = start + int(request.get("MaxItems", PAGE_DEFAULT))
    result: Result = {member: list(entries[start:end]), "IsTruncated": end < len(entries)}
    return result | ({"Marker": str(end)} if end < len(entries) else {})
