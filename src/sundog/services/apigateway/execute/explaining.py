"""Why a REST API answered an error of the gateway's own: what `sundog why <x-amzn-RequestId>` tells."""

from __future__ import annotations

from urllib.parse import unquote

from sundog.context import Context
from sundog.front.explaining import Refused, explain_routes, remember
from sundog.protocol.http import HttpRequest
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import Refusal

GATEWAY = "the gateway"
NOWHERE = "no such API, stage or base path mapping"


def tell(ctx: Context, call: Call, refusal: Refusal) -> None:
    """Remember why ``call`` was refused, and what kept other methods from it."""
    method, verb, keys = call.method, call.http.method, call.program.routes.keys
    chosen = f"{method.http_method} {method.path}" if method.path else ""
    segments = [unquote(segment) for segment in call.address.path.removeprefix("/").split("/")]
    remember(
        ctx,
        call.request_id,
        call.method_arn,
        lambda: list(explain_routes(keys, verb, segments, chosen)),
        Refused(chosen or call.stage.name, _reason(refusal, chosen)),
    )


def tell_nowhere(ctx: Context, http: HttpRequest, request_id: str) -> None:
    """Remember that nothing answers where ``http`` went."""
    remember(ctx, request_id, f"{http.host}{http.path}", list, Refused(http.host, NOWHERE))


def tell_failed(ctx: Context, call: Call, error: Exception) -> None:
    """We are wrong: at least say so."""
    reason = f"a fault of sundog's own, {type(error).__name__}: see what the server printed"
    remember(ctx, call.request_id, call.method_arn, list, Refused(GATEWAY, reason))


def _reason(refusal: Refusal, chosen: str) -> str:
    """As the execution log words it, else the client's own message."""
    return refusal.log or (refusal.message or refusal.kind.name if chosen else "no method matches")
