"""Part: methods of REST APIs called by other services, within this server."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlencode

from sundog.arn import parse_arn
from sundog.bus import ApiCall, ConnectionFailure, HttpAnswer, sign_as
from sundog.context import Context
from sundog.protocol.http import HttpRequest
from sundog.service import Part
from sundog.services.apigateway.execute.face import Face

_RESOURCE: Final = re.compile(r"(?P<api>[a-z0-9]{10})/(?P<stage>[^/]+)/(?P<method>[^/]+)(?:/(?P<path>.*))?")
ANY_METHOD: Final = "POST"
"""What is sent where the ARN leaves the method open."""


class Invoker(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def invoke_api(self, ctx: Context, call: ApiCall) -> HttpAnswer:
        http = make_request(call)
        if call.role_arn:
            http = await sign_as(ctx, http, call.role_arn, ctx.principal.arn)
        response = await ctx.part(Face).answer(http, lambda: True)
        body = response.body
        if response.stream is not None:
            body += b"".join([chunk async for chunk in response.stream])
        return HttpAnswer(response.status, {k.lower(): v for k, v in response.headers.items()}, body)


def make_request(call: ApiCall) -> HttpRequest:
    """Raises `ConnectionFailure` where the ARN names no method of an API."""
    arn = parse_arn(call.arn)
    match = _RESOURCE.fullmatch(arn.resource) if arn is not None else None
    if arn is None or match is None:
        raise ConnectionFailure(f"{call.arn} is not the ARN of a method of a REST API.")
    values = iter(call.path_values)
    path = "/".join(
        quote(next(values, part), safe="") if part == "*" else part
        for part in (match["stage"], *(match["path"] or "").split("/"))
    )
    headers = {
        "host": f"{match['api']}.execute-api.{arn.region}.amazonaws.com",
        "content-type": "application/json",
        "user-agent": call.user_agent,
        **{name.lower(): value for name, value in call.headers.items()},
    }
    method = ANY_METHOD if match["method"] in ("*", "ANY") else match["method"]
    query = urlencode(call.query, quote_via=quote)
    return HttpRequest(method, f"/{path}", query, headers, call.body.encode(), scheme="https")
