"""Part: what answers at the addresses of REST APIs: their hosts, paths and custom domain names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

import orjson

from sundog.context import Context
from sundog.errors import AwsError
from sundog.front.hosts import PREFIXES, Reached, domain_of, find_api, is_rest_host
from sundog.ids import Ids
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.sigv4 import read_credentials
from sundog.service import Part
from sundog.services.apigateway.execute.call import (
    TRACE_HEADER,
    Address,
    Call,
    Notes,
    answered_trace,
    new_trace_id,
)
from sundog.services.apigateway.execute.directory import Directory, Domain, Live
from sundog.services.apigateway.execute.explaining import tell, tell_failed, tell_nowhere
from sundog.services.apigateway.execute.failures import (
    FORBIDDEN,
    INCOMPLETE_SIGNATURE,
    INTERNAL,
    MISSING_AUTHENTICATION_TOKEN,
    FailureType,
    Refusal,
)
from sundog.services.apigateway.execute.narrating import say_refusal, say_response
from sundog.services.apigateway.execute.pipeline import respond
from sundog.services.apigateway.execute.program import Method, Program
from sundog.services.apigateway.execute.records import record
from sundog.services.apigateway.execute.refusing import write_refusal

logger = logging.getLogger(__name__)

UNKNOWN_METHOD: Final = Method("", "", "", None)
URL_BYTES_MAX: Final = 10_240
HEADER_BYTES_MAX: Final = 10_240
EXTENDED_ID_BYTES: Final = 11


class Face(Part):
    """Wants what `sundog.front.hosts` says is for a REST API, and hosts that are custom domain names."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._directory = ctx.part(Directory)

    def wants(self, http: HttpRequest) -> bool:
        if is_rest_host(http.host):
            return True
        if http.path.startswith(PREFIXES):
            reached = find_api(http)
            return reached is not None and reached.is_rest
        return self._directory.has_domain(domain_of(http))

    async def answer(self, http: HttpRequest, _is_connected: Callable[[], bool]) -> HttpResponse:
        started_ns = self._ctx.clock.monotonic_ns()
        reached = find_api(http)
        if reached is None:
            return await self._answer_domain(http, started_ns)
        stage, path = reached.split_stage()
        live = self._directory.stage(reached.api_id, stage)
        live = live or await self._directory.find_stage(reached.api_id, stage)
        if live is None:
            return self._nothing_there(http)
        return await self._answer_stage(http, live, self._address(http, reached, live, path), started_ns)

    async def _answer_domain(self, http: HttpRequest, started_ns: int) -> HttpResponse:
        name = domain_of(http)
        domain = await self._directory.find_domain(name)
        found = _find_mapping(domain, http.path) if domain is not None else None
        if found is None:
            return self._nothing_there(http)
        base, api_id, stage, path = found
        if not stage:
            stage, _, rest = path.removeprefix("/").partition("/")
            stage, path = unquote(stage), f"/{rest}"
        live = self._directory.stage(api_id, stage) or await self._directory.find_stage(api_id, stage)
        if live is None:
            return self._nothing_there(http)
        prefix = name.partition(".")[0]
        shown = f"/{base}{path}" if base else path
        address = Address(name, prefix, path, shown.rstrip("/") or "/", http.source_ip, "", True)
        return await self._answer_stage(http, live, address, started_ns)

    def _address(self, http: HttpRequest, reached: Reached, live: Live, path: str) -> Address:
        program, vpce = live.program, reached.vpce
        if not vpce and "PRIVATE" in program.endpoint_types and program.vpc_endpoint_ids:
            vpce = program.vpc_endpoint_ids[0]  # who asks on this machine stands in the VPC
        return Address(http.host, reached.api_id, path, f"/{live.stage.name}{path}", http.source_ip, vpce)

    async def _answer_stage(
        self, http: HttpRequest, live: Live, address: Address, started_ns: int
    ) -> HttpResponse:
        program, is_canary = self._choose(live)
        found = program.routes.find(http.method, address.path)
        method, parameters = found if found is not None else (UNKNOWN_METHOD, {})
        ctx, given = self._ctx, http.headers.get("x-amzn-trace-id", "")
        settings = live.stage.settings_of(method.path, method.http_method)
        call = Call(
            program=program,
            stage=live.stage,
            settings=settings,
            method=method,
            http=http,
            address=address,
            parameters=parameters,
            account=live.scope.account,
            region=live.scope.region,
            request_id=ctx.ids.uuid(),
            extended_id=base64.b64encode(ctx.ids.bytes(EXTENDED_ID_BYTES)).decode(),
            now_ms=ctx.clock.now_ms(),
            new_trace_id=lambda: new_trace_id(ctx, given),
            is_canary=is_canary,
            notes=Notes(is_logged=settings.logging != "OFF", with_data=settings.with_data),
        )
        response = await self._respond(call, is_known=found is not None)
        record(ctx, call.notes.admitted or call, response, started_ns)
        call.notes.admitted = None  # a cycle would wait for the collector, and cost more than the request
        return response

    async def _respond(self, call: Call, *, is_known: bool) -> HttpResponse:
        call.notes.say(f"Extended Request Id: {call.extended_id}")
        try:
            _check_request(call, is_known=is_known)
            response = await respond(self._ctx, call)
        except Refusal as refusal:
            response = write_refusal(call.notes.admitted or call, refusal)
            say_refusal(call, refusal, response)
            tell(self._ctx, call, refusal)
            return _finished(call, response)
        except Exception as error:
            logger.exception("request %s to API %s failed", call.request_id, call.api_id)
            tell_failed(self._ctx, call, error)
            return _finished(call, write_refusal(call, Refusal(INTERNAL)))
        integration = call.method.integration
        is_traced = integration is not None and integration.type not in ("MOCK", "HTTP_PROXY")
        response = _finished(call, response, self._ctx.ids if is_traced else None)
        if call.notes.lines is not None:
            say_response(call, response, _shown(response))
        return response

    def _choose(self, live: Live) -> tuple[Program, bool | None]:
        canary = live.stage.canary
        if canary is None or live.canary is None:
            return live.program, None
        is_canary = self._ctx.ids.random() * 100 < canary.percent
        return (live.canary if is_canary else live.program), is_canary

    def _nothing_there(self, http: HttpRequest) -> HttpResponse:
        """The API, or the stage: AWS says the same of both."""
        request_id = self._ctx.ids.uuid()
        tell_nowhere(self._ctx, http, request_id)
        body = orjson.dumps({"message": FORBIDDEN.message})
        headers = {
            "Content-Type": "application/json",
            "x-amzn-ErrorType": FORBIDDEN.error_type,
            "x-amzn-RequestId": request_id,
            "x-amz-apigw-id": base64.b64encode(self._ctx.ids.bytes(EXTENDED_ID_BYTES)).decode(),
        }
        return HttpResponse(FORBIDDEN.status, body, headers)


