"""The management API as an integration: a route that sends to a connection needs no function for it.

Its URI is ``arn:aws:apigateway:<region>:<api>.execute-api:path/<stage>/@connections/<id>``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from sundog.context import Context, Request
from sundog.errors import AwsError
from sundog.front.aws_call import ServiceUri
from sundog.front.http_call import Answer
from sundog.protocol.models import Models
from sundog.services.apigatewayv2.sockets.answers import internal_error

SERVICE: Final = "apigatewaymanagementapi"
_PROTOCOL: Final = "rest-json"
_TARGET: Final = re.compile(r"/?(?P<stage>[^/]+)/(?:@|%40)connections/(?P<id>[^/]+)")
_OPERATIONS: Final = {"POST": "PostToConnection", "GET": "GetConnection", "DELETE": "DeleteConnection"}


async def call_management(ctx: Context, method: str, uri: ServiceUri, body: bytes) -> Answer:
    """What the management API of the stage answers, errors included."""
    match, operation = _TARGET.fullmatch(uri.target), _OPERATIONS.get(method)
    if match is None or operation is None:
        raise internal_error(f"{method} {uri.target} is nothing of the management API")
    ctx = replace(ctx, host=f"{uri.host}@{uri.subdomain}/{match['stage']}")  # which stage is meant
    request: Request = {"ConnectionId": unquote(match["id"])}
    if operation == "PostToConnection":
        request = {**request, "Data": body}
    codec = ctx.part(Models).codec(SERVICE)
    try:
        result = await ctx.dispatch(SERVICE, operation, request)
    except AwsError as error:
        written = codec.write_error(_PROTOCOL, error, ctx.request_id, operation)
    else:
        written = codec.write_result(operation, _PROTOCOL, result, ctx.request_id)
    return Answer(written.status, tuple(written.headers.items()), written.body)
