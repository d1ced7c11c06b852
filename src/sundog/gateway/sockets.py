"""WebSockets: a connection whose face answered 101 leaves HTTP behind and lives as long as its talk."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from typing import Any, Final

from aiohttp import web

from sundog.gateway.connection import SERVER
from sundog.gateway.websocket import NORMAL, WebSocket
from sundog.protocol.http import HttpResponse

logger = logging.getLogger(__name__)

STOP_S: Final = 2.0
"""What talks get to end when the server stops."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def can_upgrade(wire: web.BaseRequest) -> bool:
    """Whether the handshake is well-formed: asked before a face is, so that nothing half happens."""
    return bool(web.WebSocketResponse().can_prepare(wire))


class Talks:
    """The connections that have become WebSockets."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, wire: web.BaseRequest, response: HttpResponse) -> web.StreamResponse:
        """Take the connection away from HTTP, and run the face's talk until one side ends it."""
        assert response.talk is not None
        socket = WebSocket(response.message_bytes_max, response.frame_bytes_max)
        transport, tail = _take(wire)
        if transport is not None:
            transport.write(_handshake(wire, response))
            transport.set_protocol(socket)
            socket.connection_made(transport)
            if tail:
                socket.data_received(tail)
            task = asyncio.get_running_loop().create_task(_run(response.talk, socket))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return _Taken()

    async def stop(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)
        for task in self._tasks:
            task.cancel()


async def _run(talk: Any, socket: WebSocket) -> None:
    try:
        await talk(socket)
    except Exception:
        logger.exception("a WebSocket's talk failed")
    finally:
        await socket.close(NORMAL)


def _take(wire: web.BaseRequest) -> tuple[asyncio.Transport | None, bytes]:
    """The connection, and what has come over it after the handshake.

    aiohttp offers no way to hand a connection over: to its handler this one is lost, but not closed.
    """
    handler: Any = wire.protocol
    transport, tail = handler.transport, handler._message_tail
    handler.transport = None
    handler.connection_lost(None)
    return transport, tail


def _handshake(wire: web.BaseRequest, response: HttpResponse) -> bytes:
    key = wire.headers["Sec-WebSocket-Key"].encode()
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
    lines = {
        "Upgrade": "websocket",
        "Connection": "upgrade",
        "Sec-WebSocket-Accept": accept,
        "Server": SERVER,
        **response.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in (*lines.items(), *response.pairs))
    return f"HTTP/1.1 101 Switching Protocols\r\n{head}\r\n".encode()


class _Taken(web.StreamResponse):
    """What aiohttp is told of a request that is none of its any more: there is nothing left to send."""

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None
