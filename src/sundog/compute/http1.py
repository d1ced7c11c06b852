"""HTTP/1.1 for the APIs inside an environment: raw, small, and never surprised by what it is sent.

One request of a connection is answered at a time; what is pipelined behind it waits. A handler answers
when it likes by `Exchange.answer`. Bodies are collected in pieces and joined once.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from sundog.compute.response_stream import Flow

HEAD_BYTES_MAX = 1 << 20 | 1 << 17
"""awslambdaric sends an X-Ray cause of up to 1 MiB as a header."""

BODY_BYTES_MAX = 220 * 1024 * 1024
"""A streamed response may have 200 MiB."""

_LINE_BYTES_MAX = 8_192
_REASONS = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 413: "Request Entity Too Large", 500: "Internal Server Error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """``headers`` have lower-case names; ``trailers`` come after a chunked body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    trailers: dict[str, str] = field(default_factory=dict)
    is_truncated: bool = False
    """The connection closed in the middle of the body."""


class Exchange:
    """One request and the place to answer it. Answers after the connection is gone go nowhere."""

    __slots__ = ("_connection", "request")

    def __init__(self, connection: Connection, request: Request) -> None:
        self._connection = connection
        self.request = request

    @property
    def is_open(self) -> bool:
        return self._connection.is_waiting_for(self)

    def answer(
        self,
        status: int,
        body: bytes = b"",
        headers: str = "",
        content_type: str = "application/json",
    ) -> None:
        """``headers`` are finished lines, each ended by CRLF. The second answer to a request is ignored."""
        reason = _REASONS.get(status, "")
        head = (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._connection.send_answer(self, head.encode("latin-1", "replace"), body)


Handler = Callable[[Exchange], None]


Reader = Callable[[bytes], None]
Opener = Callable[[Request, Flow], Reader | None]
"""Asked at the head of each request: who takes its body piece by piece, if somebody does.

The exchange that follows at its end has an empty body then.
"""


class _Malformed(ValueError):
    pass


class Connection(asyncio.Protocol):
    """States: reading a head; reading a body (sized or chunked); waiting for the answer."""

    def __init__(self, handler: Handler, connections: set[Connection], opener: Opener | None = None) -> None:
        self._handler = handler
        self._connections = connections
        self._opener = opener
        self._reader: Reader | None = None
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._exchange: Exchange | None = None
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._missing = 0
        self._chunked: _Chunked | None = None
        self._pieces: list[bytes] = []

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport; both set TCP_NODELAY
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._connections.discard(self)
        if self._head is not None and self._exchange is None:
            self._finish(truncated=True)

    def data_received(self, data: bytes) -> None:
        if self._head is not None and self._chunked is None and self._exchange is None:
            data = self._take_sized(data)
            if not data:
                return
        self._buffer += data
        self._read()

    # Reading

    def _read(self) -> None:
        try:
            while self._exchange is None and self._step():
                pass
        except _Malformed as error:
            self._refuse(str(error))
        if self._exchange is not None and len(self._buffer) > HEAD_BYTES_MAX and self._transport:
            self._transport.pause_reading()

    def _step(self) -> bool:
        """Take what the buffer allows; False when more bytes are needed."""
        if self._head is None:
            return self._take_head()
        if self._chunked is not None:
            if not self._chunked.feed(self._buffer):
                return False
            self._finish()
            return True
        data = bytes(self._buffer)
        self._buffer.clear()
        rest = self._take_sized(data)
        self._buffer += rest
        return self._head is None

    def _take_sized(self, data: bytes) -> bytes:
        """Take the body's part of ``data``, return the rest."""
        piece = data[: self._missing] if len(data) > self._missing else data
        self._take_piece(piece)
        self._missing -= len(piece)
        rest = data[len(piece) :]
        if self._missing == 0:
            self._finish()
        return rest

    def _take_piece(self, piece: bytes) -> None:
        if self._reader is not None:
            self._reader(piece)
        else:
            self._pieces.append(piece)

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise _Malformed("the header is too large")
            if self._buffer[:2] == b"\r\n":
                del self._buffer[:2]
                return bool(self._buffer)
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        self._head = _parse_head(head)
        if self._opener is not None:
            self._reader = self._opener(Request(*self._head, b""), self)
        self._begin_body(self._head[2])
        return True

    def _begin_body(self, headers: dict[str, str]) -> None:
        encoding = headers.get("transfer-encoding", "").lower()
        if encoding and encoding != "identity":
            if encoding != "chunked":
                raise _Malformed("the transfer encoding is not supported")
            self._chunked = _Chunked(self._take_piece)
        else:
            length = headers.get("content-length", "0")
            if not (length.isascii() and length.isdigit()) or int(length) > BODY_BYTES_MAX:
                raise _Malformed("the content length is not valid")
            self._missing = int(length)
        if headers.get("expect", "").lower() == "100-continue" and self._transport:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._chunked is None and self._missing == 0:
            self._finish()

    def _finish(self, *, truncated: bool = False) -> None:
        assert self._head is not None
        method, path, headers = self._head
        trailers: dict[str, str] = {}
        if self._chunked is not None:
            trailers = self._chunked.trailers
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._head, self._chunked, self._pieces, self._missing = None, None, [], 0
        self._reader = None
        self._exchange = Exchange(self, Request(method, path, headers, body, trailers, truncated))
        self._handler(self._exchange)

    # Flow

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    # Answering

    def is_waiting_for(self, exchange: Exchange) -> bool:
        return self._exchange is exchange and self._transport is not None

    def send_answer(self, exchange: Exchange, head: bytes, body: bytes) -> None:
        if self._exchange is not exchange:
            return
        self._exchange = None
        if self._transport is None:
            return
        if len(body) > 65_536:
            self._transport.write(head)
            self._transport.write(body)
        else:
            self._transport.write(head + body)
        if exchange.request.headers.get("connection", "").lower() == "close":
            self._transport.close()
            return
        if self._buffer:
            self._transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._read)

    def _refuse(self, text: str) -> None:
        if self._transport is not None:
            body = text.encode()
            self._transport.write(
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
            )
            self._transport.close()
        self._buffer.clear()
        self._head, self._chunked, self._reader = None, None, None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class _Chunked:
    """A chunked body as far as it has come."""

    def __init__(self, take: Reader) -> None:
        self._take = take
        self.trailers: dict[str, str] = {}
        self._size = 0
        self._missing = -1  # -1: a size line comes next
        self._in_trailers = False

    def feed(self, buffer: bytearray) -> bool:
        """Take what is there out of ``buffer``; True when the body is complete."""
        while True:
            if self._missing > 0:
                piece = bytes(buffer[: self._missing])
                if not piece:
                    return False
                del buffer[: len(piece)]
                self._take(piece)
                self._missing -= len(piece)
                continue
            end = buffer.find(b"\r\n")
            if end < 0:
                if len(buffer) > _LINE_BYTES_MAX:
                    raise _Malformed("a chunk's size line is too long")
                return False
            line = bytes(buffer[:end])
            del buffer[: end + 2]
            if self._take_line(line):
                return True

    def _take_line(self, line: bytes) -> bool:
        if self._in_trailers:
            if not line:
                return True
            name, _, value = line.decode("latin-1").partition(":")
            self.trailers[name.strip().lower()] = value.strip()
        elif self._missing == 0:
            if line:
                raise _Malformed("a chunk is longer than it says")
            self._missing = -1
        else:
            self._begin_chunk(line)
        return False

    def _begin_chunk(self, line: bytes) -> None:
        digits = line.partition(b";")[0].strip()
        try:
            if not digits or digits.strip(b"0123456789abcdefABCDEF"):
                raise ValueError
            size = int(digits, 16)
        except ValueError:
            raise _Malformed("a chunk's size is not a number") from None
        self._size += size
        if self._size > BODY_BYTES_MAX:
            raise _Malformed("the body is too large")
        self._missing = size
        self._in_trailers = size == 0


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    line, _, rest = head.decode("latin-1").partition("\r\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1.") or not parts[1].startswith("/"):
        raise _Malformed("the request line is not valid")
    headers: dict[str, str] = {}
    for header in rest.split("\r\n") if rest else ():
        name, colon, value = header.partition(":")
        if not colon or not name or name != name.strip():
            raise _Malformed("a header is not valid")
        headers[name.lower()] = value.strip()
    return parts[0], parts[1], headers


class Listener:
    """A server on a free port of loopback, all of whose requests go to one handler."""

    def __init__(self, handler: Handler, opener: Opener | None = None) -> None:
        self._handler = handler
        self._opener = opener
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self.address = ""

    async def open(self, listening: socket.socket | None = None) -> None:
        """On a socket that listens already, in the place of the one before, or on one of our own."""
        loop = asyncio.get_running_loop()
        self.close()
        if listening is None:
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listening.bind(("127.0.0.1", 0))
            listening.listen(64)
        listening.setblocking(False)
        self.address = f"127.0.0.1:{listening.getsockname()[1]}"
        self._server = await loop.create_server(
            lambda: Connection(self._handler, self._connections, self._opener), sock=listening
        )

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop_connections()

    def drop_connections(self) -> None:
        """Nothing more is heard from who has connected up to now."""
        for connection in tuple(self._connections):
            connection.close()
