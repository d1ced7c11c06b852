"""One request on its way: a frozen value that every stage reads, and the notes that are taken of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote

from sundog.context import Context, Principal
from sundog.front.headers import DROPPED_FROM_REQUESTS, Pairs, grouped, without
from sundog.ids import Ids
from sundog.lang.vtl.gateway import context as template_context
from sundog.protocol.http import HttpRequest
from sundog.scope import Scope
from sundog.services.apigateway.execute.lazy import lazy
from sundog.services.apigateway.execute.media import as_text, media_type
from sundog.services.apigateway.execute.program import Method, Program
from sundog.services.apigateway.execute.stage import Settings, Stage

TRACE_HEADER: Final = "X-Amzn-Trace-Id"
_SPELLED: Final = {"host": "Host", "user-agent": "User-Agent"}
"""Headers that the front of AWS writes anew, however the client wrote them."""


class Notes:
    """What is remembered of one request for its logs and metrics. ``lines`` is None where no log is kept."""

    __slots__ = (
        "admitted",
        "authorizer_ms",
        "cache",
        "error",
        "error_response",
        "integration_error",
        "integration_ms",
        "integration_request_id",
        "integration_status",
        "lines",
        "validation",
        "with_data",
    )

    def __init__(self, *, is_logged: bool = False, with_data: bool = False) -> None:
        self.lines: list[str] | None = [] if is_logged else None
        self.with_data = with_data
        self.admitted: Call | None = None
        """The call with what is known of its caller, once that is so."""
        self.integration_ms: int | None = None
        self.integration_status: int | None = None
        self.integration_error = self.integration_request_id = ""
        self.authorizer_ms: int | None = None
        self.error: str | None = None
        self.error_response = self.validation = ""
        self.cache = ""
        """``hit`` or ``miss`` where a cache was asked."""

    def say(self, text: str) -> None:
        if self.lines is not None:
            self.lines.append(text)

    def show(self, label: str, value: object) -> None:
        """A line of the payload: only where data tracing is on."""
        if self.lines is not None and self.with_data:
            self.lines.append(f"{label}: {value}")


class Address(NamedTuple):
    """By which name and path the stage was reached. ``shown_path`` has the stage or base path before it."""

    domain: str
    prefix: str
    path: str
    shown_path: str
    source_ip: str
    vpce: str = ""
    is_custom: bool = False


@dataclass(frozen=True)
class Call:
    """``parameters`` are the path's, still encoded; ``authorizer`` is what one said of the caller."""

    program: Program
    stage: Stage
    settings: Settings
    method: Method
    http: HttpRequest
    address: Address
    parameters: Mapping[str, str]
    account: str
    region: str
    request_id: str
    extended_id: str
    now_ms: int
    new_trace_id: Callable[[], str]
    is_canary: bool | None
    notes: Notes
    caller: Principal | None = None
    authorizer: Mapping[str, Any] | None = None
    api_key: tuple[str, str] | None = None
    """Value and id of the key that the client showed."""
    protocol: str = "HTTP/1.1"
    is_test: bool = False
    """Of TestInvokeMethod: no connection has added anything to what the caller says."""

    @property
    def api_id(self) -> str:
        return self.program.api_id

    @lazy
    def variables(self) -> Mapping[str, str]:
        return self.stage.canary_variables if self.is_canary else self.stage.variables

    @lazy
    def trace_id(self) -> str:
        return self.new_trace_id()

    @property
    def method_arn(self) -> str:
        """What policies are about: the request, not its resource."""
        path = self.address.path.removeprefix("/")
        return f"{self.api_arn}/{self.stage.name}/{self.http.method}/{path}"

    @property
    def api_arn(self) -> str:
        return f"arn:{self.program.partition}:execute-api:{self.region}:{self.account}:{self.api_id}"

    # The request's parameters

    @lazy
    def content_type(self) -> str:
        return media_type(self.http.headers.get("content-type"))

    @lazy
    def client_lines(self) -> Pairs:
        """The client's header lines that integrations may see."""
        lines = without(self.http.pairs, DROPPED_FROM_REQUESTS)
        return tuple((_SPELLED.get(name.lower(), name), value) for name, value in lines)

    @lazy
    def multi_headers(self) -> Mapping[str, list[str]]:
        """The client's headers and the gateway's own, as a function sees them."""
        if self.is_test:
            return grouped(self.client_lines)
        own = {
            TRACE_HEADER: self.trace_id,
            "X-Forwarded-For": self._forwarded_for(),
            "X-Forwarded-Port": self._port(),
            "X-Forwarded-Proto": self.http.scheme,
        }
        names = {name.lower() for name in own}
        lines = [(name, value) for name, value in self.client_lines if name.lower() not in names]
        return dict(sorted(grouped((*lines, *own.items())).items()))

    @lazy
    def headers(self) -> Mapping[str, str]:
        return {name: values[-1] for name, values in self.multi_headers.items()}

    @lazy
    def query(self) -> tuple[tuple[str, str], ...]:
        """Decoded, in order."""
        return tuple(parse_qsl(self.http.query, keep_blank_values=True)) if self.http.query else ()

    @lazy
    def multi_query(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, value in self.query:
            found.setdefault(name, []).append(value)
        return found

    @lazy
    def decoded_parameters(self) -> Mapping[str, str]:
        return {name: unquote(value) for name, value in self.parameters.items()}

    def header(self, name: str) -> str | None:
        """Of several the last; whatever the case of the name."""
        wanted = name.lower()
        if wanted not in self.http.headers and wanted not in _OWN_NAMES:
            return None
        found = [value for key, value in self.headers.items() if key.lower() == wanted]
        return found[-1] if found else None

    @lazy
    def body_text(self) -> str:
        return as_text(self.http.body)

    # What templates and mappings see

    @lazy
    def context(self) -> dict[str, Any]:
        """``$context`` of templates, which write overrides to it: one for the request and its response."""
        return template_context(self.values)

    def overrides(self, kind: str) -> Mapping[str, Any]:
        """What templates wrote to ``requestOverride`` or ``responseOverride``; nothing where none asked."""
        found = self.__dict__.get("context", {}).get(kind)
        return found if isinstance(found, Mapping) else {}

    @lazy
    def values(self) -> dict[str, Any]:
        """``$context``."""
        values = self.request_context
        values["isCanaryRequest"] = self.is_canary
        values["awsEndpointRequestId"] = self.notes.integration_request_id or None
        return values

    @property
    def request_context(self) -> dict[str, Any]:
        """``requestContext`` of events, in the order AWS writes it."""
        method = self.method
        context: dict[str, Any] = {
            "resourceId": method.resource_id,
            "resourcePath": method.path,
            "httpMethod": self.http.method,
            "extendedRequestId": self.extended_id,
            "requestTime": _clf_time(self.now_ms // 1_000),
            "path": self.address.shown_path,
            "accountId": self.account,
            "protocol": self.protocol,
            "stage": self.stage.name,
            "domainPrefix": self.address.prefix,
            "requestTimeEpoch": self.now_ms,
            "requestId": self.request_id,
            "identity": self.identity,
            "domainName": self.address.domain,
            "deploymentId": self.program.deployment_id,
            "apiId": self.api_id,
        }
        if method.operation_name:
            context["operationName"] = method.operation_name
        if self.authorizer is not None:
            context["authorizer"] = dict(self.authorizer)
        return context

    @property
    def identity(self) -> dict[str, Any]:
        caller = self.caller
        identity: dict[str, Any] = {
            "cognitoIdentityPoolId": None,
            "accountId": caller.account if caller else None,
            "cognitoIdentityId": None,
            "caller": caller.user_id if caller else None,
            "sourceIp": self.address.source_ip,
            "principalOrgId": None,
            "accessKey": caller.access_key_id or None if caller else None,
            "cognitoAuthenticationType": None,
            "cognitoAuthenticationProvider": None,
            "userArn": caller.arn if caller else None,
            "userAgent": self.http.headers.get("user-agent"),
            "user": caller.user_id if caller else None,
        }
        if self.api_key is not None:
            identity["apiKey"], identity["apiKeyId"] = self.api_key
        if self.address.vpce:
            identity["vpceId"] = self.address.vpce
        return identity

    def _forwarded_for(self) -> str:
        before = self.http.headers.get("x-forwarded-for")
        return f"{before}, {self.address.source_ip}" if before else self.address.source_ip

    def _port(self) -> str:
        port = self.http.host.rpartition(":")[2]
        return port if port.isdigit() else ("443" if self.http.scheme == "https" else "80")


@lru_cache(64)
def _clf_time(second: int) -> str:
    """As Apache writes times in its logs."""
    return f"{datetime.fromtimestamp(second, UTC):%d/%b/%Y:%H:%M:%S +0000}"


_OWN_NAMES: Final = frozenset(("x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"))


def answered_trace(trace_id: str, ids: Ids) -> str:
    """The trace as the client gets it: with a parent, and whether it is sampled."""
    if "Parent=" in trace_id:
        return trace_id
    sampled = "" if "Sampled=" in trace_id else ";Sampled=0"
    return f"{trace_id};Parent={ids.bytes(8).hex()}{sampled}"


def new_trace_id(ctx: Context, given: str) -> str:
    """The X-Amzn-Trace-Id that the client gave, or a new one."""
    if "Root=" in given:
        return given
    return f"Root=1-{ctx.clock.now_ms() // 1_000:08x}-{ctx.ids.bytes(12).hex()}"


def gateway_context(ctx: Context, call: Call) -> Context:
    """The gateway at work for the API: in its account and region, as itself."""
    return replace(
        ctx,
        scope=Scope(call.account, call.region),
        principal=Principal.service("apigateway.amazonaws.com", call.account),
        request_id=call.request_id,
        host=call.http.host,
        source_ip=call.http.source_ip,
        trace_header=call.trace_id,
    )
