"""The children of an API copied into another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sundog.context import Context
from sundog.services.apigateway.loading import delete_owned, list_items, put_item
from sundog.services.apigateway.model import Item, Kind
from sundog.store import Transaction

CLONED: Final[tuple[Kind, ...]] = (
    "resource",
    "method",
    "model",
    "request_validator",
    "authorizer",
    "gateway_response",
    "documentation_part",
)
"""Deployments and stages stay behind."""


async def clone_children(ctx: Context, tx: Transaction, source: Item, api: Item) -> None:
    """Ids stay as they are (they are unique within an API), except of the root: the API has one already."""
    await delete_owned(tx, api.scope, api.id)
    roots = (source.body["rootResourceId"], api.body["rootResourceId"])
    for kind in CLONED:
        for item in await list_items(tx, ctx.scope, kind, source.id):
            await put_item(ctx, tx, _moved(item, api, *roots))


def _moved(item: Item, api: Item, old_root: str, new_root: str) -> Item:
    body: dict[str, Any] = dict(item.body)
    if item.kind == "resource":
        body["id"] = new_root if body["id"] == old_root else body["id"]
        if body.get("parentId") == old_root:
            body["parentId"] = new_root
    if item.kind == "model":
        body["schema"] = body["schema"].replace(f"/restapis/{item.owner}/", f"/restapis/{api.id}/")
    first, slash, rest = item.id.partition("/")
    id = (new_root if first == old_root else first) + slash + rest
    return replace(item, owner=api.id, id=id, body=body)
