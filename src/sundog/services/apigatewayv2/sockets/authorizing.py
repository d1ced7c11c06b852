"""Who may connect: anybody, whom a Lambda authorizer lets in, or who has signed (AWS_IAM).

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson

from sundog.context import Context
from sundog.front.caller import NotSigned, signer
from sundog.front.lambda_call import CallFailed, call_function, function_of
from sundog.lang.iam_policy import AccessRequest, Policies, decide, read_policy
from sundog.services.apigatewayv2.sockets import limits
from sundog.services.apigatewayv2.sockets.answers import Failed, forbidden, internal_error
from sundog.services.apigatewayv2.sockets.expressions import Sources, compile_source
from sundog.services.apigatewayv2.sockets.occasion import NOBODY, Admitted, Occasion, event_of

CONNECT: Final = "$connect"
_SIGNATURES: Final = {
    "missing": "Missing Authentication Token",
    "expired": "The security token included in the request is expired",
    "unknown": "The security token included in the request is invalid.",
}
Body = Mapping[str, Any]


async def authorize(ctx: Context, occasion: Occasion, kind: str, authorizer: Body | None) -> Admitted:
    """What is found out about the client. Raises `Failed` for one that is not let in."""
    if kind == "AWS_IAM":
        return await _signed(ctx, occasion)
    if kind == "CUSTOM":
        if authorizer is None:
            raise internal_error("The authorizer of $connect is gone")
        return await _asked(ctx, occasion, authorizer)
    return NOBODY


async def _signed(ctx: Context, occasion: Occasion) -> Admitted:
    assert occasion.http is not None
    try:
        caller = await signer(ctx, occasion.http)
    except NotSigned as refusal:
        raise Failed(403, _SIGNATURES.get(refusal.reason) or str(refusal) or "Forbidden") from refusal
    return Admitted(
        identity={
            "accessKey": caller.access_key_id,
            "accountId": caller.account,
            "caller": caller.user_id,
            "user": caller.user_id,
            "userArn": caller.arn,
        }
    )


async def _asked(ctx: Context, occasion: Occasion, authorizer: Body) -> Admitted:
    sources = [compile_source(text) for text in authorizer.get("IdentitySource") or ()]
    if not all(read(Sources(occasion, CONNECT)) for read in sources):
        raise Failed(401, "Unauthorized", "An identity source is missing")
    started_ns = ctx.clock.monotonic_ns()
    answer = await _call(ctx, occasion, authorizer)
    latency_ms = (ctx.clock.monotonic_ns() - started_ns) // 1_000_000
    return _read(occasion, answer, latency_ms)


async def _call(ctx: Context, occasion: Occasion, authorizer: Body) -> bytes:
    function = function_of(authorizer["AuthorizerUri"], occasion.variables)
    if function is None:
        raise internal_error("The authorizer URI names no function")
    question = {"type": "REQUEST", "methodArn": occasion.method_arn(CONNECT), **event_of(occasion, CONNECT)}
    del question["isBase64Encoded"]
    question.setdefault("queryStringParameters", {})
    question.setdefault("multiValueQueryStringParameters", {})
    question.setdefault("stageVariables", {})
    try:
        async with asyncio.timeout(limits.AUTHORIZER_TIMEOUT_MS / 1_000):
            answer = await call_function(
                ctx,
                function,
                orjson.dumps(question),
                role_arn=authorizer.get("AuthorizerCredentialsArn") or "",
                trace_header=occasion.trace_header,
            )
    except (CallFailed, TimeoutError) as failure:
        raise internal_error(f"The authorizer did not answer: {failure}") from failure
    if answer.is_error:
        raise _failure(answer.payload)
    return answer.payload


def _failure(payload: bytes) -> Failed:
    """A function refuses by failing with this very word."""
    try:
        said = orjson.loads(payload).get("errorMessage")
    except (orjson.JSONDecodeError, AttributeError):
        said = None
    return Failed(401, "Unauthorized") if said == "Unauthorized" else internal_error("The authorizer failed")


def _read(occasion: Occasion, payload: bytes, latency_ms: int) -> Admitted:
    try:
        answer = orjson.loads(payload)
        policy = read_policy(answer["policyDocument"])
        principal_id = answer["principalId"]
        context = {name: _text(value) for name, value in (answer.get("context") or {}).items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise internal_error("The authorizer's answer says nothing about the caller") from error
    account = occasion.peer.scope.account
    arn = occasion.method_arn(CONNECT)
    asked = AccessRequest(f"arn:aws:iam::{account}:root", "execute-api:Invoke", arn, account)
    if decide(asked, Policies(identity=(policy,))).outcome != "allowed":
        raise forbidden("The authorizer does not let the client in")
    said = {"principalId": principal_id, "integrationLatency": latency_ms}
    return Admitted(authorizer=said | context)


def _text(value: Any) -> str:
    """Values of an authorizer's context are handed on as texts."""
    if isinstance(value, dict | list):
        raise ValueError("the context holds more than texts, numbers and flags")
    return str(value).lower() if isinstance(value, bool) else str(value)
