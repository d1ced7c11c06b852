"""Small named things that are stored whole: policies, query definitions, destinations."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.context import Context
from sundog.services.logs.groups import SQL
from sundog.store import Transaction

POLICY = "resource-policy"
DEFINITION = "query-definition"
DESTINATION = "destination"
DELIVERY_DESTINATION = "delivery-destination"


async def find_document(tx: Transaction, ctx: Context, kind: str, name: str) -> dict[str, Any] | None:
    row = await tx.one(SQL["document"], **_key(ctx, kind), name=name)
    return None if row is None else orjson.loads(row["body"])


async def list_documents(tx: Transaction, ctx: Context, kind: str) -> list[dict[str, Any]]:
    """By name."""
    return [orjson.loads(row["body"]) for row in await tx.all(SQL["documents"], **_key(ctx, kind))]


async def put_document(tx: Transaction, ctx: Context, kind: str, name: str, body: dict[str, Any]) -> None:
    await tx.run(SQL["put_document"], **_key(ctx, kind), name=name, body=orjson.dumps(body).decode())


async def delete_document(tx: Transaction, ctx: Context, kind: str, name: str) -> bool:
    return await tx.run(SQL["delete_document"], **_key(ctx, kind), name=name) > 0


def _key(ctx: Context, kind: str) -> dict[str, str]:
    return {"account": ctx.scope.account, "region": ctx.scope.region, "kind": kind}
