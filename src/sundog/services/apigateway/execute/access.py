"""Stage: may the caller in? The API's policy, the method's authorizer, key and plan, throttles.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Principal
from sundog.front.caller import NotSigned, signer
from sundog.services.apigateway.execute.authorizer_answers import (
    Outcome,
    decide_resource,
    decide_verdict,
)
from sundog.services.apigateway.execute.authorizing import ask, check_pools
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import (
    ACCESS_DENIED,
    AUTHORIZER_CONFIGURATION_ERROR,
    EXPIRED_TOKEN,
    INCOMPLETE_SIGNATURE,
    INVALID_SIGNATURE,
    MISSING_AUTHENTICATION_TOKEN,
    UNKNOWN_KEY,
    Refusal,
)
from sundog.services.apigateway.execute.narrating import say_no_key
from sundog.services.apigateway.execute.usage import Usage

_NOT_SIGNED: Final = {
    "missing": MISSING_AUTHENTICATION_TOKEN,
    "incomplete": INCOMPLETE_SIGNATURE,
    "unknown": UNKNOWN_KEY,
    "expired": EXPIRED_TOKEN,
    "signature": INVALID_SIGNATURE,
}
_EXPLICIT: Final = " with an explicit deny"


async def admit(ctx: Context, call: Call) -> Call:
    """The call with what is known of its caller. Raises `Refusal`."""
    method, usage_key = call.method, ""
    if method.authorization == "NONE":
        _check_policy(call, "anonymous", _policy_outcome(call, "anonymous"))
        if not method.needs_key:
            say_no_key(call)
            ctx.part(Usage).check_rate(call)
            return call
    elif method.authorization == "AWS_IAM":
        call = await _signed(ctx, call)
    elif method.authorizer is None:
        raise Refusal(AUTHORIZER_CONFIGURATION_ERROR, log="The authorizer of the method is gone")
    elif method.authorization == "COGNITO_USER_POOLS":
        _check_policy(call, "anonymous", _policy_outcome(call, "anonymous"))
        claims = await check_pools(ctx, call, method.authorizer)
        call = replace(call, authorizer={"claims": {name: _text(value) for name, value in claims.items()}})
    else:
        call, usage_key = await _authorized(ctx, call)
    shown = usage_key if call.program.key_source == "AUTHORIZER" else call.http.headers.get("x-api-key")
    if method.needs_key:
        key = await ctx.part(Usage).check_key(call, shown)
        call = replace(call, api_key=(key.value, key.id))
    else:
        say_no_key(call)
    ctx.part(Usage).check_rate(call)
    return call


async def _signed(ctx: Context, call: Call) -> Call:
    try:
        caller = await signer(ctx, call.http)
    except NotSigned as error:
        kind = _NOT_SIGNED[error.reason]
        raise Refusal(kind, str(error) or None, log=f"Unauthorized request: {error.reason}") from error
    outcome = _policy_outcome(call, caller.arn)
    if outcome == "explicitDeny":  # an identity's own policies may allow what the API's does not mention
        _check_policy(call, caller.arn, outcome)
    return replace(call, caller=caller)


async def _authorized(ctx: Context, call: Call) -> tuple[Call, str]:
    """Either the API's policy or the authorizer's may allow, each may deny."""
    assert call.method.authorizer is not None
    own = _policy_outcome(call, "anonymous")
    if own == "explicitDeny":
        _check_policy(call, "anonymous", own)
    verdict = await ask(ctx, call, call.method.authorizer)
    outcome = decide_verdict(verdict, call.method_arn, call.account, condition_keys(call))
    if outcome == "explicitDeny" or (outcome == "implicitDeny" and own != "allowed"):
        message = ACCESS_DENIED.message or ""
        explicit = _EXPLICIT if outcome == "explicitDeny" else ""
        raise Refusal(
            ACCESS_DENIED, message + explicit, log="The client is not authorized to perform this operation."
        )
    context: dict[str, Any] = {**verdict.context, "principalId": verdict.principal_id}
    context["integrationLatency"] = call.notes.authorizer_ms or 0
    return replace(call, authorizer=context), verdict.usage_key


# The API's own policy


def condition_keys(call: Call) -> dict[str, str]:
    keys = {"aws:SourceIp": call.address.source_ip, "aws:SecureTransport": _flag(call.http.scheme == "https")}
    if call.address.vpce:
        keys["aws:SourceVpce"] = call.address.vpce
    if agent := call.http.headers.get("user-agent"):
        keys["aws:UserAgent"] = agent
    if referer := call.http.headers.get("referer"):
        keys["aws:Referer"] = referer
    return keys


def _policy_outcome(call: Call, principal: str) -> Outcome | None:
    """None: there is no policy. A private API without one lets nobody in."""
    if call.program.policy is None:
        return "implicitDeny" if "PRIVATE" in call.program.endpoint_types else None
    return decide_resource(
        call.program.policy, principal, call.method_arn, call.account, condition_keys(call)
    )


def _check_policy(call: Call, principal: str, outcome: Outcome | None) -> None:
    if outcome in (None, "allowed"):
        return
    masked = call.method_arn.replace(call.account, "*" * 8 + call.account[-4:])
    explicit = _EXPLICIT if outcome == "explicitDeny" else ""
    text = (
        f"User: {principal} is not authorized to perform: execute-api:Invoke on resource: {masked}{explicit}"
    )
    raise Refusal(ACCESS_DENIED, text, log=text)


def is_allowed_to_invalidate(call: Call) -> bool:
    """Whether the API's policy lets this caller empty the cache by a header; without one a signature does."""
    caller: Principal | None = call.caller
    if call.program.policy is not None:
        principal = caller.arn if caller else "anonymous"
        return _policy_outcome(call, principal) == "allowed"
    return caller is not None


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _flag(value)
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]" if len(value) > 1 else ",".join(map(str, value))
    return str(value)
