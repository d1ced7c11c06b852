"""Services of AWS as integrations: the request that a gateway sends to a service's endpoint, and its answer.

``arn:aws:apigateway:<region>:<service>:action/<Operation>`` names the operation and gives its parameters in
query string or body; ``...:path/<path>`` is the path of the service's own API. Either way it becomes the
service's wire request and is read as if it had come in from outside, so every operation can be called.
https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (uri)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

import orjson

from sundog.context import Context
from sundog.errors import AwsError, UnsupportedOperation
from sundog.front.headers import Pairs, last_of
from sundog.front.http_call import Answer
from sundog.front.query_json import CONTENT_TYPE, write_query_error, write_query_json
from sundog.protocol.common_errors import spoken
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.metadata import Metadata
from sundog.protocol.models import Models
from sundog.protocol.routing import Route, RouteError, Router
from sundog.scope import Scope

_URI: Final = re.compile(
    r"arn:(?P<partition>[\w-]+):apigateway:(?P<region>[\w-]+):"
    r"(?:(?P<subdomain>[\w.-]+)\.)?(?P<service>[\w-]+):(?P<kind>action|path)/(?P<target>.*)",
    re.DOTALL,
)
_JSON: Final = "application/x-amz-json-"


@dataclass(frozen=True, slots=True)
class ServiceUri:
    """``target`` is the operation of an ``action``, or a path without its first slash."""

    region: str
    service: str
    subdomain: str
    kind: Literal["action", "path"]
    target: str

    @property
    def host(self) -> str:
        prefix = f"{self.subdomain}." if self.subdomain else ""
        return f"{prefix}{self.service}.{self.region}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One request to a service. ``query`` is encoded; ``pairs`` are its headers."""

    method: str
    uri: ServiceUri
    query: str = ""
    pairs: Pairs = ()
    body: bytes = b""


def parse_service_uri(uri: str) -> ServiceUri | None:
    """None where ``uri`` is none of a service."""
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    kind: Literal["action", "path"] = "action" if match["kind"] == "action" else "path"
    return ServiceUri(match["region"], match["service"], match["subdomain"] or "", kind, match["target"])


async def call_service(ctx: Context, call: ServiceCall) -> Answer:
    """What the service answers, errors included, to ``ctx``'s principal in the region of the URI."""
    ctx = replace(ctx, scope=Scope(ctx.scope.account, call.uri.region))
    router = ctx.part(Router)
    metadata = router.service_at(call.uri.host)
    if metadata is None:
        return _unsupported(call.uri.service)
    http = _wire(call, metadata)
    try:
        route = router.route(http)
    except RouteError as refusal:
        service = refusal.service or metadata.service
        codec = ctx.part(Models).codec(service)
        return _answer(codec.write_error(refusal.protocol, refusal.error, ctx.request_id))
    return await _perform(ctx, http, route)


async def _perform(ctx: Context, http: HttpRequest, route: Route) -> Answer:
    codec = ctx.part(Models).codec(route.service)
    ctx = replace(ctx, protocol=route.protocol, host=http.host)
    is_json = route.protocol == "query" and CONTENT_TYPE in http.headers.get("accept", "")
    try:
        result = await ctx.dispatch(route.service, route.operation, codec.parse(route, http))
    except AwsError as error:
        failure = spoken(error, route.protocol)
        if is_json:
            status, code, fault = codec.query_terms(failure)
            body = write_query_error(code, fault, failure.message, ctx.request_id)
            return _query_json(status, body, ctx.request_id)
        return _answer(codec.write_error(route.protocol, failure, ctx.request_id, route.operation))
    if is_json:
        operation = ctx.part(Models).get(route.service).operation_model(route.operation)
        return _query_json(200, write_query_json(operation, result, ctx.request_id), ctx.request_id)
    return _answer(codec.write_result(route.operation, route.protocol, result, ctx.request_id))


def _wire(call: ServiceCall, metadata: Metadata) -> HttpRequest:
    headers = {name.lower(): value for name, value in call.pairs} | {"host": call.uri.host}
    if call.uri.kind == "path":
        path, _, query = call.uri.target.partition("?")
        query = "&".join(text for text in (query, call.query) if text)
        return HttpRequest(call.method, f"/{path}", query, headers, call.body)
    action, _, more = call.uri.target.partition("&")
    if "query" in metadata.protocols and "x-amz-target" not in headers:
        version = f"Version={metadata.api_version}"
        query = "&".join(text for text in (f"Action={action}", version, more, call.query) if text)
        return HttpRequest(call.method, "/", query, headers, call.body)
    if metadata.target_prefix:
        headers.setdefault("x-amz-target", f"{metadata.target_prefix}.{action}")
        if not headers.get("content-type", "").startswith(_JSON):
            headers["content-type"] = f"{_JSON}{metadata.json_version}"
    return HttpRequest(call.method, "/", call.query, headers, call.body)


def _answer(response: HttpResponse) -> Answer:
    return Answer(response.status, tuple(response.headers.items()), response.body, response.stream)


def _query_json(status: int, body: bytes, request_id: str) -> Answer:
    return Answer(status, (("x-amzn-RequestId", request_id), ("Content-Type", CONTENT_TYPE)), body)


def _unsupported(service: str) -> Answer:
    error = UnsupportedOperation(what=f"the service {service}", remedy="docs/coverage lists what it has.")
    body = orjson.dumps({"__type": error.shape_name, "message": error.message})
    return Answer(error.status, (("Content-Type", CONTENT_TYPE),), body)


def content_type_of(answer: Answer) -> str:
    """Without parameters, in lower case; JSON where the answer says nothing."""
    return (last_of(answer.pairs, "content-type") or CONTENT_TYPE).partition(";")[0].strip().lower()
