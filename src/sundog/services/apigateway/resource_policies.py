"""Resource policies of APIs and private domain names, where resources may be written short.

``execute-api:/dev/GET/pets`` stands for ``arn:aws:execute-api:<region>:<account>:<API>/dev/GET/pets``; AWS
keeps and shows them whole
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html).
"""

from __future__ import annotations

from sundog.arn import Arn
from sundog.lang.iam_policy.check import check_resource_policy
from sundog.scope import Scope
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.model import Body

_SHORT = '"execute-api:/'


def check_policy(policy: str | None) -> None:
    """Raises BadRequestException where ``policy`` does not have the form of one."""
    if policy is not None and check_resource_policy(policy) is not None:
        raise BadRequestException(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        )


def with_whole_policy(body: Body, scope: Scope) -> Body:
    """The body of an API with the resources of its policy written out."""
    if _SHORT not in body.get("policy", ""):
        return body
    return {**body, "policy": whole_policy(body["policy"], scope, body["id"])}


def whole_policy(policy: str, scope: Scope, owner: str) -> str:
    return policy.replace(_SHORT, f'"{Arn.of("execute-api", scope, owner)}/')
