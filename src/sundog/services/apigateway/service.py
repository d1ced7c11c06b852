"""API Gateway (REST) as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.apigateway import (
    account,
    api_keys,
    authorizers,
    certificates,
    deployments,
    documentation,
    domain_names,
    exporting,
    gateway_responses,
    importing,
    integrations,
    key_import,
    mappings,
    methods,
    models,
    plan_keys,
    resources,
    responses,
    rest_apis,
    stages,
    tags,
    targets,
    usage,
    usage_plans,
    validators,
    vpc_links,
)
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.execute import trying
from sundog.services.apigateway.execute.parts import PARTS
from sundog.services.apigateway.refusals import REFUSED

SERVICE = Service(
    name="apigateway",
    operations=operations_in(
        "apigateway",
        # APIs
        *(rest_apis, resources, methods, integrations, responses, models, validators, authorizers),
        *(gateway_responses, documentation, deployments, stages, trying, importing, exporting),
        # Callers
        *(api_keys, key_import, usage_plans, plan_keys, usage),
        # The account
        *(domain_names, mappings, vpc_links, certificates, account, tags),
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    targets={"execute-api": targets.deliver},
    parts=(Changes, *PARTS),
)
