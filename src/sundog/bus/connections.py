"""HTTP as a user whom EventBridge knows: calls through connections, and to API destinations.

EventBridge holds the credentials; other services (HTTP tasks of Step Functions, enrichments of Pipes) ask for
the call here and never see them. A delivery that may wait and be retried is `bus.send` to the ARN instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from sundog.bus.http import HttpAnswer
from sundog.context import Context

INVOCATION_MS_MAX = 5_000
"""How long EventBridge waits for an endpoint."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request; ``query`` is added to what the URL has."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def whole_url(self) -> str:
        parts = urlsplit(self.url)
        added = urlencode(self.query, quote_via=quote)
        query = "&".join(text for text in (parts.query, added) if text)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


class ConnectionFailure(Exception):
    """The connection or API destination is of no use, the text says why; ``is_final``: and will not be."""

    def __init__(self, text: str, *, is_final: bool = True) -> None:
        super().__init__(text)
        self.is_final = is_final


class Connections(Protocol):
    """The part of EventBridge that makes the calls."""

    async def invoke_connection(
        self, ctx: Context, connection_arn: str, call: HttpCall, timeout_ms: int
    ) -> HttpAnswer: ...

    async def invoke_destination(
        self, ctx: Context, destination_arn: str, body: str, parameters: Mapping[str, Any]
    ) -> HttpAnswer: ...


def connections(ctx: Context) -> Connections:
    """Raises `ConnectionFailure` where no service brings one."""
    found: list[Connections] = ctx.parts.with_method("invoke_connection")
    if not found:
        raise ConnectionFailure("No service of this server has connections.")
    return found[0]


async def invoke_connection(
    ctx: Context, connection_arn: str, call: HttpCall, timeout_ms: int = INVOCATION_MS_MAX
) -> HttpAnswer:
    """Make the call with what the connection adds: credentials, headers, query and body parameters.

    Raises `ConnectionFailure`, and `HttpFailure` when no answer came.
    """
    return await connections(ctx).invoke_connection(ctx, connection_arn, call, timeout_ms)


async def invoke_destination(
    ctx: Context, destination_arn: str, body: str, parameters: Mapping[str, Any]
) -> HttpAnswer:
    """Send ``body`` to an API destination, once and at once; ``parameters`` are HttpParameters of a target.

    Raises `ConnectionFailure`, and `HttpFailure` when no answer came. The rate limit is not waited for.
    """
    return await connections(ctx).invoke_destination(ctx, destination_arn, body, parameters)
