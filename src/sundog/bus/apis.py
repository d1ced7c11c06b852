"""REST APIs as targets of other services: a method called by its ARN, as if from outside.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sundog.bus.connections import ConnectionFailure
from sundog.bus.http import HttpAnswer
from sundog.context import Context


@dataclass(frozen=True, slots=True)
class ApiCall:
    """``arn`` is ``arn:aws:execute-api:<region>:<account>:<api>/<stage>/<METHOD>/<path>``.

    ``path_values`` stand where the path has ``*``. With a ``role_arn`` the call is signed, which methods
    that ask for AWS_IAM want.
    """

    arn: str
    body: str
    path_values: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    role_arn: str = ""
    user_agent: str = "Amazon/EventBridge/ApiGateway"


class Apis(Protocol):
    """The part of API Gateway that makes the calls."""

    async def invoke_api(self, ctx: Context, call: ApiCall) -> HttpAnswer: ...


async def invoke_api(ctx: Context, call: ApiCall) -> HttpAnswer:
    """The answer of the API, whatever its status. Raises `ConnectionFailure` where it cannot be called."""
    found: list[Apis] = ctx.parts.with_method("invoke_api")
    if not found:
        raise ConnectionFailure("No service of this server has REST APIs.")
    return await found[0].invoke_api(ctx, call)
