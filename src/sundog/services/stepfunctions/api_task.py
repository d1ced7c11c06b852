"""``apigateway:invoke``: a method of an API of this server, called as the machine's role where it is to be.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from sundog import bus
from sundog.bus import ConnectionFailure
from sundog.context import Context
from sundog.protocol.http import HttpRequest
from sundog.services.stepfunctions.http_task import object_in, show
from sundog.services.stepfunctions.task_error import TaskError

METHODS: Final = frozenset({"GET", "DELETE", "PATCH", "POST", "PUT", "HEAD", "OPTIONS"})
SIGNED: Final = frozenset({"IAM_ROLE", "RESOURCE_POLICY"})
AUTH_TYPES: Final = SIGNED | {"NO_AUTH"}
_NOT_ALLOWED: Final = frozenset(
    (
        *("authorization", "connection", "content-md5", "expect", "host", "max-forwards"),
        *("proxy-authenticate", "server", "te", "transfer-encoding", "trailer", "upgrade", "via"),
        "www-authenticate",
    )
)
_NOT_ALLOWED_PREFIXES: Final = ("x-forwarded", "x-amz", "x-amzn")


async def call_api(ctx: Context, asked: Any, role_arn: str) -> Any:
    """Raises `TaskError`: ``ApiGateway.<status>`` from 400 on, with the body as the cause."""
    parameters = asked if isinstance(asked, dict) else {}
    http = make_request(ctx, parameters)
    try:
        if str(parameters.get("AuthType")) in SIGNED:
            http = await bus.sign_as(ctx, http, role_arn, "states.amazonaws.com")
        answer = await bus.ask_face(ctx, http)
    except ConnectionFailure as problem:
        raise TaskError("ApiGateway.SdkClientException", str(problem)) from problem
    if answer is None:
        cause = f"Unable to execute HTTP request: {http.host}: Name or service not known"
        raise TaskError("ApiGateway.SdkClientException", cause)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise TaskError(f"ApiGateway.{answer.status}", answer.body.decode("utf-8", "replace"))
    return show(answer)


def make_request(ctx: Context, asked: Mapping[str, Any]) -> HttpRequest:
    """The request that the parameters of a task describe."""
    host, method = asked.get("ApiEndpoint"), asked.get("Method")
    if not isinstance(host, str) or not host or not isinstance(method, str) or method not in METHODS:
        raise TaskError("States.Runtime", "ApiEndpoint and Method are required: a host, and an HTTP method.")
    if str(asked.get("AuthType", "NO_AUTH")) not in AUTH_TYPES:
        raise TaskError("States.Runtime", "AuthType is NO_AUTH, IAM_ROLE or RESOURCE_POLICY.")
    stage, path = str(asked.get("Stage") or "").strip("/"), str(asked.get("Path") or "").lstrip("/")
    whole = "/".join(part for part in (stage, path) if part)
    headers = {
        "host": host,
        "user-agent": f"Amazon|StepFunctions|{ctx.scope.region}|{ctx.scope.account}",
        **dict(_headers(object_in(asked, "Headers"))),
    }
    body = b""
    if asked.get("RequestBody") is not None:
        headers.setdefault("content-type", "application/json")
        body = orjson.dumps(asked["RequestBody"])
    query = urlencode(list(_pairs(object_in(asked, "QueryParameters"))), quote_via=quote)
    return HttpRequest(method, f"/{quote(whole, safe='/%')}", query, headers, body, scheme="https")


def _headers(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Several values of one header are one line."""
    lines: dict[str, list[str]] = {}
    for name, value in _pairs(given):
        lines.setdefault(name.lower(), []).append(value)
    for name, values in lines.items():
        if name in _NOT_ALLOWED or name.startswith(_NOT_ALLOWED_PREFIXES):
            raise TaskError("States.Runtime", f"The header {name} cannot be given in Headers.")
        yield name, ",".join(values)


def _pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            yield str(name), each if isinstance(each, str) else orjson.dumps(each).decode()
