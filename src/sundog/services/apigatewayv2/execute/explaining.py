"""Why a request got an error of the gateway's own: what `sundog why <apigw-requestid>` tells.

Only such requests leave a trace; what an integration answered is no question to us.
"""

from __future__ import annotations

from collections.abc import Callable

from sundog.bus import Considered
from sundog.context import Context
from sundog.front.explaining import Refused, explain_routes, remember
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.execute.call import Call


def tell(ctx: Context, call: Call, segments: list[str], chosen: str, refused: Refused) -> None:
    """Remember why ``call`` ended as it did; ``chosen`` is its route's key, empty where none fits."""
    keys = [str(route["RouteKey"]) for route in call.snapshot.routes]
    method = call.http.method
    explain = _explainer(keys, method, segments, chosen)
    remember(ctx, call.request_id, call.route_arn, explain, refused)


def tell_nowhere(ctx: Context, http: HttpRequest, request_id: str) -> None:
    """Remember that nothing answers where ``http`` went."""
    text = "no such API, stage or mapping; or nothing is deployed there, or the endpoint is disabled"
    remember(ctx, request_id, f"{http.host}{http.path}", list, Refused(http.host, text))


def _explainer(
    keys: list[str], method: str, segments: list[str], chosen: str
) -> Callable[[], list[Considered]]:
    return lambda: list(explain_routes(keys, method, segments, chosen))
