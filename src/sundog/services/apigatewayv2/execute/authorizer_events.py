"""What a Lambda authorizer is asked, and what its answer means.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sundog.lang.iam_policy import AccessRequest, Policies, Policy, check_identity_policy, decide, read_policy
from sundog.services.apigatewayv2.execute.call import Routed
from sundog.services.apigatewayv2.execute.events import context_1, context_2, request_1, request_2


class BadVerdict(ValueError):
    """The authorizer answered something that is neither yes nor no."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An authorizer's answer, to keep and to apply: ``policy`` None means that ``is_allowed`` is for all."""

    is_allowed: bool
    context: Mapping[str, Any]
    principal_id: str = ""
    policy: Policy | None = None

    def allows(self, route_arn: str, account: str) -> bool:
        if self.policy is None:
            return self.is_allowed
        caller = f"arn:aws:iam::{account}:user/caller"  # of the API's account, with this policy alone
        asked = AccessRequest(caller, "execute-api:Invoke", route_arn, account)
        return decide(asked, Policies(identity=(self.policy,))).outcome == "allowed"


def write_question(version: str, routed: Routed, sources: Sequence[str]) -> dict[str, Any]:
    """The event; ``sources`` are the values of the identity sources."""
    arn = routed.call.route_arn
    if version == "1.0":
        asked = request_1(routed)
        context = context_1(routed)
        del context["authorizer"]
        token = ",".join(sources) or None
        about = {"methodArn": arn, "identitySource": token, "authorizationToken": token}
        return {**asked, "type": "REQUEST", **about, "requestContext": context}
    return {
        **request_2(routed),
        "type": "REQUEST",
        "routeArn": arn,
        "identitySource": list(sources) or None,
        "requestContext": context_2(routed),
    }


def read_verdict(payload: bytes, *, is_simple: bool) -> Verdict:
    """Raises `BadVerdict`."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadVerdict("the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise BadVerdict("the answer is no object")
    context = answer.get("context") or {}
    if not isinstance(context, dict):
        raise BadVerdict("the context is no object")
    if is_simple:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise BadVerdict("isAuthorized is neither true nor false")
        return Verdict(answer["isAuthorized"], context)
    return _read_policy(answer, context)


def _read_policy(answer: Mapping[str, Any], context: Mapping[str, Any]) -> Verdict:
    document, principal_id = answer.get("policyDocument"), answer.get("principalId")
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list | dict):
        raise BadVerdict("there is no policyDocument")
    if not isinstance(principal_id, str):
        raise BadVerdict("there is no principalId")
    if (problem := check_identity_policy(orjson.dumps(document).decode())) is not None:
        raise BadVerdict(f"the policyDocument is no policy: {problem}")
    return Verdict(False, context, principal_id, read_policy(document))
