"""WebSockets: a connection whose face answered 101 becomes a `Socket` and lives as long as its talk."""

from __future__ import annotations

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web

from sundog.gateway.connection import SERVER
from sundog.gateway.frames import limit_frames
from sundog.protocol.http import HttpResponse, Socket

NO_STATUS = 1005
NOT_SET, ABNORMAL = "Client-side close frame status not set", "Connection closed abnormally"
CLOSE_WAIT_S = 5.0
"""How long a client may take to answer our close frame."""


def can_upgrade(wire: web.BaseRequest) -> bool:
    """Whether the handshake is well-formed: asked before a face is, so that nothing half happens."""
    return bool(web.WebSocketResponse().can_prepare(wire))


async def talk_over(wire: web.BaseRequest, response: HttpResponse) -> web.StreamResponse:
    """Upgrade the connection and run the face's talk until one side ends it."""
    assert response.talk is not None
    chosen = response.headers.get("Sec-WebSocket-Protocol")
    socket = web.WebSocketResponse(
        timeout=CLOSE_WAIT_S,
        compress=False,
        max_msg_size=response.message_bytes_max + 1,  # aiohttp refuses what is as long as its limit
        protocols=(chosen,) if chosen else (),
    )
    others = {name: value for name, value in response.headers.items() if name != "Sec-WebSocket-Protocol"}
    socket.headers.update({"server": SERVER, **others})
    await socket.prepare(wire)
    if response.frame_bytes_max:
        limit_frames(socket, wire, response.frame_bytes_max)
    opened: Socket = _Socket(socket)
    try:
        await response.talk(opened)
    finally:
        await opened.close(1000)
    return socket


class _Socket:
    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._closed_with: tuple[int, str] = (WSCloseCode.ABNORMAL_CLOSURE, ABNORMAL)

    @property
    def closed_with(self) -> tuple[int, str]:
        return self._closed_with

    async def receive(self) -> str | bytes | None:
        message = await self._socket.receive()
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            data: str | bytes = message.data
            return data
        if message.type is WSMsgType.CLOSE:
            self._closed_with = (
                message.data or NO_STATUS,
                message.extra or (NOT_SET if not message.data else ""),
            )
        elif message.type is WSMsgType.ERROR and isinstance(message.data, WebSocketError):
            self._closed_with = message.data.code, str(message.data)
        return None

    async def send(self, message: str | bytes) -> None:
        if self._socket.closed:
            raise ConnectionResetError("the client has gone")
        if isinstance(message, str):
            await self._socket.send_str(message)
        else:
            await self._socket.send_bytes(message)

    async def close(self, code: int, reason: str = "") -> None:
        if not self._socket.closed:
            await self._socket.close(code=code, message=reason.encode())
