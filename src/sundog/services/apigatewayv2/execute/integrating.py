"""Integrations, compiled: a function, an HTTP endpoint, or an operation of an AWS service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson

from sundog.bus import HttpClient, HttpFailure
from sundog.context import Context
from sundog.front.headers import OF_THE_CONNECTION, Pairs, last_of, without
from sundog.front.http_call import Answer, call_http
from sundog.front.lambda_call import CallFailed, call_function, function_of
from sundog.front.unfinished import Unfinished
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.execute.answers import (
    ANSWER_BYTES_MAX,
    BadAnswer,
    internal_error,
    read_answer,
    unavailable,
)
from sundog.services.apigatewayv2.execute.call import Routed
from sundog.services.apigatewayv2.execute.events import joined, write_event
from sundog.services.apigatewayv2.execute.mapping import (
    PATH_SAFE,
    Mapped,
    MapRequest,
    begin_mapping,
    compile_request,
)
from sundog.services.apigatewayv2.execute.outgoing import sent_headers, write_request
from sundog.services.apigatewayv2.execute.private_call import call_listener, find_listener, is_listener
from sundog.services.apigatewayv2.execute.service_call import compile_service
from sundog.services.apigatewayv2.execute.variables import sources_of

_THROTTLED: Final = frozenset(("TooManyRequestsException", "ServiceException"))


class IntegrationFailed(Exception):
    """No answer came of the integration: the caller gets ``answer``, access logs the text."""

    def __init__(self, answer: Answer, text: str) -> None:
        super().__init__(text)
        self.answer = answer


class RunningOn(Unfinished):
    """Part: functions and operations that requests to HTTP APIs have stopped waiting for."""


@dataclass(frozen=True, slots=True)
class Integrated:
    """What an integration answered. ``request_id`` is what an AWS service calls its request.

    ``service_status`` is Lambda's own, where the answer is made by a function.
    """

    answer: Answer
    request_id: str = ""
    service_status: int | None = None


Integrate = Callable[[Context, Routed], Coroutine[Any, Any, Integrated]]
"""Raises `IntegrationFailed`."""


def compile_integration(integration: Mapping[str, Any]) -> Integrate:
    """What ``integration`` does, within its time."""
    timeout_ms = integration.get("TimeoutInMillis") or limits.HTTP_TIMEOUT_MS
    if integration.get("IntegrationSubtype"):
        return _within(_service(integration), timeout_ms)
    map_request = compile_request(integration.get("RequestParameters") or {})
    if integration["IntegrationType"] == "AWS_PROXY":
        return _within(_function(integration, map_request), timeout_ms)
    return _endpoint(integration, map_request, timeout_ms)


def _within(integrate: Integrate, timeout_ms: int) -> Integrate:
    async def run(ctx: Context, routed: Routed) -> Integrated:
        try:
            return await ctx.part(RunningOn).wait(integrate(ctx, routed), timeout_ms)
        except TimeoutError as error:
            raise IntegrationFailed(
                unavailable(), f"The integration did not answer within {timeout_ms} ms"
            ) from error

    return run


def _service(integration: Mapping[str, Any]) -> Integrate:
    call = compile_service(integration)

    async def run(ctx: Context, routed: Routed) -> Integrated:
        answer = await call(ctx, routed)
        return Integrated(answer, last_of(answer.pairs, "x-amzn-requestid") or "")

    return run


# Functions


def _function(integration: Mapping[str, Any], map_request: MapRequest | None) -> Integrate:
    uri: str = integration["IntegrationUri"]
    role: str = integration.get("CredentialsArn") or ""
    version: str = integration.get("PayloadFormatVersion") or "1.0"

    async def run(ctx: Context, routed: Routed) -> Integrated:
        function = function_of(uri, routed.call.snapshot.variables)
        if function is None:
            raise IntegrationFailed(internal_error(), f"{uri} names no function")
        asked = _mapped(routed, map_request) if map_request else routed
        event = orjson.dumps(write_event(version, asked))
        try:
            answer = await call_function(
                ctx, function, event, role_arn=role, trace_header=routed.call.trace_header
            )
        except CallFailed as failure:
            said = unavailable() if failure.error.shape_name in _THROTTLED else internal_error()
            raise IntegrationFailed(said, str(failure)) from failure
        if answer.is_error:
            raise IntegrationFailed(internal_error(), _error_text(answer.payload))
        try:
            return Integrated(read_answer(version, answer.payload), answer.request_id, 200)
        except BadAnswer as bad:
            raise IntegrationFailed(internal_error(), f"The answer is no HTTP response: {bad}") from bad

    return run


def _mapped(routed: Routed, map_request: MapRequest) -> Routed:
    """The call as the mapping makes it: the function sees the changed headers, query and path."""
    call, http = routed.call, routed.call.http
    mapped = map_request(begin_mapping(http.pairs, http.query), sources_of(routed))
    changed = HttpRequest(
        http.method,
        http.path,
        mapped.query_text,
        joined(mapped.pairs),
        http.body,
        http.source_ip,
        tuple((name.encode("latin-1", "replace"), value.encode()) for name, value in mapped.pairs),
        http.scheme,
    )
    path = call.path if mapped.path is None else unquote(mapped.path)
    return replace(routed, call=replace(call, http=changed, path=path))


def _error_text(payload: bytes) -> str:
    """What a function said when it failed, for the access log."""
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return "The function failed"
    return str(found.get("errorMessage") or "The function failed") if isinstance(found, dict) else ""


# HTTP endpoints


def _endpoint(integration: Mapping[str, Any], map_request: MapRequest | None, timeout_ms: int) -> Integrate:
    async def run(ctx: Context, routed: Routed) -> Integrated:
        mapped = begin_mapping(sent_headers(routed), routed.call.http.query)
        if map_request is not None:
            mapped = map_request(mapped, sources_of(routed))
        return Integrated(await _call(ctx, routed, integration, mapped, timeout_ms))

    return run


async def _call(
    ctx: Context, routed: Routed, integration: Mapping[str, Any], mapped: Mapped, timeout_ms: int
) -> Answer:
    try:
        answer = await _sent(ctx, routed, integration, mapped, timeout_ms)
    except (HttpFailure, TimeoutError) as failure:
        raise IntegrationFailed(unavailable(), str(failure)) from failure
    if len(answer.body) > ANSWER_BYTES_MAX:
        raise IntegrationFailed(internal_error(), "The answer is too large")
    return replace(answer, pairs=_received(answer.pairs))


async def _sent(
    ctx: Context, routed: Routed, integration: Mapping[str, Any], mapped: Mapped, timeout_ms: int
) -> Answer:
    """Over HTTP, or to a load balancer of this server. Raises `HttpFailure`, or TimeoutError."""
    uri: str = integration["IntegrationUri"]
    if not is_listener(uri):
        outgoing = write_request(routed, integration, mapped)
        return await call_http(ctx.part(HttpClient), outgoing, timeout_ms=timeout_ms)
    async with asyncio.timeout(timeout_ms / 1_000):
        listener = await find_listener(ctx, uri)
        # The stage stays in the path of a private integration, unless a mapping overwrites it.
        url = f"{listener.scheme}://{listener.host}{quote(routed.call.path, safe=PATH_SAFE)}"
        named = replace(routed, route={**routed.route, "RouteKey": ""})  # $default adds its path to others
        outgoing = write_request(named, {**integration, "IntegrationUri": url}, mapped)
        return await call_listener(ctx, listener, outgoing)


def _received(pairs: Pairs) -> Pairs:
    return without(pairs, OF_THE_CONNECTION)
