"""Lambda and Cognito authorizers: asking them, and remembering what they said.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context
from sundog.front.jwt import BadToken, IssuerKeys, NoScope, check_scopes, read_token
from sundog.front.lambda_call import CallFailed, call_function, function_of
from sundog.service import Part
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.execute.authorizer_answers import BadAuthorizer, Verdict, read_verdict
from sundog.services.apigateway.execute.call import Call, gateway_context
from sundog.services.apigateway.execute.failures import (
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    UNAUTHORIZED,
    Refusal,
)
from sundog.services.apigateway.execute.integrating import RunningOn
from sundog.services.apigateway.execute.program import Authorizer
from sundog.services.apigateway.execute.proxy_messages import request_event
from sundog.services.apigateway.model import Item

VERDICTS_MAX: Final = 20_000
TIMEOUT_MS: Final = 29_000
_UNAUTHORIZED: Final = "Unauthorized"


@dataclass(frozen=True, slots=True)
class _Known:
    verdict: Verdict
    until_ms: int


class Verdicts(Part):
    """Part: what authorizers said of an identity, for as long as their TTL says, on the clock."""

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._known: OrderedDict[tuple[str, str, Hashable], _Known] = OrderedDict()
        ctx.part(Changes).listen(self._on_change)

    async def forget(self) -> None:
        self._known.clear()

    def get(self, api_id: str, stage: str, key: Hashable) -> Verdict | None:
        known = self._known.get((api_id, stage, key))
        if known is None or known.until_ms <= self._clock.now_ms():
            return None
        return known.verdict

    def put(self, api_id: str, stage: str, key: Hashable, verdict: Verdict, ttl_ms: int) -> None:
        if ttl_ms > 0:
            self._known[api_id, stage, key] = _Known(verdict, self._clock.now_ms() + ttl_ms)
            if len(self._known) > VERDICTS_MAX:
                self._known.popitem(last=False)

    def flush(self, api_id: str, stage: str = "") -> None:
        """Forget what authorizers of the API said, at one stage or at all."""
        for key in [key for key in self._known if key[0] == api_id and stage in ("", key[1])]:
            del self._known[key]

    def _on_change(self, item: Item | None) -> None:
        if item is None:
            self._known.clear()
        elif item.kind == "rest_api":
            self.flush(item.id)
        elif item.kind == "stage":
            self.flush(item.owner, item.id)
        elif item.kind == "cache_flush" and item.id.endswith("/authorizers"):
            self.flush(item.owner, item.id.rpartition("/")[0])


async def ask(ctx: Context, call: Call, authorizer: Authorizer) -> Verdict:
    """What the authorizer says of the caller, from memory if it has said so lately. Raises `Refusal`."""
    identity = identity_of(call, authorizer)
    verdicts = ctx.part(Verdicts)
    stage = call.stage.name
    key = authorizer.id, call.program.deployment_id, identity
    if authorizer.ttl_ms and (known := verdicts.get(call.api_id, stage, key)) is not None:
        call.notes.say(f"Using valid authorizer policy for principal: {_masked(known.principal_id)}")
        return known
    event = authorizer_event(call, authorizer, identity)
    verdict = await invoke(ctx, call, authorizer, event)
    verdicts.put(call.api_id, stage, key, verdict, authorizer.ttl_ms)
    return verdict


def identity_of(call: Call, authorizer: Authorizer) -> tuple[str, ...]:
    """The values of the identity sources. Raises `Refusal` where one is missing or cannot be a token."""
    found = []
    for _, source in authorizer.sources:
        value = source(call, None)
        if not value:
            raise Refusal(UNAUTHORIZED, log="Unauthorized request: identity source is missing")
        found.append(value if isinstance(value, str) else ",".join(value))
    if authorizer.type == "TOKEN":
        if not found:
            raise Refusal(UNAUTHORIZED, log="Unauthorized request: no token")
        if authorizer.validation is not None and not authorizer.validation.fullmatch(found[0]):
            raise Refusal(UNAUTHORIZED, log="Unauthorized request: the token does not match the expression")
    return tuple(found)


def authorizer_event(call: Call, authorizer: Authorizer, identity: tuple[str, ...]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html"""
    if authorizer.type == "TOKEN":
        return {"type": "TOKEN", "methodArn": call.method_arn, "authorizationToken": identity[0]}
    event = {"type": "REQUEST", "methodArn": call.method_arn, **request_event(call)}
    return {name: {} if value is None else value for name, value in event.items()}


