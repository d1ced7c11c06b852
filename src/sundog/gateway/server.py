"""The HTTP server: connections to `HttpRequest` values and `HttpResponse` values back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sundog.protocol.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)
BODY_BYTES_MAX = 256 * 1024 * 1024
KEEPALIVE_S = 75.0

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
        self.port = 0

    def add(self, face: Face) -> None:
        """Let ``face`` choose before the last one, which wants everything."""
        self._faces = (*self._faces[:-1], face, self._faces[-1])

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError when the address is taken."""
        server = web.Server(self._handle, access_log=None, keepalive_timeout=KEEPALIVE_S)
        self._runner = web.ServerRunner(server)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=1024, shutdown_timeout=2.0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; running requests get two seconds."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def answer(self, request: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        """The answer of the first face that wants the request."""
        face = next(f for f in self._faces if f.wants(request))
        return await face.answer(request, is_connected)

    async def _handle(self, wire: web.BaseRequest) -> web.StreamResponse:
        try:
            request = await _read(wire)
        except (web.HTTPRequestEntityTooLarge, HttpProcessingError) as error:
            return web.Response(status=413 if isinstance(error, web.HTTPException) else 400)
        transport = wire.transport
        response = await self.answer(request, lambda: transport is not None and not transport.is_closing())
        if response.stream is None:
            answer = web.Response(status=response.status, body=response.body, headers=response.headers)
            for cookie in response.cookies:
                answer.headers.add("set-cookie", cookie)
            return answer
        return await _write_stream(wire, response)


async def _read(wire: web.BaseRequest) -> HttpRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in wire.raw_headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "surrogateescape")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if headers.get("expect", "").lower() == "100-continue" and wire.transport is not None:
        wire.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    wire._client_max_size = BODY_BYTES_MAX  # aiohttp offers no setting for it on its low-level server
    body = await wire.read() if wire.can_read_body else b""
    path, _, query = wire.raw_path.partition("?")
    return HttpRequest(wire.method, path, query, headers, body, wire.remote or "")


async def _write_stream(wire: web.BaseRequest, response: HttpResponse) -> web.StreamResponse:
    assert response.stream is not None
    answer = web.StreamResponse(status=response.status, headers=response.headers)
    await answer.prepare(wire)
    if response.body:
        await answer.write(response.body)
    async for chunk in response.stream:
        await answer.write(chunk)
    await answer.write_eof()
    return answer
