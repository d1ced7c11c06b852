"""Rows to values and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.apigateway.model import Item, Kind
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
PREFIX_END = "\U0010ffff"


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def kind_key(scope: Scope, kind: Kind, owner: str) -> dict[str, str]:
    return {**scope_key(scope), "kind": kind, "owner": owner}


def to_item(row: Row) -> Item:
    return Item(
        Scope(row["account"], row["region"]),
        row["kind"],
        row["id"],
        orjson.loads(row["body"]),
        row["owner"],
        row["handle"],
        row["number"],
    )


def item_values(item: Item) -> dict[str, Any]:
    return {
        **kind_key(item.scope, item.kind, item.owner),
        "id": item.id,
        "handle": item.handle,
        "body": orjson.dumps(item.body).decode(),
    }
