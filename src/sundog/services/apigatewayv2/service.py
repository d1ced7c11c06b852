"""API Gateway's HTTP and WebSocket APIs as the gateway sees them."""

from __future__ import annotations

from pathlib import Path

from sundog.front.jwt import IssuerKeys
from sundog.service import Service, operations_in
from sundog.services.apigatewayv2 import (
    apis,
    authorizers,
    deployments,
    integrations,
    models,
    responses,
    routes,
    stages,
)
from sundog.services.apigatewayv2.execute.authorizing import Verdicts
from sundog.services.apigatewayv2.execute.compiled import Stages
from sundog.services.apigatewayv2.execute.face import Face
from sundog.services.apigatewayv2.execute.metrics import Metrics
from sundog.services.apigatewayv2.execute.pipeline import AccessLogs
from sundog.services.apigatewayv2.refusals import REFUSED
from sundog.services.apigatewayv2.snapshots import Snapshots

SERVICE = Service(
    name="apigatewayv2",
    operations=operations_in(
        "apigatewayv2", apis, authorizers, deployments, integrations, models, responses, routes, stages
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    parts=(Snapshots, IssuerKeys, Verdicts, Metrics, AccessLogs, Stages, Face),
)
