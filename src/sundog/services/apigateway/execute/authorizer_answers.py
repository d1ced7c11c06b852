"""What Lambda authorizers answer, and what that allows.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from sundog.lang.iam_policy import AccessRequest, Policies, Policy, decide, read_policy

ACTION: Final = "execute-api:Invoke"
Outcome = Literal["allowed", "implicitDeny", "explicitDeny"]


class BadAuthorizer(ValueError):
    """The authorizer answered something that says nothing about the caller."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``context`` is what the authorizer gives templates and functions: texts only, as AWS hands them on."""

    principal_id: str
    policy: Policy
    context: Mapping[str, str]
    usage_key: str = ""
    document: str = ""
    """The policy as the authorizer wrote it, as JSON."""


def read_verdict(payload: bytes) -> Verdict:
    """Raises `BadAuthorizer`."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadAuthorizer("the answer is no JSON") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("policyDocument"), dict):
        raise BadAuthorizer("the answer has no policyDocument")
    principal_id = answer.get("principalId")
    if not isinstance(principal_id, str | int) or isinstance(principal_id, bool):
        raise BadAuthorizer("the answer has no principalId")
    try:
        policy = read_policy(answer["policyDocument"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAuthorizer("the policyDocument is none") from error
    key = answer.get("usageIdentifierKey")
    return Verdict(
        principal_id=str(principal_id),
        policy=policy,
        context=_context(answer.get("context")),
        usage_key=key if isinstance(key, str) else "",
        document=orjson.dumps(answer["policyDocument"]).decode(),
    )


def _context(context: Any) -> dict[str, str]:
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise BadAuthorizer("the context is no object")
    found: dict[str, str] = {}
    for name, value in context.items():
        if value is None:
            continue
        if isinstance(value, dict | list):
            raise BadAuthorizer(f"the value of {name} in the context is no text, number or flag")
        found[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def decide_verdict(verdict: Verdict, method_arn: str, account: str, keys: Mapping[str, str]) -> Outcome:
    """Whether the policy lets this request in; ``keys`` are the context keys of the request."""
    caller = f"arn:aws:iam::{account}:user/{verdict.principal_id}"
    asked = AccessRequest(caller, ACTION, method_arn, account, keys)
    return decide(asked, Policies(identity=(verdict.policy,))).outcome


def decide_resource(
    policy: Policy, principal: str, method_arn: str, account: str, keys: Mapping[str, str]
) -> Outcome:
    """What an API's own policy says of ``principal`` (``anonymous`` for nobody known)."""
    asked = AccessRequest(principal or "anonymous", ACTION, method_arn, account, keys)
    return decide(asked, Policies(resource=policy)).outcome
