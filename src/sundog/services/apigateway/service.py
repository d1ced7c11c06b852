"""API Gateway (REST) as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.apigateway import (
    deployments,
    gateway_responses,
    integrations,
    methods,
    resources,
    responses,
    rest_apis,
    stages,
)
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.refusals import REFUSED

SERVICE = Service(
    name="apigateway",
    operations=operations_in(
        "apigateway",
        *(deployments, gateway_responses, integrations, methods, resources, responses, rest_apis, stages),
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    parts=(Changes,),
)
