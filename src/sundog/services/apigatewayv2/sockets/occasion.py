"""What happens on a connection as a value, and what ``$context`` and the events of functions say of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, Literal

import orjson

from sundog.front.headers import DROPPED_FROM_REQUESTS, Pairs, grouped, values_of, without
from sundog.front.sockets import Peer
from sundog.ids import Ids
from sundog.lang.evaluation import MISSING
from sundog.protocol.http import HttpRequest

EventType = Literal["CONNECT", "MESSAGE", "DISCONNECT"]
_HIDDEN: Final = DROPPED_FROM_REQUESTS | {
    *("x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto")
}


def new_id(ids: Ids) -> str:
    """``IhO2scSDIAMCJ0Q=``: the form of ids of connections, messages and requests."""
    return base64.urlsafe_b64encode(ids.bytes(11)).decode()


@dataclass(frozen=True, slots=True)
class Admitted:
    """What an authorizer says of a client, and who has signed."""

    authorizer: Mapping[str, Any] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)


NOBODY: Final = Admitted()


@dataclass(frozen=True)
class Occasion:
    """``http`` is the handshake of a CONNECT; ``body`` the message of a MESSAGE.

    ``admitted`` is what was found out about the client at ``$connect``, also later. ``closed_with``: status
    code and reason of a DISCONNECT.
    """

    peer: Peer
    domain: str
    kind: EventType
    request_id: str
    now_ms: int
    trace_header: str = ""
    message_id: str = ""
    body: str = ""
    http: HttpRequest | None = None
    query: tuple[tuple[str, str], ...] = ()
    admitted: Admitted = NOBODY
    closed_with: tuple[int, str] = (0, "")
    variables: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def document(self) -> Any:
        """The message as JSON; MISSING where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return MISSING

    @cached_property
    def pairs(self) -> Pairs:
        """The header lines of a handshake as integrations see them."""
        if self.http is None:
            return ()
        http = self.http
        host, _, port = http.host.rpartition(":")
        default = "443" if http.scheme == "https" else "80"
        return (
            *without(http.pairs, _HIDDEN),
            ("X-Amzn-Trace-Id", self.trace_header),
            ("X-Forwarded-For", ", ".join((*values_of(http.pairs, "x-forwarded-for"), http.source_ip))),
            ("X-Forwarded-Port", port if host and port.isdigit() else default),
            ("X-Forwarded-Proto", http.scheme),
        )

    def context(self, route_key: str | None) -> dict[str, Any]:
        """``requestContext`` of events."""
        moment = datetime.fromtimestamp(self.now_ms // 1_000, UTC)
        identity = {**self.admitted.identity, "sourceIp": self.peer.source_ip}
        if self.peer.user_agent:
            identity = {"userAgent": self.peer.user_agent, **identity}
        found: dict[str, Any] = {"routeKey": route_key}
        if self.kind == "MESSAGE":
            found["messageId"] = self.message_id
        if self.kind == "DISCONNECT":
            found["disconnectStatusCode"], found["disconnectReason"] = self.closed_with
        if self.admitted.authorizer:
            found["authorizer"] = dict(self.admitted.authorizer)
        return found | {
            "eventType": self.kind,
            "extendedRequestId": self.request_id,
            "requestTime": f"{moment:%d/%b/%Y:%H:%M:%S} +0000",
            "messageDirection": "IN",
            "stage": self.peer.stage,
            "connectedAt": self.peer.connected_ms,
            "requestTimeEpoch": self.now_ms,
            "identity": identity,
            "requestId": self.request_id,
            "domainName": self.domain,
            "connectionId": self.peer.id,
            "apiId": self.peer.api_id,
        }

    def method_arn(self, route_key: str) -> str:
        """What is authorized: ``execute-api:Invoke`` on this."""
        scope = self.peer.scope
        return (
            f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:"
            f"{self.peer.api_id}/{self.peer.stage}/{route_key}"
        )


def write_event(occasion: Occasion, route_key: str) -> bytes:
    """The event of a proxy integration with a function."""
    return orjson.dumps(event_of(occasion, route_key))


def event_of(occasion: Occasion, route_key: str) -> dict[str, Any]:
    event: dict[str, Any] = {}
    if occasion.kind == "CONNECT":
        event |= _handshake(occasion)
    elif occasion.kind == "DISCONNECT":
        names = {"Host": occasion.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
        event |= {"headers": names, "multiValueHeaders": {name: [value] for name, value in names.items()}}
    event["requestContext"] = occasion.context(route_key)
    if occasion.variables:
        event["stageVariables"] = dict(occasion.variables)
    if occasion.kind == "MESSAGE":
        event["body"] = occasion.body
    event["isBase64Encoded"] = False
    return event


def _handshake(occasion: Occasion) -> dict[str, Any]:
    headers = grouped(occasion.pairs)
    found: dict[str, Any] = {
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
    }
    if occasion.query:
        found["queryStringParameters"] = dict(occasion.query)
        found["multiValueQueryStringParameters"] = grouped_query(occasion.query)
    return found


def grouped_query(query: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Names of parameters differ by case, unlike those of headers."""
    found: dict[str, list[str]] = {}
    for name, value in query:
        found.setdefault(name, []).append(value)
    return found
