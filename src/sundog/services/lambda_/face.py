"""Part: what Lambda answers over HTTP apart from its API: function URLs, and bundles to download."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from sundog.compute.contract import Invocation
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.front.caller import NotSigned, signer
from sundog.lang.iam_policy import AccessRequest, Policies, decide, read_policy
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.lambda_ import limits, policies
from sundog.services.lambda_.bundles import Bundles
from sundog.services.lambda_.errors import TooManyRequestsException
from sundog.services.lambda_.loading import find_setting
from sundog.services.lambda_.metrics import Metrics
from sundog.services.lambda_.model import Setting
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.response_streams import ResponseStreams
from sundog.services.lambda_.rows import SQL, to_setting
from sundog.services.lambda_.runner import runner, trace_header
from sundog.services.lambda_.url_messages import (
    BadAnswer,
    UrlCall,
    cors_headers,
    is_preflight,
    read_answer,
    write_event,
)
from sundog.services.lambda_.url_streams import streamed_answer
from sundog.store.blobs import NoSuchBlob

logger = logging.getLogger(__name__)

_HOST = re.compile(r"(?P<id>[a-z2-7]{32})\.lambda-url\.(?P<region>[a-z0-9-]+)\.")
_PATH = re.compile(r"/_aws/lambda-url/(?P<id>[a-z2-7]{32})(?P<path>/.*)?")
_BUNDLE = re.compile(r"/_aws/lambda/bundles/(?P<key>[0-9a-f]{64})")
_JSON = {"content-type": "application/json"}
_FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


class Face(Part):
    """Wants hosts ``<id>.lambda-url.<region>.*`` and paths below ``/_aws/lambda``."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def wants(self, http: HttpRequest) -> bool:
        return http.path.startswith("/_aws/lambda") or ".lambda-url." in http.host

    async def answer(self, http: HttpRequest, _is_connected: Callable[[], bool]) -> HttpResponse:
        if match := _BUNDLE.fullmatch(http.path):
            return await self._bundle(match["key"])
        if match := _PATH.fullmatch(http.path):
            return await self._call(http, match["id"], match["path"] or "/")
        if match := _HOST.match(http.host):
            return await self._call(http, match["id"], http.path)
        return _message(404, "Not Found")

    async def _bundle(self, key: str) -> HttpResponse:
        try:
            data = await self._ctx.part(Bundles).read(key)
        except NoSuchBlob:
            return _message(404, "Not Found")
        return HttpResponse(200, data, {"content-type": "application/zip"})

    async def _call(self, http: HttpRequest, url_id: str, path: str) -> HttpResponse:
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["setting_by_handle"], kind="url", handle=url_id)
        if row is None:
            return _message(403, _FORBIDDEN)
        setting = to_setting(row)
        cors: dict[str, Any] = setting.body.get("Cors") or {}
        if is_preflight(http, cors):
            return HttpResponse(200, b"", cors_headers(http, cors, preflight=True))
        name = FunctionName(Scope(row["account"], row["region"]), row["name"], setting.qualifier)
        ctx = replace(
            self._ctx.acting(scope=name.scope),
            host=http.host,
            source_ip=http.source_ip,
            trace_header=http.headers.get("x-amzn-trace-id", ""),
        )
        started_ns = ctx.clock.monotonic_ns()
        response = await self._invoke(ctx, http, name, setting, path)
        self._count(name, response.status, (ctx.clock.monotonic_ns() - started_ns) / 1e6)
        return replace(response, headers={**response.headers, **cors_headers(http, cors, preflight=False)})

    async def _invoke(
        self, ctx: Context, http: HttpRequest, name: FunctionName, setting: Setting, path: str
    ) -> HttpResponse:
        caller: Principal | None = None
        if setting.body["AuthType"] == "AWS_IAM":
            try:
                caller = await signer(ctx, http, "lambda")
            except NotSigned:
                return _message(403, _FORBIDDEN)
        elif not await _is_public(ctx, name):
            return _message(403, _FORBIDDEN)
        if len(http.body) > limits.PAYLOAD_BYTES_MAX:
            return _message(413, "Request Entity Too Large")
        trace = trace_header(ctx)
        domain = http.host.rpartition(":")[0] or http.host
        call = UrlCall(setting.handle, domain, path, ctx.request_id, trace, ctx.clock.now_ms(), caller)
        invocation = Invocation(call.request_id, write_event(call, http), name.arn, call.trace_header)
        is_streamed = setting.body.get("InvokeMode") == "RESPONSE_STREAM"
        return await self._run(ctx, name, invocation, is_streamed)

    def _count(self, name: FunctionName, status: int, latency_ms: float) -> None:
        count = self._ctx.part(Metrics).count
        count(name, "UrlRequestCount")
        count(name, "UrlRequestLatency", round(latency_ms, 2))
        count(name, "Url4xxCount", 1.0 if 400 <= status < 500 else 0.0)
        count(name, "Url5xxCount", 1.0 if status >= 500 else 0.0)

    async def _run(
        self, ctx: Context, name: FunctionName, invocation: Invocation, is_streamed: bool
    ) -> HttpResponse:
        request_id, trace = invocation.request_id, invocation.trace_header
        try:
            callee = await runner(ctx).catalog.find(name)
            if is_streamed:
                streaming = await ctx.part(ResponseStreams).begin(callee, invocation)
                return await streamed_answer(streaming, request_id, trace)
            runner(ctx).admit(callee)
            ran = await runner(ctx).run(callee, invocation)
            if ran.outcome.function_error is None:
                return read_answer(ran.outcome.payload, request_id, trace)
        except BadAnswer as error:
            logger.warning("the answer of %s is no HTTP response: %s", name.arn, error)
        except TooManyRequestsException as error:
            return HttpResponse(429, orjson.dumps({**error.members, "message": error.message}), dict(_JSON))
        except AwsError as error:
            logger.warning("%s cannot run: %s", name.arn, error.message)
        headers = {**_JSON, "x-amzn-requestid": request_id}
        return HttpResponse(502, b"Internal Server Error", headers)


async def _is_public(ctx: Context, name: FunctionName) -> bool:
    """Where IAM is enforced, anybody may call a URL only if the function's policy says so."""
    if ctx.config.iam != "enforce":
        return True
    async with ctx.store.transaction() as tx:
        setting = await find_setting(tx, name, "policy", name.qualifier)
    if setting is None:
        return False
    policy = read_policy(orjson.loads(policies.write_policy(setting.body["Statement"])))
    context = {"lambda:FunctionUrlAuthType": "NONE", "lambda:InvokedViaFunctionUrl": "true"}
    asked = AccessRequest("anonymous", "lambda:InvokeFunctionUrl", name.arn, name.scope.account, context)
    return decide(asked, Policies(resource=policy)).outcome == "allowed"


def _message(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, orjson.dumps({"Message": text}), dict(_JSON))
