"""Small things kept by kind and name for one account and region."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import orjson

from sundog.scope import Scope
from sundog.services.sns.rows import scope_key, write_json
from sundog.store import Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("outbox.sql"))
EVERYTHING = 1_000_000

Kind = Literal["sms", "sandbox", "opted_out", "application", "endpoint", "token"]
"""``token``: which endpoint of an application has it."""


async def put_document(tx: Transaction, scope: Scope, kind: Kind, name: str, body: Any) -> None:
    await tx.run(SQL["put_document"], **scope_key(scope), kind=kind, name=name, body=write_json(body))


async def find_document(tx: Transaction, scope: Scope, kind: Kind, name: str) -> dict[str, Any] | None:
    row = await tx.one(SQL["document"], **scope_key(scope), kind=kind, name=name)
    return orjson.loads(row["body"]) if row is not None else None


async def list_documents(
    tx: Transaction, scope: Scope, kind: Kind, after: str = "", count: int = EVERYTHING
) -> list[tuple[str, dict[str, Any]]]:
    rows = await tx.all(SQL["documents"], **scope_key(scope), kind=kind, after=after, count=count)
    return [(row["name"], orjson.loads(row["body"])) for row in rows]


async def delete_document(tx: Transaction, scope: Scope, kind: Kind, name: str) -> bool:
    return await tx.run(SQL["delete_document"], **scope_key(scope), kind=kind, name=name) > 0
