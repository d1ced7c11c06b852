"""Integrations: what a method calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import NotFoundException
from sundog.services.apigateway.integration_rules import MOCK, OUTSIDE, check_integration
from sundog.services.apigateway.loading import put_item, said
from sundog.services.apigateway.methods import NO_INTEGRATION, load_method
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.patches import INTEGRATION

_SAID: Final = (
    "uri",
    "connectionType",
    "connectionId",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "tlsConfig",
    "responseTransferMode",
    "integrationTarget",
)


@operation("apigateway", "PutIntegration")
async def put_integration(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request)
        body = new_integration(request["resourceId"], request)
        check_integration(body, method.body)
        kept = method.body.get("methodIntegration", {}).get("integrationResponses")
        if kept:  # replacing an integration leaves its responses where they are
            body["integrationResponses"] = kept
        await put_item(ctx, tx, with_integration(method, body))
    return body


@operation("apigateway", "GetIntegration")
async def get_integration(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict(integration_of(await load_method(ctx, tx, request, without="integration")))


@operation("apigateway", "UpdateIntegration")
async def update_integration(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request, without="integration")
        body = INTEGRATION.apply(integration_of(method), request.get("patchOperations"))
        body = {"cacheKeyParameters": [], "cacheNamespace": request["resourceId"], **body}
        empty_templates(body, "requestTemplates")
        check_integration(body, method.body)
        await put_item(ctx, tx, with_integration(method, body))
    return body


@operation("apigateway", "DeleteIntegration")
async def delete_integration(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request, without="integration")
        integration_of(method)
        left = {name: value for name, value in method.body.items() if name != "methodIntegration"}
        await put_item(ctx, tx, replace(method, body=left))
    return None


def new_integration(resource_id: str, asked: Mapping[str, Any]) -> Body:
    """With AWS's defaults. A MOCK calls nobody: it has no method, address or connection."""
    kind = asked["type"]
    body: Body = {
        "type": kind,
        **said(asked, *_SAID),
        "passthroughBehavior": (asked.get("passthroughBehavior") or "WHEN_NO_MATCH").upper(),
        "timeoutInMillis": asked.get("timeoutInMillis") or 29_000,
        "cacheNamespace": asked.get("cacheNamespace") or resource_id,
        "cacheKeyParameters": list(asked.get("cacheKeyParameters") or ()),
    }
    if kind != MOCK and asked.get("integrationHttpMethod"):
        body["httpMethod"] = asked["integrationHttpMethod"]
    if kind == MOCK:
        body.pop("uri", None)
    if kind in OUTSIDE:
        body.setdefault("connectionType", "INTERNET")
    empty_templates(body, "requestTemplates")
    return body


def integration_of(method: Item) -> Mapping[str, Any]:
    integration: Mapping[str, Any] | None = method.body.get("methodIntegration")
    if integration is None:
        raise NotFoundException(NO_INTEGRATION)
    return integration


def with_integration(method: Item, integration: Mapping[str, Any]) -> Item:
    return replace(method, body={**method.body, "methodIntegration": integration})


def empty_templates(body: Body, member: str) -> None:
    """An empty template passes the body on as it is; AWS shows it as null."""
    if member in body:
        body[member] = {content_type: template or None for content_type, template in body[member].items()}
