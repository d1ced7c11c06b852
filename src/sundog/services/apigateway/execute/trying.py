"""TestInvokeMethod and TestInvokeAuthorizer: an API as it is now, without a deployment, and the log of it.

Recorded: the lines and their order; what a path does not say is empty, and without a path a resource is asked
for by its own (``/pets/{petId}`` with ``petId`` = ``{petId}``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.front.headers import grouped
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.services.apigateway.execute.authorizing import (
    authorizer_event,
    check_pools,
    identity_of,
    invoke,
)
from sundog.services.apigateway.execute.call import TRACE_HEADER, Address, Call, Notes, new_trace_id
from sundog.services.apigateway.execute.checking import check
from sundog.services.apigateway.execute.compiling import compile_authorizer, compile_program
from sundog.services.apigateway.execute.failures import Refusal
from sundog.services.apigateway.execute.narrating import say_refusal, say_request, say_response
from sundog.services.apigateway.execute.pipeline import integrate
from sundog.services.apigateway.execute.program import Authorizer, Method, Program
from sundog.services.apigateway.execute.refusing import write_refusal
from sundog.services.apigateway.execute.routing import Routes
from sundog.services.apigateway.execute.stage import Settings, Stage
from sundog.services.apigateway.loading import load_api, load_item, missing
from sundog.services.apigateway.snapshots import freeze

STAGE: Final = "test-invoke-stage"
_DOMAIN: Final = ("testPrefix.testDomainName", "testPrefix")
_SOURCE_IP: Final = "test-invoke-source-ip"
_KEY: Final = ("test-invoke-api-key", "test-invoke-api-key-id")
_NO_METHOD: Final = Method("", "", "", None)


@operation("apigateway", "TestInvokeMethod")
async def test_invoke_method(ctx: Context, request: Request) -> Result:
    api_id, resource_id, http_method = request["restApiId"], request["resourceId"], request["httpMethod"]
    async with ctx.store.transaction() as tx:
        resource = await load_item(tx, ctx.scope, "resource", resource_id, api_id)
        snapshot = await freeze(ctx, tx, await load_api(tx, ctx.scope, api_id))
    program = compile_program(snapshot, "", ctx.scope.partition)
    found = program.routes.find(http_method, resource.body["path"])
    if found is None:
        raise missing(ctx.scope, "method", "")
    method = found[0]
    path = (request.get("pathWithQueryString") or method.path).partition("?")[0]
    call = _call(ctx, request, program, method, http_method, _parameters(method, path))
    started_ns = ctx.clock.monotonic_ns()
    response = await _run(ctx, call, path)
    latency_ms = (ctx.clock.monotonic_ns() - started_ns) // 1_000_000
    lines = grouped((*response.headers.items(), *response.pairs))
    return {
        "status": response.status,
        "body": (await _whole(response)).decode("utf-8", "replace"),
        "headers": {name: values[-1] for name, values in lines.items()},
        "multiValueHeaders": lines,
        "log": _log(call),
        "latency": latency_ms,
    }


@operation("apigateway", "TestInvokeAuthorizer")
async def test_invoke_authorizer(ctx: Context, request: Request) -> Result:
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        item = await load_item(tx, ctx.scope, "authorizer", request["authorizerId"], api_id)
        snapshot = await freeze(ctx, tx, await load_api(tx, ctx.scope, api_id))
    program = compile_program(snapshot, "", ctx.scope.partition)
    call = _call(ctx, request, program, _NO_METHOD, "GET", {})
    started_ns = ctx.clock.monotonic_ns()
    result: dict[str, Any]
    try:
        result = await _ask(ctx, call, compile_authorizer(item.body))
    except Refusal as refusal:
        call.notes.say(refusal.log)
        result = {"clientStatus": refusal.status}
    return {**result, "log": _log(call), "latency": (ctx.clock.monotonic_ns() - started_ns) // 1_000_000}


async def _ask(ctx: Context, call: Call, authorizer: Authorizer) -> dict[str, Any]:
    if authorizer.type == "COGNITO_USER_POOLS":
        claims = await check_pools(ctx, call, authorizer)
        return {"clientStatus": 0, "claims": {name: str(value) for name, value in claims.items()}}
    event = authorizer_event(call, authorizer, identity_of(call, authorizer))
    verdict = await invoke(ctx, call, authorizer, event)
    return {
        "clientStatus": 0,
        "principalId": verdict.principal_id,
        "policy": verdict.document,
        "authorization": {name: [value] for name, value in verdict.context.items()},
    }


async def _run(ctx: Context, call: Call, path: str) -> HttpResponse:
    say_request(call, path)
    try:
        check(call)
        response = await integrate(ctx, call)
    except Refusal as refusal:
        response = write_refusal(call, refusal)
        say_refusal(call, refusal, response)
        return response
    if call.method.integration is not None and call.method.integration.type not in ("MOCK", "HTTP_PROXY"):
        response = replace(response, headers={TRACE_HEADER: call.trace_id, **response.headers})
    say_response(call, response, (*response.headers.items(), *response.pairs))
    return response


def _call(
    ctx: Context,
    request: Request,
    program: Program,
    method: Method,
    http_method: str,
    parameters: Mapping[str, str],
) -> Call:
    path, _, query = (request.get("pathWithQueryString") or method.path or "/").partition("?")
    lines = list(_lines(request))
    headers: dict[str, str] = {}
    for name, value in lines:
        headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
    raw = tuple((name.encode(), value.encode()) for name, value in lines)
    body = (request.get("body") or "").encode()
    return Call(
        program=program,
        stage=Stage(STAGE, "", dict(request.get("stageVariables") or {})),
        settings=Settings(),
        method=method,
        http=HttpRequest(http_method, path, query, headers, body, _SOURCE_IP, raw),
        address=Address(*_DOMAIN, path, path, _SOURCE_IP),
        parameters=parameters,
        account=ctx.scope.account,
        region=ctx.scope.region,
        request_id=ctx.request_id,
        extended_id="",
        now_ms=ctx.clock.now_ms(),
        new_trace_id=lambda: new_trace_id(ctx, ""),
        is_canary=None,
        notes=Notes(is_logged=True, with_data=True),
        caller=ctx.principal,
        api_key=_KEY,
        is_test=True,
    )


def _parameters(method: Method, path: str) -> Mapping[str, str]:
    """What the path says for the resource's parameters; nothing where it is another path."""
    routes = Routes([(method.path, "GET", method)])
    found = routes.find("GET", path)
    return found[1] if found is not None else {}


def _lines(request: Request) -> Iterable[tuple[str, str]]:
    """``multiValueHeaders`` win over ``headers``."""
    multi = request.get("multiValueHeaders") or {}
    for name, value in (request.get("headers") or {}).items():
        if name not in multi:
            yield name, value
    for name, values in multi.items():
        yield from ((name, value) for value in values)


async def _whole(response: HttpResponse) -> bytes:
    if response.stream is None:
        return response.body
    return response.body + b"".join([chunk async for chunk in response.stream])


def _log(call: Call) -> str:
    moment = f"{datetime.fromtimestamp(call.now_ms // 1_000, UTC):%a %b %d %H:%M:%S UTC %Y}"
    lines = [f"{moment} : {line}\n" for line in call.notes.lines or () if line]
    return f"Execution log for request {call.request_id}\n{''.join(lines)}"
