"""A stage as closures: what each route asks for, does and answers. Made once for each state of a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.context import Context
from sundog.front.access_log import Format, LogStream, access_stream, compile_format
from sundog.front.cors import Cors, read_cors
from sundog.service import Part
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.execute.authorizing import Authorize, compile_authorizer
from sundog.services.apigatewayv2.execute.integrating import Integrate, compile_integration
from sundog.services.apigatewayv2.execute.mapping import MapAnswer, compile_answer
from sundog.services.apigatewayv2.execute.metrics import Subject
from sundog.services.apigatewayv2.execute.routing import Routes
from sundog.services.apigatewayv2.route_rules import target_of
from sundog.services.apigatewayv2.snapshots import Snapshot

ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000.0
"""Of an account; they stand in where a stage or route limits only the other."""
_RATE: Final = "ThrottlingRateLimit"
_BURST: Final = "ThrottlingBurstLimit"


@dataclass(frozen=True, slots=True)
class Throttle:
    """A bucket, by its key, and its limits."""

    key: tuple[str, ...]
    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """``integrate`` is None where the route has no target."""

    route: Mapping[str, Any]
    authorize: Authorize
    integrate: Integrate | None
    map_answer: MapAnswer | None
    throttle: Throttle | None
    subject: Subject


@dataclass(frozen=True, slots=True)
class CompiledStage:
    snapshot: Snapshot
    routes: Routes[CompiledRoute]
    cors: Cors | None
    access_log: tuple[Format, LogStream] | None
    subject: Subject


def compile_stage(snapshot: Snapshot) -> CompiledStage:
    routes = Routes((route["RouteKey"], _compile_route(snapshot, route)) for route in snapshot.routes)
    subject = Subject(snapshot.scope, snapshot.api_id, snapshot.stage_name)
    cors = read_cors(snapshot.api.get("CorsConfiguration"))
    return CompiledStage(snapshot, routes, cors, _access_log(snapshot), subject)


def _compile_route(snapshot: Snapshot, route: Mapping[str, Any]) -> CompiledRoute:
    integration = snapshot.integrations.get(target_of(route))
    own = (snapshot.stage.get("RouteSettings") or {}).get(route["RouteKey"]) or {}
    default = snapshot.stage.get("DefaultRouteSettings") or {}
    has_details = own.get("DetailedMetricsEnabled", default.get("DetailedMetricsEnabled"))
    return CompiledRoute(
        route,
        compile_authorizer(route, snapshot.authorizers.get(route.get("AuthorizerId", ""))),
        compile_integration(integration) if integration else None,
        compile_answer(integration.get("ResponseParameters") or {}) if integration else None,
        _throttle(snapshot, route["RouteKey"], own, default),
        Subject(
            snapshot.scope, snapshot.api_id, snapshot.stage_name, route["RouteKey"] if has_details else ""
        ),
    )


def _throttle(
    snapshot: Snapshot, route_key: str, own: Mapping[str, Any], default: Mapping[str, Any]
) -> Throttle | None:
    """A route's own limits, else the stage's, which its routes share."""
    key: tuple[str, ...] = snapshot.api_id, snapshot.stage_name
    settings = default
    if _RATE in own or _BURST in own:
        key, settings = (*key, route_key), own
    elif _RATE not in default and _BURST not in default:
        return None
    return Throttle(key, settings.get(_RATE, ACCOUNT_RATE), settings.get(_BURST, ACCOUNT_BURST))


def _access_log(snapshot: Snapshot) -> tuple[Format, LogStream] | None:
    settings = snapshot.stage.get("AccessLogSettings") or {}
    source = f"{snapshot.api_id}/{snapshot.stage_name}"
    stream = access_stream(settings.get("DestinationArn") or "", source)
    return None if stream is None else (compile_format(settings["Format"].rstrip("\n")), stream)


class Stages(Part):
    """Part: stages compiled, each for as long as its snapshot is the one."""

    def __init__(self, _ctx: Context) -> None:
        self._compiled: dict[tuple[str, str], CompiledStage] = {}

    async def forget(self) -> None:
        self._compiled.clear()

    def of(self, snapshot: Snapshot) -> CompiledStage:
        key = snapshot.api_id, snapshot.stage_name
        known = self._compiled.get(key)
        if known is None or known.snapshot is not snapshot:
            if known is None and len(self._compiled) >= limits.REMEMBERED_MAX:
                del self._compiled[next(iter(self._compiled))]
            known = self._compiled[key] = compile_stage(snapshot)
        return known
