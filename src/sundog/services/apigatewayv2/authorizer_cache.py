"""ResetAuthorizersCache: what authorizers of a stage said is forgotten."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.execute.authorizing import Verdicts
from sundog.services.apigatewayv2.items import load_api, load_item
from sundog.services.apigatewayv2.nouns import STAGE


@operation("apigatewayv2", "ResetAuthorizersCache")
async def reset_authorizers_cache(ctx: Context, request: Request) -> Result | None:
    """On this node; on others the cache ends with its TTL."""
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        stage = await load_item(ctx, tx, STAGE, api.id, request["StageName"])
    ctx.part(Verdicts).reset(api.id, stage.id)
    return None
