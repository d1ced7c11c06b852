"""Method responses and integration responses: what a method may answer, and how an answer becomes that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import ConflictException, NotFoundException
from sundog.services.apigateway.integration_rules import invalid_mappings, is_value, malformed, undeclared
from sundog.services.apigateway.integrations import empty_templates, integration_of, with_integration
from sundog.services.apigateway.loading import put_item, said
from sundog.services.apigateway.methods import check_models, load_method
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.patches import INTEGRATION_RESPONSE, METHOD_RESPONSE

_NO_RESPONSE: Final = "Invalid Response status code specified"
_HEADER: Final = re.compile(r"method\.response\.(header|multivalueheader)\.(.+)")
_INTEGRATION_SOURCE: Final = re.compile(r"integration\.response\.((multivalue)?header\.[^.].*|body(\..+)?)")


# Method responses


@operation("apigateway", "PutMethodResponse")
async def put_method_response(ctx: Context, request: Request) -> Result:
    status = request["statusCode"]
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request)
        if status in method.body.get("methodResponses", {}):
            raise ConflictException("Response already exists for this resource")
        body = {"statusCode": status, **said(request, "responseParameters", "responseModels")}
        _check_response_parameters(body)
        await check_models(ctx, tx, request["restApiId"], body.get("responseModels", {}))
        await put_item(ctx, tx, _with_response(method, body))
    return body


@operation("apigateway", "GetMethodResponse")
async def get_method_response(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict(_response_of(await load_method(ctx, tx, request), request["statusCode"]))


@operation("apigateway", "UpdateMethodResponse")
async def update_method_response(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request)
        before = _response_of(method, request["statusCode"])
        body = METHOD_RESPONSE.apply(before, request.get("patchOperations"))
        _check_response_parameters(body)
        await check_models(ctx, tx, request["restApiId"], body.get("responseModels", {}))
        await put_item(ctx, tx, _with_response(method, body))
    return body


@operation("apigateway", "DeleteMethodResponse")
async def delete_method_response(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request)
        _response_of(method, request["statusCode"])
        left = _without(method.body, "methodResponses", request["statusCode"])
        await put_item(ctx, tx, replace(method, body=left))
    return None


# Integration responses


@operation("apigateway", "PutIntegrationResponse")
async def put_integration_response(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request, without="integration")
        body = new_integration_response(request["statusCode"], request)
        check_integration_response(body, method.body)
        await put_item(ctx, tx, _with_integration_response(method, body))
    return body


@operation("apigateway", "GetIntegrationResponse")
async def get_integration_response(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request, without="integration")
        return dict(_integration_response_of(method, request["statusCode"]))


@operation("apigateway", "UpdateIntegrationResponse")
async def update_integration_response(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request, without="integration")
        before = _integration_response_of(method, request["statusCode"])
        body = INTEGRATION_RESPONSE.apply(before, request.get("patchOperations"))
        empty_templates(body, "responseTemplates")
        check_integration_response(body, method.body)
        await put_item(ctx, tx, _with_integration_response(method, body))
    return body


@operation("apigateway", "DeleteIntegrationResponse")
async def delete_integration_response(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        method = await load_method(ctx, tx, request, without="integration")
        _integration_response_of(method, request["statusCode"])
        left = _without(integration_of(method), "integrationResponses", request["statusCode"])
        await put_item(ctx, tx, with_integration(method, left))
    return None


def new_integration_response(status: str, asked: Mapping[str, Any]) -> Body:
    """An empty selection pattern is kept: it says that this is the response by default."""
    body: Body = {
        "statusCode": status,
        **said(asked, "responseParameters", "responseTemplates", "contentHandling"),
    }
    if asked.get("selectionPattern") is not None:
        body["selectionPattern"] = asked["selectionPattern"]
    empty_templates(body, "responseTemplates")
    return body


def check_integration_response(body: Mapping[str, Any], method: Mapping[str, Any]) -> None:
    """Only headers that the method's response of this status declares can be mapped."""
    mapped = body.get("responseParameters", {})
    response = method.get("methodResponses", {}).get(body["statusCode"])
    if mapped and response is None:
        raise invalid_mappings(["No method response exists for method."])
    known = (response or {}).get("responseParameters", {})
    errors = []
    for target, source in mapped.items():
        if not _HEADER.fullmatch(target):
            errors.append(malformed(target))
        elif target.replace("multivalueheader", "header") not in known:
            errors.append(undeclared(target))
        elif not is_value(source) and not _INTEGRATION_SOURCE.fullmatch(source):
            errors.append(malformed(source))
    if errors:
        raise invalid_mappings(errors)


def _check_response_parameters(body: Mapping[str, Any]) -> None:
    errors = [malformed(name) for name in body.get("responseParameters", {}) if not _HEADER.fullmatch(name)]
    if errors:
        raise invalid_mappings(errors)


def _response_of(method: Item, status: str) -> Mapping[str, Any]:
    response: Mapping[str, Any] | None = method.body.get("methodResponses", {}).get(status)
    if response is None:
        raise NotFoundException(_NO_RESPONSE)
    return response


def _with_response(method: Item, response: Body) -> Item:
    responses = {**method.body.get("methodResponses", {}), response["statusCode"]: response}
    return replace(method, body={**method.body, "methodResponses": responses})


def _integration_response_of(method: Item, status: str) -> Mapping[str, Any]:
    response: Mapping[str, Any] | None
    response = integration_of(method).get("integrationResponses", {}).get(status)
    if response is None:
        raise NotFoundException(_NO_RESPONSE)
    return response


def _with_integration_response(method: Item, response: Body) -> Item:
    integration = integration_of(method)
    responses = {**integration.get("integrationResponses", {}), response["statusCode"]: response}
    return with_integration(method, {**integration, "integrationResponses": responses})


def _without(body: Mapping[str, Any], member: str, status: str) -> Body:
    left = {name: response for name, response in body[member].items() if name != status}
    return {
        **{name: value for name, value in body.items() if name != member},
        **({member: left} if left else {}),
    }
