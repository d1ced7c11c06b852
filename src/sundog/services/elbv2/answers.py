"""What a load balancer itself answers: its error pages, redirects and fixed responses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.front.headers import Pairs
from sundog.services.elbv2.matching import Incoming

SERVER: Final = "awselb/2.0"
TITLES: Final[Mapping[int, str]] = {
    301: "301 Moved Permanently",
    302: "302 Found",
    400: "400 Bad Request",
    405: "405 Not Allowed",
    413: "413 Request Entity Too Large",
    414: "414 Request-URI Too Large",
    463: "463 ",
    500: "500 Internal Server Error",
    501: "501 Not Implemented",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """``chunks``, where given, come after ``body``. ``is_own``: the load balancer's, not a target's."""

    status: int
    pairs: Pairs
    body: bytes = b""
    chunks: AsyncIterator[bytes] | None = None
    is_own: bool = False


def page(status: int, *pairs: tuple[str, str]) -> Answer:
    """The page of an error or redirect."""
    title = TITLES[status]
    lines = (
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        "</body>",
        "</html>",
        "",
    )
    body = "\r\n".join(lines).encode()
    return Answer(status, (("Server", SERVER), ("Content-Type", "text/html"), *pairs), body, is_own=True)


def redirect(config: Mapping[str, str], incoming: Incoming) -> Answer:
    """The port is always named, as AWS does."""
    words = {
        "protocol": incoming.scheme.upper(),
        "host": incoming.host_name,
        "port": str(incoming.port),
        "path": incoming.path.removeprefix("/"),
        "query": incoming.query,
    }

    def filled(name: str) -> str:
        text = config[name]
        for word, value in words.items():
            text = text.replace("#{" + word + "}", value)
        return text

    query = filled("Query")
    authority = f"{filled('Protocol').lower()}://{filled('Host')}:{filled('Port')}"
    url = f"{authority}{filled('Path')}" + (f"?{query}" if query else "")
    return page(int(config["StatusCode"].removeprefix("HTTP_")), ("Location", url))


def fixed_response(config: Mapping[str, Any]) -> Answer:
    kind = config.get("ContentType") or "text/plain"
    body = (config.get("MessageBody") or "").encode()
    pairs = (("Server", SERVER), ("Content-Type", f"{kind}; charset=utf-8"))
    return Answer(int(config["StatusCode"]), pairs, body, is_own=True)
