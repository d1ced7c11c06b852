"""The whole way of a request whose method is known, on one screen."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

from sundog.context import Context
from sundog.front.headers import last_of
from sundog.front.http_call import Answer
from sundog.front.lambda_call import CallFailed
from sundog.protocol.http import HttpResponse
from sundog.services.apigateway.execute import cache
from sundog.services.apigateway.execute.access import admit
from sundog.services.apigateway.execute.cache import AnswerCache
from sundog.services.apigateway.execute.call import Call, gateway_context
from sundog.services.apigateway.execute.checking import check
from sundog.services.apigateway.execute.failures import (
    API_CONFIGURATION_ERROR,
    MALFORMED_ANSWER,
    REQUEST_TOO_LARGE,
    Refusal,
)
from sundog.services.apigateway.execute.integrating import (
    call_aws,
    call_endpoint,
    call_lambda,
    error_message,
    function_named,
    invoke,
    lambda_refusal,
    mock,
)
from sundog.services.apigateway.execute.integration_request import build_request, transformed_body
from sundog.services.apigateway.execute.integration_response import build_response, proxied_response
from sundog.services.apigateway.execute.media import JSON
from sundog.services.apigateway.execute.narrating import say_answer, say_request
from sundog.services.apigateway.execute.program import Integration
from sundog.services.apigateway.execute.proxy_messages import Malformed, read_answer, write_event
from sundog.services.apigateway.execute.streaming import is_streaming_uri, stream_function

UNPACKED_BYTES_MAX = 10 * 1024 * 1024


async def respond(ctx: Context, call: Call) -> HttpResponse:
    """From the caller to the method response. Raises `Refusal`."""
    call = await admit(ctx, unpacked(call))
    call.notes.admitted = call
    say_request(call, call.method.path)
    check(call)
    return packed(call, await cached(ctx, call))


async def cached(ctx: Context, call: Call) -> HttpResponse:
    """The answer from the stage's cache, where it has one and the answer is in it."""
    settings = cache.settings_for(call)
    integration = call.method.integration
    if settings is None or integration is None:
        return await integrate(ctx, call)
    answers, key = ctx.part(AnswerCache), cache.key_of(call, integration)
    warning: dict[str, str] = {}
    if cache.asks_to_invalidate(call):
        is_permitted, warning = cache.permission(call, settings)
        known = None if is_permitted else answers.get(key)
    else:
        known = answers.get(key)
    call.notes.cache = "miss" if known is None else "hit"
    if known is None:
        known = await integrate(ctx, call)
        answers.put(key, known, settings.ttl_ms)
    return replace(known, headers={**known.headers, **warning}) if warning else known


async def integrate(ctx: Context, call: Call) -> HttpResponse:
    """Integration request, integration, integration response. Raises `Refusal`."""
    integration = call.method.integration
    if integration is None:
        raise Refusal(API_CONFIGURATION_ERROR, log="No integration defined for method")
    if integration.type == "MOCK":
        return build_response(call, integration, mock(transformed_body(call, integration)))
    ctx = gateway_context(ctx, call)
    if integration.type == "AWS_PROXY":
        return await _proxy_to_lambda(ctx, call, integration)
    request = build_request(call, integration)
    function = function_named(call, integration)
    if integration.type == "AWS" and function is not None:
        integrated = await call_lambda(ctx, call, integration, request, function)
    elif integration.type == "AWS":
        integrated = await call_aws(ctx, call, integration, request)
    else:
        integrated = await call_endpoint(ctx, call, integration, request)
    say_answer(call, integrated.answer)
    if integration.type == "HTTP_PROXY":
        return proxied_response(call, integrated.answer)
    return build_response(call, integration, integrated)


async def _proxy_to_lambda(ctx: Context, call: Call, integration: Integration) -> HttpResponse:
    function = function_named(call, integration)
    if function is None:
        raise Refusal(API_CONFIGURATION_ERROR, log=f"Invalid integration URI: {integration.uri}")
    if integration.http_method != "POST":  # recorded: functions are called by POST, whatever the method
        raise Refusal(API_CONFIGURATION_ERROR, log="Execution failed due to configuration error: not a POST")
    event = write_event(call)
    try:
        if integration.is_streamed or is_streaming_uri(integration.uri):
            return await stream_function(ctx, call, integration, function, event)
        answer = await invoke(ctx, call, integration, function, event)
    except CallFailed as failed:
        raise lambda_refusal(failed) from failed
    say_answer(call, Answer(200, (("Content-Type", JSON),), answer.payload))
    if answer.is_error:
        call.notes.integration_error = "Lambda function error"
        log = "Lambda execution failed with status 200 due to customer function error"
        raise Refusal(MALFORMED_ANSWER, log=f"{log}: {error_message(answer.payload)}")
    try:
        return read_answer(answer.payload, call.program.binary_types, call.http.headers.get("accept"))
    except Malformed as bad:
        log = f"Execution failed due to configuration error: Malformed Lambda proxy response ({bad})"
        raise Refusal(MALFORMED_ANSWER, log=log) from bad


# Compression, where the API asks for it
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html


def unpacked(call: Call) -> Call:
    """The request with its body unpacked. Raises `Refusal`."""
    encoding = call.http.headers.get("content-encoding", "").strip().lower()
    if call.program.compression_bytes_min is None or encoding not in ("gzip", "deflate"):
        return call
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32 if encoding == "gzip" else zlib.MAX_WBITS)
    try:
        body = inflate.decompress(call.http.body, UNPACKED_BYTES_MAX + 1)
    except zlib.error:
        return call
    if len(body) > UNPACKED_BYTES_MAX:
        raise Refusal(REQUEST_TOO_LARGE)
    headers = {name: value for name, value in call.http.headers.items() if name != "content-encoding"}
    lines = tuple(line for line in call.http.raw_headers if line[0].lower() != b"content-encoding")
    return replace(call, http=replace(call.http, body=body, headers=headers, raw_headers=lines))


def packed(call: Call, response: HttpResponse) -> HttpResponse:
    """The response compressed, if the client takes it and it is large enough."""
    least = call.program.compression_bytes_min
    if least is None or len(response.body) < max(least, 1) or response.stream is not None:
        return response
    lines = (*response.headers.items(), *response.pairs)
    if last_of(lines, "content-encoding") is not None:
        return response
    accepted = call.http.headers.get("accept-encoding", "").lower()
    if "gzip" in accepted or "*" in accepted:
        body, encoding = gzip.compress(response.body, 6, mtime=0), "gzip"
    elif "deflate" in accepted:
        body, encoding = zlib.compress(response.body), "deflate"
    else:
        return response
    return replace(response, body=body, headers={**response.headers, "Content-Encoding": encoding})
