"""Items as answers show them, where that is more than what is kept."""

from __future__ import annotations

from sundog.context import Context, Result
from sundog.front.hosts import stage_url
from sundog.services.apigatewayv2.model import Item


def describe_api(ctx: Context, item: Item) -> Result:
    """An API with the address it answers at on this server."""
    scheme = "ws" if item.body["ProtocolType"] == "WEBSOCKET" else "http"
    endpoint = stage_url(f"{scheme}://{ctx.host}", item.id, ctx.scope.region, "$default")
    return {"ApiEndpoint": endpoint, **item.shown}
