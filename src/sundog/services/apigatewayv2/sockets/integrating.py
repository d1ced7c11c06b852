"""Integrations of WebSocket routes, compiled: functions, services, HTTP endpoints and mocks.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from sundog.bus import HttpClient, HttpFailure
from sundog.context import Context
from sundog.front.aws_call import ServiceCall, call_service, parse_service_uri
from sundog.front.headers import without
from sundog.front.http_call import Answer, Outgoing, call_http
from sundog.front.lambda_call import (
    CallFailed,
    acting_as,
    call_function,
    fill_variables,
    function_of,
)
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.sockets.answers import internal_error, timed_out
from sundog.services.apigatewayv2.sockets.callbacks import call_management
from sundog.services.apigatewayv2.sockets.expressions import (
    Read,
    Sources,
    compile_selection,
    compile_source,
)
from sundog.services.apigatewayv2.sockets.occasion import write_event
from sundog.services.apigatewayv2.sockets.templates import DEFAULT, Render, compile_templates

Body = Mapping[str, Any]
Integrate = Callable[[Context, Sources], Awaitable[Answer]]
"""What the integration answers, with its response's templates applied. Raises `Failed`."""

_JSON: Final = ("Content-Type", "application/json")
_PLACE: Final = re.compile(r"integration\.request\.(header|querystring|path)\.(.+)")
_VARIABLE: Final = re.compile(r"\{([\w.:-]+)\+?\}")
_NOT_SENT: Final = frozenset(
    ("host", "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-version")
)


def compile_integration(integration: Body, responses: Sequence[Body]) -> Integrate:
    """What ``integration`` does, within its time."""
    call = _CALLS[integration["IntegrationType"]](integration)
    if not integration["IntegrationType"].endswith("_PROXY"):
        call = _answering(call, integration, responses)
    timeout_ms = integration.get("TimeoutInMillis") or limits.WEBSOCKET_TIMEOUT_MS

    async def run(ctx: Context, sources: Sources) -> Answer:
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                return await call(ctx, sources)
        except TimeoutError as error:
            raise timed_out() from error

    return run


def _rendering(integration: Body) -> Render:
    if integration["IntegrationType"].endswith("_PROXY"):
        return lambda _sources, body: body
    return compile_templates(
        integration.get("RequestTemplates"),
        integration.get("TemplateSelectionExpression"),
        integration.get("PassthroughBehavior") or "WHEN_NO_MATCH",
    )


def _mock(integration: Body) -> Integrate:
    render = _rendering(integration)

    async def run(_ctx: Context, sources: Sources) -> Answer:
        try:
            document = orjson.loads(render(sources, sources.occasion.body) or b"null")
        except orjson.JSONDecodeError:
            document = None
        status = document.get("statusCode") if isinstance(document, dict) else None
        if isinstance(status, str) and status.isdecimal():
            status = int(status)
        if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
            raise internal_error("Unable to parse statusCode. It should be an integer.")
        return Answer(status)

    return run


def _aws(integration: Body) -> Integrate:
    """A function, or any operation of a service."""
    uri: str = integration["IntegrationUri"]
    role: str = integration.get("CredentialsArn") or ""
    is_proxy = integration["IntegrationType"] == "AWS_PROXY"
    render, change = _rendering(integration), _compile_parameters(integration)

    async def run(ctx: Context, sources: Sources) -> Answer:
        occasion = sources.occasion
        if (function := function_of(uri, occasion.variables)) is not None:
            if is_proxy:
                return await _proxied(ctx, sources, function, role)
            payload = render(sources, occasion.body).encode() or b"{}"
            return await _function(ctx, sources, function, payload, role)
        service = parse_service_uri(fill_variables(uri, occasion.variables))
        if service is None:
            raise internal_error(f"{uri} names nothing that can be called")
        changed = change(sources)
        service = replace(service, target=_filled(service.target, changed["path"]))
        pairs = (_JSON, *changed["header"].items())
        body = render(sources, occasion.body).encode()
        method = integration.get("IntegrationMethod") or "POST"
        if service.service == "execute-api":
            return await call_management(acting_as(ctx, role), method, service, body)
        call = ServiceCall(method, service, urlencode(changed["querystring"]), pairs, body)
        return await call_service(acting_as(ctx, role), call)

    return run


def _filled(text: str, values: Mapping[str, str]) -> str:
    """``{name}`` by what parameters say of the path."""
    return _VARIABLE.sub(lambda match: quote(values.get(match[1], ""), safe=""), text)