async def invoke(ctx: Context, call: Call, authorizer: Authorizer, event: Mapping[str, Any]) -> Verdict:
    """Raises `Refusal`: what a function raises is a failure, but for the one error that says no."""
    function = function_of(authorizer.uri, call.variables)
    if function is None:
        raise Refusal(AUTHORIZER_CONFIGURATION_ERROR, log="Invalid authorizer URI")
    started_ns, notes = ctx.clock.monotonic_ns(), call.notes
    payload = orjson.dumps(event)
    notes.say(f"Starting authorizer: {authorizer.id} for request: {call.request_id}")
    notes.show("Endpoint request body after transformations", payload.decode())
    notes.say(
        f"Sending request to https://lambda.{call.region}.amazonaws.com/functions/{function}/invocations"
    )
    work = call_function(
        gateway_context(ctx, call),
        function,
        payload,
        role_arn=authorizer.credentials,
        trace_header=call.trace_id,
    )
    try:
        answer = await ctx.part(RunningOn).wait(work, TIMEOUT_MS)
    except CallFailed as failed:
        log = f"Execution failed due to configuration error: {failed}"
        raise Refusal(AUTHORIZER_CONFIGURATION_ERROR, log=log) from failed
    except TimeoutError as error:
        raise Refusal(AUTHORIZER_FAILURE, log="Authorizer error: timed out") from error
    finally:
        notes.authorizer_ms = (ctx.clock.monotonic_ns() - started_ns) // 1_000_000
    notes.show("Authorizer result body before parsing", answer.payload.decode("utf-8", "replace"))
    if answer.is_error:
        raise _failure(answer.payload)
    try:
        verdict = read_verdict(answer.payload)
    except BadAuthorizer as bad:
        log = f"Execution failed due to configuration error: Invalid JSON in response: {bad}"
        raise Refusal(AUTHORIZER_CONFIGURATION_ERROR, log=log) from bad
    notes.say(f"Using valid authorizer policy for principal: {_masked(verdict.principal_id)}")
    notes.say("Successfully completed authorizer execution")
    return verdict


def _failure(payload: bytes) -> Refusal:
    try:
        document = orjson.loads(payload)
        message = document.get("errorMessage") if isinstance(document, dict) else None
    except orjson.JSONDecodeError:
        message = None
    if message == _UNAUTHORIZED:
        return Refusal(UNAUTHORIZED, log="Unauthorized request")
    return Refusal(AUTHORIZER_FAILURE, log=f"Authorizer error: {message}")


def _masked(text: str) -> str:
    return "*" * max(0, len(text) - 2) + text[-2:]


# Cognito


async def check_pools(ctx: Context, call: Call, authorizer: Authorizer) -> dict[str, Any]:
    """The claims of a user pool's token. Raises `Refusal`."""
    token = identity_of(call, authorizer)[0] if authorizer.sources else ""
    token = token.removeprefix("Bearer ").strip()
    if not token or (authorizer.validation is not None and not authorizer.validation.fullmatch(token)):
        raise Refusal(UNAUTHORIZED, log="Unauthorized request")
    try:
        claims = await _verified(ctx, token, authorizer)
        if call.method.scopes:
            check_scopes(claims, call.method.scopes)
            is_right_kind = claims.get("token_use", "access") == "access"
        else:
            is_right_kind = claims.get("token_use", "id") == "id"
        if not is_right_kind:
            raise BadToken("the token is of the other kind")
    except BadToken as bad:
        message = "The incoming token has expired" if "expired" in str(bad) else None
        raise Refusal(UNAUTHORIZED, message, log=f"Unauthorized request: {bad}") from bad
    except NoScope as none:
        raise Refusal(UNAUTHORIZED, log="Unauthorized request: no scope") from none
    return dict(claims)


async def _verified(ctx: Context, token: str, authorizer: Authorizer) -> Mapping[str, Any]:
    """The claims, if one of the pools has issued the token. Raises `BadToken`."""
    named = read_token(token).claims.get("iss")
    for provider in authorizer.providers:
        if (issuer := issuer_of(provider)) and issuer == named:
            return await ctx.part(IssuerKeys).verify(token, issuer, ())
    raise BadToken("invalid issuer")


def issuer_of(provider_arn: str) -> str:
    """``arn:aws:cognito-idp:<region>:<account>:userpool/<id>`` -> the issuer of its tokens.

    An ``https://`` or ``http://`` address stands for itself: issuers that are no user pools.
    """
    if provider_arn.startswith(("https://", "http://")):
        return provider_arn
    arn = parse_arn(provider_arn)
    if arn is None or not arn.resource.startswith("userpool/"):
        return ""
    return f"https://cognito-idp.{arn.region}.amazonaws.com/{arn.resource.removeprefix('userpool/')}"
