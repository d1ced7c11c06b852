"""Which method uses something of its API."""

from __future__ import annotations

from sundog.context import Context
from sundog.services.apigateway.loading import list_items
from sundog.store import Transaction


async def first_method(ctx: Context, tx: Transaction, api_id: str, member: str, value: str) -> str:
    """``/path/GET`` of a method whose ``member`` has this value, empty where there is none."""
    for method in await list_items(tx, ctx.scope, "method", api_id):
        if method.body.get(member) == value:
            resource_id, _, http_method = method.id.partition("/")
            paths = {
                item.id: item.body["path"] for item in await list_items(tx, ctx.scope, "resource", api_id)
            }
            return f"{paths[resource_id]}/{http_method}"
    return ""