async def _function(ctx: Context, sources: Sources, function: str, payload: bytes, role: str) -> Answer:
    """A function that failed is an answer too: its response templates may say so."""
    try:
        answer = await call_function(
            ctx, function, payload, role_arn=role, trace_header=sources.occasion.trace_header
        )
    except CallFailed as failed:
        raise internal_error(str(failed)) from failed
    return Answer(500 if answer.is_error else 200, (_JSON,), answer.payload)


async def _proxied(ctx: Context, sources: Sources, function: str, role: str) -> Answer:
    event = write_event(sources.occasion, sources.route_key)
    answer = await _function(ctx, sources, function, event, role)
    if answer.status != 200:
        raise internal_error(f"The function failed: {answer.body.decode('utf-8', 'replace')}", status=502)
    return _read_proxied(answer.body)


def _read_proxied(payload: bytes) -> Answer:
    """``{"statusCode", "body", "headers"}``; everything else is malformed."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        answer = None
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise internal_error("Malformed Lambda proxy response", status=502)
    body, headers = answer.get("body"), answer.get("headers") or {}
    if not isinstance(body, str | None) or not isinstance(headers, dict):
        raise internal_error("Malformed Lambda proxy response", status=502)
    pairs = tuple((name, value) for name, value in headers.items() if isinstance(value, str))
    return Answer(status, pairs, (body or "").encode())


def _http(integration: Body) -> Integrate:
    method = integration.get("IntegrationMethod") or "POST"
    render, change = _rendering(integration), _compile_parameters(integration)
    timeout_ms = integration.get("TimeoutInMillis") or limits.WEBSOCKET_TIMEOUT_MS
    is_proxy = integration["IntegrationType"] == "HTTP_PROXY"

    async def run(ctx: Context, sources: Sources) -> Answer:
        occasion, changed = sources.occasion, change(sources)
        url = fill_variables(integration["IntegrationUri"], occasion.variables)
        url = _filled(url, changed["path"])
        if query := urlencode([*(occasion.query if is_proxy else ()), *changed["querystring"].items()]):
            url += f"{'&' if '?' in url else '?'}{query}"
        replaced = frozenset(name.lower() for name in changed["header"]) | _NOT_SENT
        own = without(occasion.pairs, replaced) if is_proxy else ()
        body = render(sources, occasion.body).encode()
        outgoing = Outgoing(
            "POST" if method == "ANY" else method,
            url,
            (*own, *(() if not body else (_JSON,)), *changed["header"].items()),
            b"" if method in ("GET", "HEAD") else body,
        )
        try:
            return await call_http(ctx.part(HttpClient), outgoing, timeout_ms=timeout_ms)
        except HttpFailure as failure:
            raise timed_out() if failure.reason == "timeout" else internal_error(str(failure)) from failure

    return run


_CALLS: Final[Mapping[str, Callable[[Body], Integrate]]] = {
    "AWS": _aws,
    "AWS_PROXY": _aws,
    "HTTP": _http,
    "HTTP_PROXY": _http,
    "MOCK": _mock,
}


def _compile_parameters(integration: Body) -> Callable[[Sources], dict[str, dict[str, str]]]:
    """``integration.request.header.x: route.request.header.y`` and the like, by place."""
    reads: list[tuple[str, str, Read]] = []
    for key, source in (integration.get("RequestParameters") or {}).items():
        if match := _PLACE.fullmatch(key):
            reads.append((match[1], match[2], compile_source(source)))

    def change(sources: Sources) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {"header": {}, "querystring": {}, "path": {}}
        for place, name, read in reads:
            value = read(sources)
            if value is not None:
                found[place][name] = value
        return found

    return change


# Integration responses


def _answering(call: Integrate, integration: Body, responses: Sequence[Body]) -> Integrate:
    """What the response that the answer selects makes of it."""
    expression = integration.get("IntegrationResponseSelectionExpression")
    select = compile_selection(expression or "${integration.response.statuscode}")
    patterns = [
        (
            one["IntegrationResponseKey"],
            compile_templates(one.get("ResponseTemplates"), one.get("TemplateSelectionExpression")),
        )
        for one in responses
    ]

    async def run(ctx: Context, sources: Sources) -> Answer:
        answer = await call(ctx, sources)
        answered = Sources(sources.occasion, sources.route_key, answer)
        render = _chosen(patterns, select(answered) or "")
        if render is None:
            return answer
        body = render(answered, answer.body.decode("utf-8", "replace"))
        return Answer(answer.status, answer.pairs, body.encode())

    return run


def _chosen(patterns: Sequence[tuple[str, Render]], text: str) -> Render | None:
    """Keys between slashes are regular expressions; ``$default`` is for what no other one matches."""
    default = None
    for key, render in patterns:
        if key == DEFAULT:
            default = render
            continue
        try:
            if re.fullmatch(key.strip("/"), text):
                return render
        except re.error:
            continue
    return default