def _check_request(call: Call, *, is_known: bool) -> None:
    """Raises `Refusal` where the stage does not know such a request, or not at this address."""
    if call.program.is_closed_to_default_host and not call.address.is_custom:
        raise Refusal(FORBIDDEN)
    if len(call.http.path) + len(call.http.query) > URL_BYTES_MAX:
        raise Refusal(_URI_TOO_LONG)
    if sum(map(len, call.http.headers.values())) > HEADER_BYTES_MAX:
        raise Refusal(_HEADERS_TOO_LARGE)
    if is_known:
        return
    if "authorization" in call.http.headers:
        try:
            read_credentials(call.http)
        except AwsError as error:  # AWS takes what it does not know for a signed request
            raise Refusal(INCOMPLETE_SIGNATURE, error.message) from error
    raise Refusal(MISSING_AUTHENTICATION_TOKEN)


_URI_TOO_LONG: Final = FailureType("DEFAULT_4XX", 414, "RequestUriTooLongException", "URI Too Long")
_HEADERS_TOO_LARGE: Final = FailureType(
    "DEFAULT_4XX", 431, "RequestHeaderFieldsTooLargeException", "Request Header Fields Too Large"
)


def _finished(call: Call, response: HttpResponse, traced_by: Ids | None = None) -> HttpResponse:
    """With the headers of every answer; a copy, for a cache may hold the response."""
    headers = {**response.headers, "x-amzn-RequestId": call.request_id, "x-amz-apigw-id": call.extended_id}
    if traced_by is not None:
        headers[TRACE_HEADER] = answered_trace(call.trace_id, traced_by)
    return HttpResponse(response.status, response.body, headers, response.stream, pairs=response.pairs)


def _shown(response: HttpResponse) -> list[tuple[str, str]]:
    hidden = {"x-amzn-requestid", "x-amz-apigw-id"}
    lines = [*response.headers.items(), *response.pairs]
    return [(name, value) for name, value in lines if name.lower() not in hidden]


def _find_mapping(domain: Domain, path: str) -> tuple[str, str, str, str] | None:
    """Base path, API, stage and the rest of the path; the longest base path that fits goes first."""
    for base, api_id, stage in domain.paths:
        if not base or path == f"/{base}" or path.startswith(f"/{base}/"):
            rest = path.removeprefix(f"/{base}") if base else path
            return base, api_id, stage, rest or "/"
    return None
