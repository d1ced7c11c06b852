"""Operations that invoke: now and wait, later and surely, or only to see whether it could be."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import aclosing

import orjson

from sundog.compute.contract import Invocation
from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError, UnsupportedOperation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Callee
from sundog.services.lambda_.errors import (
    EventTooLarge,
    InvalidRequestContentException,
    RequestEntityTooLargeException,
)
from sundog.services.lambda_.events import enqueue
from sundog.services.lambda_.jackson import explain
from sundog.services.lambda_.names import FunctionName, parse_name
from sundog.services.lambda_.response_streams import ResponseStreams, Streaming, error_of, failure_of
from sundog.services.lambda_.runner import runner, trace_header

_REFUSED = {
    "DurableExecutionName": "Durable functions are not built: leave it out.",
    "TenantId": "Environments are shared by all tenants: leave it out.",
}


@operation("lambda", "Invoke")
async def invoke(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    payload = request.get("Payload") or b"{}"
    kind = request.get("InvocationType", "RequestResponse")
    callee = await _callee(ctx, name, payload, kind, request)
    if kind == "DryRun":
        return {"StatusCode": 204}
    client_context = _client_context(request)
    if kind == "Event":
        await enqueue(ctx, callee.name, payload.decode(), client_context)
        return {"StatusCode": 202, "Payload": b""}
    runner(ctx).admit(callee)
    ran = await runner(ctx).run(callee, _invocation(ctx, callee, payload, client_context))
    answer: Result = {
        "StatusCode": 200,
        "Payload": ran.outcome.payload,
        "ExecutedVersion": ran.version,
    }
    if ran.outcome.function_error:
        answer["FunctionError"] = ran.outcome.function_error
    if request.get("LogType") == "Tail":
        answer["LogResult"] = base64.b64encode(ran.outcome.log_tail).decode()
    return answer


@operation("lambda", "InvokeWithResponseStream")
async def invoke_with_response_stream(ctx: Context, request: Request) -> Result:
    """The response comes as the function writes it; that of a function that does not stream, when complete.

    In process ``ResponseStreamContentType`` is the function's own type; over the wire the events have one.
    """
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    payload = request.get("Payload") or b"{}"
    callee = await _callee(ctx, name, payload, "RequestResponse", request)
    if request.get("InvocationType") == "DryRun":
        return {"StatusCode": 204, "EventStream": _no_events()}
    invocation = _invocation(ctx, callee, payload, _client_context(request))
    streaming = await ctx.part(ResponseStreams).begin(callee, invocation)
    with_log = request.get("LogType") == "Tail"
    return {
        "StatusCode": 200,
        "ExecutedVersion": streaming.version,
        "ResponseStreamContentType": streaming.content_type or "application/json",
        "EventStream": _events(streaming, with_log),
    }


async def _no_events() -> AsyncIterator[Result]:
    events: tuple[Result, ...] = ()
    for event in events:
        yield event


async def _events(streaming: Streaming, with_log: bool) -> AsyncIterator[Result]:
    async with aclosing(streaming.chunks()) as chunks:
        async for chunk in chunks:
            yield {"PayloadChunk": {"Payload": chunk}}
    complete: Result = {}
    try:
        ran = await streaming.ran()
        code, details = error_of(ran, streaming.has_begun)
        if with_log:
            complete["LogResult"] = base64.b64encode(ran.outcome.log_tail).decode()
    except AwsError as error:
        code, details = failure_of(error)
    if code:
        complete |= {"ErrorCode": code, "ErrorDetails": details}
    yield {"InvokeComplete": complete}


@operation("lambda", "InvokeAsync")
async def invoke_async(ctx: Context, request: Request) -> Result:
    """The old way to send an event; Invoke with InvocationType Event does the same."""
    name = parse_name(ctx.scope, request["FunctionName"])
    payload = request.get("InvokeArgs") or b"{}"
    _check_size(ctx, payload, "Event")
    callee = await runner(ctx).catalog.find(name)
    _check_json(payload)
    await enqueue(ctx, callee.name, payload.decode(), "")
    return {"Status": 202}


async def _callee(ctx: Context, name: FunctionName, payload: bytes, kind: str, request: Request) -> Callee:
    """What ``name`` runs, once the request has been found to be one that can be run."""
    for member, remedy in _REFUSED.items():
        if request.get(member):
            raise UnsupportedOperation(what=f"the parameter {member} of invocations", remedy=remedy)
    _check_size(ctx, payload, kind)
    callee = await runner(ctx).catalog.find(name)
    _check_json(payload)
    return callee


def _check_size(ctx: Context, payload: bytes, kind: str) -> None:
    if len(payload) > limits.PAYLOAD_BYTES_MAX:
        raise RequestEntityTooLargeException(limit=limits.PAYLOAD_BYTES_MAX, operation="InvokeFunction")
    event_bytes_max = limits.EVENT_BYTES_MAX[ctx.config.limits]
    if kind == "Event" and len(payload) > event_bytes_max:
        raise EventTooLarge(size=len(payload), limit=event_bytes_max)


def _invocation(ctx: Context, callee: Callee, payload: bytes, client_context: str) -> Invocation:
    return Invocation(
        request_id=ctx.request_id,
        payload=payload,
        invoked_arn=callee.name.arn,
        trace_header=trace_header(ctx),
        client_context=client_context,
    )


def _check_json(payload: bytes) -> None:
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise InvalidRequestContentException(reason=explain(payload)) from None


def _client_context(request: Request) -> str:
    encoded = request.get("ClientContext")
    if not encoded:
        return ""
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        orjson.loads(text)
    except (binascii.Error, ValueError):
        raise InvalidRequestContentException(
            "Client context must be a valid Base64-encoded JSON object."
        ) from None
    return text
