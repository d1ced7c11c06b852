"""Why a request got an error of the gateway's own: what `sundog why <apigw-requestid>` tells.

Only such requests leave a trace; what an integration answered is no question to us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sundog.bus import Considered, Traces
from sundog.context import Context
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.execute.call import Call

KIND = "http"


@dataclass(frozen=True, slots=True)
class Refused:
    """Who ended the request, and why: a route, a throttle, an authorizer, an integration."""

    subject: str
    reason: str


def tell(ctx: Context, call: Call, segments: list[str], chosen: str, refused: Refused) -> None:
    """Remember why ``call`` ended as it did; ``chosen`` is its route's key, empty where none fits."""
    keys = [str(route["RouteKey"]) for route in call.snapshot.routes]
    method = call.http.method
    explain = _explainer(keys, method, segments, chosen)
    _remember(ctx, call.request_id, call.route_arn, explain, refused)


def tell_nowhere(ctx: Context, http: HttpRequest, request_id: str) -> None:
    """Remember that nothing answers where ``http`` went."""
    text = "no such API, stage or mapping; or nothing is deployed there, or the endpoint is disabled"
    _remember(ctx, request_id, f"{http.host}{http.path}", list, Refused(http.host, text))


def _remember(
    ctx: Context, id: str, place: str, explain: Callable[[], list[Considered]], refused: Refused
) -> None:
    traces = ctx.part(Traces)
    traces.begin(id, KIND, place, len(place), explain)
    traces.note(id, refused.subject, "refused", reason=refused.reason)


def _explainer(
    keys: list[str], method: str, segments: list[str], chosen: str
) -> Callable[[], list[Considered]]:
    return lambda: list(explain_routes(keys, method, segments, chosen))


def explain_routes(
    keys: Iterable[str], method: str, segments: list[str], chosen: str
) -> Iterable[Considered]:
    """What kept each route from the request; the chosen one first."""
    for key in sorted(keys, key=lambda key: (key != chosen, key)):
        if key == chosen:
            yield Considered(key, matched=True)
        else:
            yield Considered(key, False, _mismatch(key, method, segments) or f"{chosen} goes before it")


def _mismatch(key: str, method: str, segments: list[str]) -> str:
    """The first thing that does not fit; empty where everything does."""
    if key == "$default":
        return ""
    key_method, _, path = key.partition(" ")
    if key_method not in (method, "ANY"):
        return f"it is for {key_method}, not for {method}"
    parts = path.removeprefix("/").split("/")
    for number, part in enumerate(parts):
        if number == len(segments):
            return f"the path ends before {part}"
        segment = segments[number]
        if part.endswith("+}"):
            return "" if "/".join(segments[number:]) else f"there is nothing for {part}"
        if part.startswith("{"):
            if not segment:
                return f"there is nothing for {part}"
        elif part != segment:
            return f"{segment or 'nothing'} stands where it has {part or 'nothing'}"
    return "the path goes on" if len(segments) > len(parts) else ""
