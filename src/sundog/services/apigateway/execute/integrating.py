"""Stage: the integration itself: what each type calls, and its answer as one value.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, TypeVar

import orjson

from sundog.bus import HttpClient, HttpFailure
from sundog.context import Context
from sundog.front.aws_call import ServiceCall, call_service, parse_service_uri
from sundog.front.headers import Pairs, last_of, without
from sundog.front.http_call import Answer, Outgoing, call_http, stream_http
from sundog.front.lambda_call import CallFailed, FunctionAnswer, acting_as, call_function, function_of
from sundog.front.unfinished import Unfinished
from sundog.services.apigateway.execute.call import TRACE_HEADER, Call
from sundog.services.apigateway.execute.failures import (
    API_CONFIGURATION_ERROR,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    INTERNAL,
    Refusal,
)
from sundog.services.apigateway.execute.integration_request import IntegrationRequest
from sundog.services.apigateway.execute.integration_response import Integrated
from sundog.services.apigateway.execute.media import JSON
from sundog.services.apigateway.execute.mock_status import read_status
from sundog.services.apigateway.execute.program import Integration

STREAM_IDLE_MS: Final = 300_000
EDGE_STREAM_IDLE_MS: Final = 30_000
_USUAL_MOCK: Final = b'{"statusCode": 200}'
_UNPARSABLE: Final = "InvalidRequestContentException"

T = TypeVar("T")


class RunningOn(Unfinished):
    """The calls of REST APIs that took too long."""


def mock(body: bytes) -> Integrated:
    """Raises `Refusal` where the request does not say which status to answer."""
    status = 200 if body == _USUAL_MOCK else read_status(body)
    if status is None:
        text = "Unable to parse statusCode. It should be an integer."
        raise Refusal(INTERNAL, log=f"Execution failed due to configuration error: {text}")
    return _mocked(status)


@lru_cache(500)
def _mocked(status: int) -> Integrated:
    return Integrated(Answer(status), str(status))


async def call_endpoint(
    ctx: Context, call: Call, integration: Integration, request: IntegrationRequest
) -> Integrated:
    """HTTP and HTTP_PROXY. Raises `Refusal`."""
    url = request.uri
    if request.query:
        url += ("&" if "?" in url else "?") + request.query
    body = b"" if request.method in ("GET", "HEAD") else request.body
    outgoing = Outgoing(request.method, url, _own_headers(call, request.pairs, integration), body)
    _say_request(call, url, outgoing.pairs, body)
    try:
        with timed(ctx, call):
            answer = await _fetch(ctx, call, integration, outgoing)
    except HttpFailure as failure:
        raise _http_refusal(call, failure) from failure
    return Integrated(answer, str(answer.status))


async def _fetch(ctx: Context, call: Call, integration: Integration, outgoing: Outgoing) -> Answer:
    client, timeout_ms, verify = ctx.part(HttpClient), integration.timeout_ms, integration.verify_tls
    if not integration.is_streamed:
        return await call_http(client, outgoing, timeout_ms=timeout_ms, verify_tls=verify)
    idle_ms = EDGE_STREAM_IDLE_MS if "EDGE" in call.program.endpoint_types else STREAM_IDLE_MS
    return await stream_http(client, outgoing, timeout_ms=timeout_ms, idle_ms=idle_ms, verify_tls=verify)


async def call_aws(
    ctx: Context, call: Call, integration: Integration, request: IntegrationRequest
) -> Integrated:
    """Any operation of a service. Raises `Refusal`."""
    uri = parse_service_uri(request.uri)
    if uri is None:
        raise Refusal(API_CONFIGURATION_ERROR, log=f"Invalid integration URI: {request.uri}")
    pairs = without(_own_headers(call, request.pairs, integration), frozenset(("host",)))
    asked = ServiceCall(request.method, uri, request.query, pairs, request.body)
    _say_request(call, f"https://{uri.host}/", pairs, request.body)
    work = call_service(acting_as(ctx, integration.credentials), asked)
    answer = await _in_time(ctx, call, work, integration.timeout_ms)
    return Integrated(answer, str(answer.status))


async def call_lambda(
    ctx: Context, call: Call, integration: Integration, request: IntegrationRequest, function: str
) -> Integrated:
    """A function whose event is what the templates made. Patterns are matched against its error message."""
    kind = last_of(request.pairs, "x-amz-invocation-type") or "RequestResponse"
    try:
        answer = await invoke(ctx, call, integration, function, request.body or b"{}", kind)
    except CallFailed as failed:
        if failed.error.shape_name != _UNPARSABLE:
            raise lambda_refusal(failed) from failed
        document = {"Type": "User", "message": failed.error.message}
        return Integrated(Answer(400, (("Content-Type", JSON),), orjson.dumps(document)))
    done = Answer(200, (("Content-Type", JSON),), answer.payload)
    return Integrated(done, error_message(answer.payload) if answer.is_error else None)


async def invoke(
    ctx: Context,
    call: Call,
    integration: Integration,
    function: str,
    payload: bytes,
    kind: str = "RequestResponse",
) -> FunctionAnswer:
    """Raises `CallFailed`, and `Refusal` when the function takes too long."""
    _say_invocation(call, function, payload)
    work = call_function(
        ctx, function, payload, role_arn=integration.credentials, trace_header=call.trace_id, kind=kind
    )
    answer = await _in_time(ctx, call, work, integration.timeout_ms)
    call.notes.integration_request_id = answer.request_id
    return answer


def function_named(call: Call, integration: Integration) -> str | None:
    """The function that the integration calls, if it calls one."""
    return function_of(integration.uri, call.variables)


def lambda_refusal(failed: CallFailed) -> Refusal:
    """Lambda did not run the function: to the client all reasons are one."""
    if failed.error.status == 429:
        return Refusal(
            INTERNAL,
            log="Lambda execution failed with status 429 due to customer function error: Rate Exceeded.",
        )
    log = (
        "Execution failed due to configuration error: Invalid permissions on Lambda function"
        if failed.error.status in (403, 404)
        else f"Execution failed due to configuration error: {failed}"
    )
    return Refusal(INTERNAL, log=log)


async def _in_time(ctx: Context, call: Call, work: Coroutine[Any, Any, T], timeout_ms: int) -> T:
    try:
        with timed(ctx, call):
            return await ctx.part(RunningOn).wait(work, timeout_ms)
    except TimeoutError as error:
        call.notes.integration_error = "Execution failed due to a timeout error"
        raise Refusal(INTEGRATION_TIMEOUT, log="Execution failed due to a timeout error") from error


def _http_refusal(call: Call, failure: HttpFailure) -> Refusal:
    call.notes.integration_error = str(failure)
    if failure.reason == "timeout":
        return Refusal(INTEGRATION_TIMEOUT, log="Execution failed due to a timeout error")
    if failure.reason == "url":
        return Refusal(API_CONFIGURATION_ERROR, log=f"Execution failed due to configuration error: {failure}")
    if failure.reason == "size":
        return Refusal(INTERNAL, log="Execution failed due to an internal error: response too large")
    return Refusal(
        INTEGRATION_FAILURE, log="Execution failed due to configuration error: Invalid endpoint address"
    )


def _own_headers(call: Call, pairs: Pairs, integration: Integration) -> Pairs:
    """What the gateway adds to what mappings (and, for a proxy, the client) have said."""
    own = {"x-amzn-apigateway-api-id": call.api_id, TRACE_HEADER: call.trace_id}
    if integration.is_proxy:
        own |= {
            name: call.headers[name] for name in ("X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")
        }
    else:
        own |= {
            "Accept": JSON,
            "User-Agent": f"AmazonAPIGateway_{call.api_id}",
            "Content-Type": call.content_type,
        }
    said = {name.lower() for name, _ in pairs} - {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    added = tuple((name, value) for name, value in own.items() if name.lower() not in said)
    replaced = frozenset(name.lower() for name, _ in added) | {"host"}
    return (*without(pairs, replaced), *added)


def _say_request(call: Call, url: str, pairs: Pairs, body: bytes) -> None:
    notes = call.notes
    if notes.lines is None:
        return
    notes.show("Endpoint request URI", url)
    notes.show("Endpoint request headers", f"{{{', '.join(f'{name}={value}' for name, value in pairs)}}}")
    notes.show("Endpoint request body after transformations", body.decode("utf-8", "replace"))
    notes.say(f"Sending request to {url}")


def _say_invocation(call: Call, function: str, payload: bytes) -> None:
    if call.notes.lines is None:
        return
    pairs = (
        ("x-amzn-apigateway-api-id", call.api_id),
        ("Accept", JSON),
        ("User-Agent", f"AmazonAPIGateway_{call.api_id}"),
        (TRACE_HEADER, call.trace_id),
        ("x-amzn-lambda-integration-tag", call.request_id),
        ("X-Amz-Source-Arn", f"{call.api_arn}/{call.stage.name}/{call.http.method}{call.method.path}"),
    )
    url = f"https://lambda.{call.region}.amazonaws.com/2015-03-31/functions/{function}/invocations"
    _say_request(call, url, pairs, payload)


@contextmanager
def timed(ctx: Context, call: Call) -> Iterator[None]:
    """Notes how long the integration takes."""
    started_ns = ctx.clock.monotonic_ns()
    try:
        yield
    finally:
        call.notes.integration_ms = (ctx.clock.monotonic_ns() - started_ns) // 1_000_000


def error_message(payload: bytes) -> str:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return ""
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return message if isinstance(message, str) else ""
