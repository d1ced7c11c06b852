"""HTTP messages as values, after the server has read them and before it writes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

MESSAGE_BYTES_MAX = 128 * 1024


class Socket(Protocol):
    """One WebSocket connection after its handshake."""

    @property
    def closed_with(self) -> tuple[int, str]:
        """Code and reason that the client has closed it with: 1005 without either, 1006 if it just went."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next message, whole; None when the client has gone, or was cut off for what it sent."""
        ...

    async def send(self, message: str | bytes) -> None:
        """Raises ConnectionError when the client has gone."""
        ...

    async def close(self, code: int, reason: str = "") -> None:
        """Nobody waits for the client's answer."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """``path`` and ``query`` are raw (still percent-encoded); header names are lower case.

    ``raw_headers``: the lines as they came, where they came over a connection.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str = "127.0.0.1"
    raw_headers: tuple[tuple[bytes, bytes], ...] = ()
    scheme: str = "http"

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Header lines in order: names in the case they were written, a repeated line twice."""
        if not self.raw_headers:
            return tuple(self.headers.items())
        return tuple((name.decode("latin-1"), header_text(value)) for name, value in self.raw_headers)

    @property
    def asks_for_socket(self) -> bool:
        return self.method == "GET" and self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """``stream``, where given, is sent after ``body``, chunk by chunk. ``cookies``: Set-Cookie lines.

    ``pairs``: more header lines, which may repeat. Names keep their case.
    ``talk``: the answer (101) to a client that `asks_for_socket`: the connection becomes a WebSocket
    and ends when ``talk`` returns; a client that sends a message over ``message_bytes_max``, or a frame over
    ``frame_bytes_max`` where that is not 0, is cut off.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None
    cookies: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    talk: Callable[[Socket], Awaitable[None]] | None = None
    message_bytes_max: int = MESSAGE_BYTES_MAX
    frame_bytes_max: int = 0


def header_text(raw: bytes) -> str:
    """A header as UTF-8, where it is not that as HTTP's old Latin-1: always something that can be printed."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
