"""Who uses what: methods something of their API, usage plans a stage."""

from __future__ import annotations

from dataclasses import replace

from sundog.context import Context
from sundog.services.apigateway.loading import list_items, put_item
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


async def leave_plans(ctx: Context, tx: Transaction, api_id: str, stage: str = "") -> None:
    """What is deleted leaves its usage plans: a stage, or all stages of an API."""
    for plan in await list_items(tx, ctx.scope, "usage_plan"):
        stages = plan.body["apiStages"]
        left = [one for one in stages if one["apiId"] != api_id or stage not in ("", one["stage"])]
        if len(left) < len(stages):
            await put_item(ctx, tx, replace(plan, body={**plan.body, "apiStages": left}))
