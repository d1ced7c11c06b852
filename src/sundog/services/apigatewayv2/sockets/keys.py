"""API keys of ``$connect``: those of REST APIs, where a usage plan brings them to the stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
Rates and quotas of usage plans are not applied to connections.
"""

from __future__ import annotations

from typing import Any, Final

from sundog.context import Context, Principal
from sundog.services.apigatewayv2.sockets.answers import forbidden
from sundog.services.apigatewayv2.sockets.expressions import Read, Sources
from sundog.services.apigatewayv2.sockets.occasion import Occasion

CONNECT: Final = "$connect"
_PAGE: Final = 500


async def check_key(ctx: Context, occasion: Occasion, select: Read) -> None:
    """Raises `Failed` for a client without a key for this stage."""
    value = select(Sources(occasion, CONNECT))
    if not value:
        raise forbidden("There is no API key")
    owner = ctx.acting(principal=Principal.service("apigateway.amazonaws.com", ctx.scope.account))
    for key in await _pages(owner, "GetApiKeys", {"includeValues": True}):
        if key.get("value") == value and key.get("enabled") and await _opens(owner, key["id"], occasion):
            return
    raise forbidden("The API key is none of the stage")


async def _opens(ctx: Context, key_id: str, occasion: Occasion) -> bool:
    """Some usage plan of the key has the stage."""
    wanted = occasion.peer.api_id, occasion.peer.stage
    return any(
        (stage.get("apiId"), stage.get("stage")) == wanted
        for plan in await _pages(ctx, "GetUsagePlans", {"keyId": key_id})
        for stage in plan.get("apiStages") or ()
    )


async def _pages(ctx: Context, operation: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    position: dict[str, Any] = {}
    while True:
        answer = await ctx.dispatch("apigateway", operation, {**request, "limit": _PAGE, **position})
        found += answer.get("items") or ()
        if not answer.get("position"):
            return found
        position = {"position": answer["position"]}
