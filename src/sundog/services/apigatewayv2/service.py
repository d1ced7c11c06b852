"""API Gateway's HTTP and WebSocket APIs as the gateway sees them."""

from __future__ import annotations

from pathlib import Path

from sundog.front.jwt import IssuerKeys
from sundog.front.sockets import Sockets
from sundog.service import Service, operations_in
from sundog.services.apigatewayv2 import (
    api_mappings,
    apis,
    authorizer_cache,
    authorizers,
    deployments,
    domain_names,
    exporting,
    importing,
    integrations,
    models,
    responses,
    routes,
    routing_rules,
    stages,
    tags,
    vpc_links,
)
from sundog.services.apigatewayv2.domains import Domains
from sundog.services.apigatewayv2.execute.authorizing import StillAsked, Verdicts
from sundog.services.apigatewayv2.execute.compiled import Stages
from sundog.services.apigatewayv2.execute.face import Face
from sundog.services.apigatewayv2.execute.integrating import RunningOn
from sundog.services.apigatewayv2.execute.metrics import Metrics
from sundog.services.apigatewayv2.execute.pipeline import AccessLogs
from sundog.services.apigatewayv2.refusals import REFUSED
from sundog.services.apigatewayv2.snapshots import Snapshots
from sundog.services.apigatewayv2.sockets.expiring import Deadlines
from sundog.services.apigatewayv2.sockets.face import SocketFace
from sundog.services.apigatewayv2.sockets.handling import Throttles
from sundog.services.apigatewayv2.sockets.metrics import SocketMetrics
from sundog.services.apigatewayv2.sockets.program import Programs
from sundog.services.apigatewayv2.sockets.reporting import SocketLogs

SERVICE = Service(
    name="apigatewayv2",
    operations=operations_in(
        "apigatewayv2",
        api_mappings,
        apis,
        authorizer_cache,
        authorizers,
        deployments,
        domain_names,
        exporting,
        importing,
        integrations,
        models,
        responses,
        routes,
        routing_rules,
        stages,
        tags,
        vpc_links,
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    parts=(
        *(Snapshots, Domains, IssuerKeys, Verdicts, StillAsked, RunningOn),
        *(Metrics, AccessLogs, Stages),
        # WebSocket APIs; their face is asked before that of HTTP APIs
        *(SocketMetrics, SocketLogs, Programs, Throttles, Sockets, Deadlines, SocketFace, Face),
    ),
)
