"""Rows to items and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import NOUNS
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def to_item(row: Row) -> Item:
    return Item(NOUNS[row["kind"]], row["root"], row["parent"], row["id"], orjson.loads(row["body"]))


def item_key(scope: Scope, item: Item) -> dict[str, str]:
    return {**scope_key(scope), "kind": item.noun.kind, "parent": item.parent, "id": item.id}


def item_values(scope: Scope, item: Item) -> dict[str, Any]:
    return {**item_key(scope, item), "name": item.name, "body": orjson.dumps(item.body).decode()}
