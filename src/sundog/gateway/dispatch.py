"""The whole path of a request: bytes to an operation and back, and calls between services."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sundog.clock import Clock
from sundog.context import Context, Handler, Request, Result
from sundog.errors import AwsError, InternalFailure, UnsupportedOperation
from sundog.gateway.call import Call, Step
from sundog.gateway.identify import Caller, Identify
from sundog.gateway.journal import Journal, RequestRecord
from sundog.ids import Ids
from sundog.protocol.codec import ServiceCodec, write_unrouted
from sundog.protocol.common_errors import spoken
from sundog.protocol.compression import decompressed
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.routing import Route, RouteError, Router
from sundog.protocol.sigv4 import read_credentials
from sundog.scope import Scope
from sundog.store import Conflict, OutcomeUnknown, StoreError

logger = logging.getLogger(__name__)
ATTEMPTS_MAX = 20
"""How often an operation is run whose transaction had no effect (conflicts on PostgreSQL)."""
FAILURES_MAX = 3
"""How often it is run when the database itself fails: that rarely passes at once."""

NO_SCOPE = Scope("", "")


class ServiceUnavailable(AwsError):
    """The request has failed due to a temporary failure of the server."""

    status = 503
    sender_fault = False


@dataclass(frozen=True, slots=True)
class Face:
    """One service as the gateway sees it. The codec is built on first use."""

    codec: Callable[[], ServiceCodec]
    handlers: Mapping[str, Handler]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Connection:
    """What an operation may know of the wire it is called through."""

    host: str
    source_ip: str
    trace_header: str
    protocol: str
    is_connected: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Request:
    """One request whose operation is known: as it was signed, and with its body unpacked."""

    signed: HttpRequest
    plain: HttpRequest
    route: Route
    id: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one request is answered, and what the journal remembers of it."""

    response: HttpResponse
    route: Route
    scope: Scope = NO_SCOPE
    error: AwsError | None = None
    authorization: str = ""


NewContext = Callable[[str, Caller, Connection], Context]


class Gateway:
    """Answers requests. Every call, from the wire or from a service, passes ``steps`` in order."""

    def __init__(
        self,
        router: Router,
        faces: Mapping[str, Face],
        identify: Identify,
        new_context: NewContext,
        steps: tuple[Step, ...],
        journal: Journal,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._router, self._faces, self._identify = router, faces, identify
        self._new_context, self._steps = new_context, steps
        self._journal, self._clock, self._ids = journal, clock, ids

    async def answer(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        """The answer to one request of the AWS API, whatever it holds."""
        started_ns = self._clock.monotonic_ns()
        request_id = self._ids.uuid()
        plain = decompressed(http)
        try:
            route = self._router.route(plain)
        except RouteError as refusal:
            response = self._write_refusal(refusal, request_id)
            unknown = Route(refusal.service, "", refusal.protocol)
            answer = _Answer(response, unknown, error=refusal.error)
        else:
            if route.protocol.startswith("rest-"):
                plain = http  # there the encoding belongs to the content
            answer = await self._answer_route(_Request(http, plain, route, request_id), is_connected)
        self._record(started_ns, request_id, answer)
        return answer.response

    async def dispatch(self, context: Context, service: str, operation: str, request: Request) -> Result:
        """From a service: the same chain without wire bytes."""
        face = self._faces.get(service)
        if face is None:
            raise UnsupportedOperation(
                what=f"the service {service}", remedy="docs/coverage lists what it has."
            )
        return await self._run(face, Call(context, service, operation, request))

    async def _answer_route(self, request: _Request, is_connected: Callable[[], bool]) -> _Answer:
        route, request_id = request.route, request.id
        face = self._faces[route.service]
        codec = face.codec()
        scope, call = NO_SCOPE, None
        try:
            signing_name = self._router.signing_name(route.service)
            caller = await self._identify(request.signed, read_credentials(request.signed), signing_name)
            scope = caller.scope
            connection = _connection(request.signed, route, is_connected)
            context = self._new_context(request_id, caller, connection)
            call = Call(context, route.service, route.operation, codec.parse(route, request.plain))
            result = await self._run(face, call)
            response = codec.write_result(route.operation, route.protocol, result, request_id)
            return _Answer(response, route, scope, None, call.allowed)
        except AwsError as error:
            failure = spoken(error, route.protocol)
        except Exception:
            logger.exception("%s.%s failed (request %s)", route.service, route.operation, request_id)
            failure = InternalFailure()
        response = codec.write_error(route.protocol, failure, request_id, route.operation)
        return _Answer(response, route, scope, failure, call.allowed if call else "")

    def _write_refusal(self, refusal: RouteError, request_id: str) -> HttpResponse:
        if not refusal.service:
            return write_unrouted(refusal.protocol, refusal.error, request_id)
        codec = self._faces[refusal.service].codec()
        return codec.write_error(refusal.protocol, refusal.error, request_id)

    async def _run(self, face: Face, call: Call) -> Result:
        handler = face.handlers.get(call.operation)
        if handler is None:
            what = f"{call.service}:{call.operation}"
            raise UnsupportedOperation(what=what, remedy=face.refused.get(call.operation, ""))
        for step in self._steps:
            await step(call)
        face.codec().validate(call.operation, call.request, call.context.protocol)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await handler(call.context, call.request) or {}
            except StoreError as error:
                failure = error
                if isinstance(error, OutcomeUnknown):
                    break  # done again it might be done twice: that is for the caller to decide
                if attempt >= FAILURES_MAX and not isinstance(error, Conflict):
                    break
        logger.error("%s.%s: %s", call.service, call.operation, failure)
        raise ServiceUnavailable

    def _record(self, started_ns: int, request_id: str, answer: _Answer) -> None:
        error = answer.error
        self._journal.write(
            RequestRecord(
                self._clock.now_ms(),
                request_id,
                answer.scope.account,
                answer.scope.region,
                answer.route.service,
                answer.route.operation,
                answer.response.status,
                error.wire_code if error else "",
                error.message if error else "",
                (self._clock.monotonic_ns() - started_ns) / 1e6,
                answer.authorization,
            )
        )


def _connection(http: HttpRequest, route: Route, is_connected: Callable[[], bool]) -> Connection:
    headers = http.headers
    return Connection(
        headers.get("host", ""),
        http.source_ip,
        headers.get("x-amzn-trace-id", ""),
        route.protocol,
        is_connected,
    )
