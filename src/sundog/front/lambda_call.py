"""Calling functions for a front door: URIs of functions, who calls, what comes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sundog.arn import Arn, parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError

_URI: Final = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:(?:\w+\.)?lambda:path/(?:\d{4}-\d\d-\d\d/)?functions/"
    r"(?P<function>.+?)(?P<kind>/invocations|/response-streaming-invocations)?"
)
_PLACEHOLDER: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")


@dataclass(frozen=True, slots=True)
class FunctionAnswer:
    """``payload`` is what the function returned, or where ``is_error`` its error document."""

    payload: bytes
    is_error: bool
    request_id: str = ""


class CallFailed(Exception):
    """Lambda did not run the function: ``error`` says why (it is unknown, throttled, not permitted, ...)."""

    def __init__(self, error: AwsError) -> None:
        super().__init__(error.message)
        self.error = error


def function_of(uri: str, variables: Mapping[str, str] | None = None) -> str | None:
    """The function that an integration or authorizer URI names: an ARN, or a name; None if it names none."""
    filled = fill_variables(uri, variables or {})
    match = _URI.fullmatch(filled)
    if match is not None:
        return match["function"]
    arn = parse_arn(filled)
    return filled if arn is not None and arn.service == "lambda" else None


def fill_variables(text: str, variables: Mapping[str, str]) -> str:
    """``${stageVariables.name}`` by its value; a variable that the stage does not have is empty."""
    if "${" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: variables.get(match[1], ""), text)


def acting_as(ctx: Context, role_arn: str, service: str = "apigateway.amazonaws.com") -> Context:
    """The context of an integration's role; without one the gateway calls as itself."""
    arn = parse_arn(role_arn) if role_arn else None
    if arn is None or not arn.resource.startswith("role/"):
        return ctx.acting(principal=Principal.service(service, ctx.scope.account))
    name = arn.resource.rpartition("/")[2]
    session = str(
        Arn("sts", "", arn.account, f"assumed-role/{name}/BackplaneAssumeRoleSession", arn.partition)
    )
    user_id = f"AROA{name.upper()[:16]}:BackplaneAssumeRoleSession"
    return ctx.acting(principal=Principal("role", arn.account, session, user_id))


async def call_function(
    ctx: Context,
    function: str,
    payload: bytes,
    *,
    role_arn: str = "",
    service: str = "apigateway.amazonaws.com",
    trace_header: str = "",
    kind: str = "RequestResponse",
) -> FunctionAnswer:
    """Invoke ``function`` (an ARN or a name) and wait. Raises `CallFailed`.

    The function acts in the scope of its own ARN; ``kind`` is Lambda's InvocationType.
    """
    caller = acting_as(ctx, role_arn, service)
    arn = parse_arn(function)
    if arn is not None:
        caller = replace(caller, scope=arn.scope)
    if trace_header:
        caller = replace(caller, trace_header=trace_header)
    request: dict[str, Any] = {"FunctionName": function, "Payload": payload, "InvocationType": kind}
    try:
        answer = await caller.dispatch("lambda", "Invoke", request)
    except AwsError as error:
        raise CallFailed(error) from error
    return FunctionAnswer(answer.get("Payload") or b"", bool(answer.get("FunctionError")), caller.request_id)
