"""The HTTP server: connections to `HttpRequest` values and `HttpResponse` values back."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sundog.gateway.connection import SERVER, BadHttp, ConnectionServer, read_request, refuse
from sundog.gateway.sockets import Talks, can_upgrade
from sundog.gateway.tls import EitherListener
from sundog.protocol.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

SHUTDOWN_S = 2.0
"""What running requests get when the server stops."""

Answer = Callable[[HttpRequest, Callable[[], bool]], Awaitable[HttpResponse]]


@dataclass(frozen=True, slots=True)
class Face:
    """A part of the URL space that somebody answers; the first face that wants a request gets it."""

    wants: Callable[[HttpRequest], bool]
    answer: Answer


class HttpServer:
    """Listens on one address and lets the faces answer, in order."""

    def __init__(self, faces: tuple[Face, ...]) -> None:
        self._faces = faces
        self._runner: web.ServerRunner | None = None
        self._talks = Talks()
        self._listener: EitherListener | None = None
        self.port = 0

    def add(self, face: Face) -> None:
        """Let ``face`` choose before the last one, which wants everything."""
        self._faces = (*self._faces[:-1], face, self._faces[-1])

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen, with ``tls`` for HTTPS as well. Raises OSError when the address is taken."""
        server = ConnectionServer(self._handle)
        self._runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        if tls is not None:
            self._listener = EitherListener(server, tls)
            self.port = self._listener.start(host, port)
            return
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; running requests get two seconds."""
        if self._listener is not None:
            await self._listener.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._talks.stop()

    async def answer(self, request: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        """The answer of the first face that wants the request."""
        for face in self._faces:
            if face.wants(request):
                return await face.answer(request, is_connected)
        raise AssertionError("the last face wants everything")

    async def _handle(self, wire: web.BaseRequest) -> web.StreamResponse:
        try:
            request = await read_request(wire)
        except BadHttp as bad:
            answer = refuse(bad.status)
            answer.force_close()
            return answer
        if request.asks_for_socket and not can_upgrade(wire):
            return refuse(400)
        transport = wire.transport
        response = await self.answer(request, lambda: transport is not None and not transport.is_closing())
        if response.talk is not None:
            return self._talks.begin(wire, response)
        if response.status < 200:  # as a REST API may be told to answer: the client would wait for more
            return web.Response(status=502, headers={"server": SERVER})
        if response.stream is None:
            headers = {"server": SERVER, **response.headers}
            answer = web.Response(status=response.status, body=response.body, headers=headers)
            _add_lines(answer, response)
            return answer
        return await _write_stream(wire, response)


def _add_lines(answer: web.StreamResponse, response: HttpResponse) -> None:
    for cookie in response.cookies:
        answer.headers.add("set-cookie", cookie)
    for name, value in response.pairs:
        answer.headers.add(name, value)


async def _write_stream(wire: web.BaseRequest, response: HttpResponse) -> web.StreamResponse:
    assert response.stream is not None
    answer = web.StreamResponse(status=response.status, headers={"server": SERVER, **response.headers})
    _add_lines(answer, response)
    await answer.prepare(wire)
    if response.body:
        await answer.write(response.body)
    try:
        async for chunk in response.stream:
            await answer.write(chunk)
    finally:  # whoever makes the stream hears at once that the client has gone
        if isinstance(response.stream, AsyncGenerator):
            await response.stream.aclose()
    await answer.write_eof()
    return answer
