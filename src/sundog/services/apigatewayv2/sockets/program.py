"""Part: the stages of WebSocket APIs, compiled: which route a message takes, and what the route does.

Programs are compiled once per snapshot and kept as long as the stage's snapshot stays the same.
"""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sundog.context import Context
from sundog.front.access_log import Format, LogStream, access_stream, compile_format
from sundog.lang.evaluation import MISSING
from sundog.service import Part
from sundog.services.apigatewayv2.route_rules import target_of
from sundog.services.apigatewayv2.snapshots import Snapshot
from sundog.services.apigatewayv2.sockets import limits
from sundog.services.apigatewayv2.sockets.answers import Failed
from sundog.services.apigatewayv2.sockets.expressions import (
    Read,
    Sources,
    compile_selection,
    compile_source,
)
from sundog.services.apigatewayv2.sockets.integrating import Integrate, compile_integration
from sundog.services.apigatewayv2.sockets.occasion import Occasion

DEFAULT: Final = "$default"
Body = Mapping[str, Any]
IsValid = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """``answers``: the client gets what the integration answers. ``limit``: rate and burst, where throttled.

    ``is_proxy``: the status that the integration answers is the gateway's own.
    """

    key: str
    integrate: Integrate | None
    is_proxy: bool
    answers: bool
    kind: str
    authorizer: Body | None
    needs_key: bool
    required: tuple[tuple[str, Read], ...]
    select_model: Read | None
    models: Mapping[str, IsValid]
    limit: tuple[float, float] | None

    def check(self, occasion: Occasion) -> None:
        """Raises `Failed` for a request that lacks what the route asks for."""
        sources = Sources(occasion, self.key)
        missing = [name.rpartition(".")[2] for name, read in self.required if not read(sources)]
        if missing:
            raise Failed(400, f"Missing required request parameters: [{', '.join(missing)}]")
        if not self.models:
            return
        chosen = (self.select_model(sources) if self.select_model else None) or DEFAULT
        model = self.models.get(chosen)
        if model is not None and (occasion.document is MISSING or not model(occasion.document)):
            raise Failed(400, "Invalid request body")


@dataclass(frozen=True, slots=True)
class Program:
    snapshot: Snapshot
    select: Read
    select_key: Read
    routes: Mapping[str, Route]
    log_format: Format | None
    log_stream: LogStream | None

    def route_of(self, occasion: Occasion) -> Route | None:
        """The route that the message's own words select, else ``$default``."""
        key = self.select(Sources(occasion, DEFAULT))
        if key is not None and not key.startswith("$") and key in self.routes:
            return self.routes[key]
        return self.routes.get(DEFAULT)


class Programs(Part):
    def __init__(self, _ctx: Context) -> None:
        self._known: OrderedDict[tuple[str, str], Program] = OrderedDict()

    async def forget(self) -> None:
        self._known.clear()

    def of(self, snapshot: Snapshot) -> Program:
        key = snapshot.api_id, snapshot.stage_name
        known = self._known.get(key)
        if known is None or known.snapshot is not snapshot:
            known = self._known[key] = compile_program(snapshot)
            if len(self._known) > limits.PROGRAMS_MAX:
                self._known.popitem(last=False)
        return known


def compile_program(snapshot: Snapshot) -> Program:
    log = snapshot.stage.get("AccessLogSettings") or {}
    source = f"{snapshot.api_id}/{snapshot.stage_name}"
    return Program(
        snapshot,
        compile_selection(snapshot.api["RouteSelectionExpression"]),
        compile_selection(snapshot.api.get("ApiKeySelectionExpression") or "$request.header.x-api-key"),
        {route["RouteKey"]: _route(snapshot, route) for route in snapshot.routes},
        compile_format(log["Format"]) if log.get("Format") else None,
        access_stream(log["DestinationArn"], source) if log.get("DestinationArn") else None,
    )


def _route(snapshot: Snapshot, route: Body) -> Route:
    integration = snapshot.integrations.get(target_of(route))
    responses = snapshot.route_responses.get(route["RouteId"], ())
    settings = {
        **snapshot.stage.get("DefaultRouteSettings", {}),
        **snapshot.stage.get("RouteSettings", {}).get(route["RouteKey"], {}),
    }
    return Route(
        route["RouteKey"],
        _integrate(snapshot, integration) if integration else None,
        bool(integration and integration["IntegrationType"].endswith("_PROXY")),
        bool(responses and route.get("RouteResponseSelectionExpression")),
        route.get("AuthorizationType") or "NONE",
        snapshot.authorizers.get(route.get("AuthorizerId") or ""),
        bool(route.get("ApiKeyRequired")),
        _required(route),
        compile_selection(route["ModelSelectionExpression"])
        if route.get("ModelSelectionExpression")
        else None,
        _models(snapshot, route),
        _limit(settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")),
    )


def _limit(rate: float | None, burst: float | None) -> tuple[float, float] | None:
    """Where a stage gives one only, the other is the account's."""
    if rate is None and burst is None:
        return None
    return (
        limits.ACCOUNT_RATE if rate is None else float(rate),
        limits.ACCOUNT_BURST if burst is None else float(burst),
    )


def _integrate(snapshot: Snapshot, integration: Body) -> Integrate:
    responses = snapshot.integration_responses.get(integration["IntegrationId"], ())
    return compile_integration(integration, responses)


def _required(route: Body) -> tuple[tuple[str, Read], ...]:
    return tuple(
        (name, compile_source(name))
        for name, constraint in (route.get("RequestParameters") or {}).items()
        if constraint.get("Required")
    )


def _models(snapshot: Snapshot, route: Body) -> dict[str, IsValid]:
    """Models by the key that selects them; one that is no schema checks nothing."""
    found = {}
    for key, name in (route.get("RequestModels") or {}).items():
        model = snapshot.models.get(name)
        if model is not None and (validator := _validator(model.get("Schema") or "")) is not None:
            found[key] = validator
    return found


def _validator(text: str) -> IsValid | None:
    jsonschema = importlib.import_module("jsonschema")  # costs every start too much
    try:
        schema = orjson.loads(text)
        jsonschema.Draft4Validator.check_schema(schema)
    except (orjson.JSONDecodeError, jsonschema.exceptions.SchemaError):
        return None
    is_valid: IsValid = jsonschema.Draft4Validator(schema).is_valid
    return is_valid
