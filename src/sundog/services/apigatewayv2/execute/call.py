"""One request to an HTTP API as a value: what was asked, and what the gateway has found out about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from sundog.context import Principal
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Call:
    """``path`` is what the client asked for, decoded; ``route_path`` what is left for the route, not decoded.

    ``base_path``: the key of the API mapping that a custom domain name has led through.
    """

    http: HttpRequest
    snapshot: Snapshot
    path: str
    route_path: str
    request_id: str
    trace_header: str
    now_ms: int
    domain: str
    base_path: str = ""

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms // 1000, UTC)

    @property
    def time_text(self) -> str:
        return f"{self.moment:%d/%b/%Y:%H:%M:%S} +0000"

    @property
    def domain_prefix(self) -> str:
        return self.domain.partition(".")[0]

    @property
    def route_arn(self) -> str:
        """What is authorized: ``execute-api:Invoke`` on this."""
        scope, snapshot = self.snapshot.scope, self.snapshot
        return (
            f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{snapshot.api_id}/"
            f"{snapshot.stage_name}/{self.http.method}{self.route_path}"
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who was let in, by which kind of authorizer, and what it says about them."""

    kind: str
    """``jwt``, ``lambda`` or ``iam``; empty where nobody asks."""
    principal: Principal | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    principal_id: str = ""


NOBODY = Identity("")


@dataclass(frozen=True, slots=True)
class Routed:
    """A call that has found its route, and its caller has been let in."""

    call: Call
    route: Mapping[str, Any]
    parameters: Mapping[str, str]
    identity: Identity = NOBODY

    @property
    def route_key(self) -> str:
        return str(self.route["RouteKey"])


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values, decoded, in order."""
    if not query:
        return []
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]
