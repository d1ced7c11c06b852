"""Part: handshakes of WebSocket APIs, and the connections that come of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from sundog.context import Context
from sundog.front.headers import last_of
from sundog.front.hosts import domain_of, find_api, is_rest_host
from sundog.front.sockets import OpenSocket, Peer, Sockets
from sundog.protocol.http import HttpRequest, HttpResponse, Socket
from sundog.service import Part
from sundog.services.apigatewayv2.domains import Domains
from sundog.services.apigatewayv2.execute.call import query_pairs
from sundog.services.apigatewayv2.execute.face import Face
from sundog.services.apigatewayv2.execute.placing import Elsewhere, Place, find_place
from sundog.services.apigatewayv2.snapshots import Snapshot, Snapshots
from sundog.services.apigatewayv2.sockets import limits
from sundog.services.apigatewayv2.sockets.answers import Failed, error_text, refusal
from sundog.services.apigatewayv2.sockets.expiring import Deadlines
from sundog.services.apigatewayv2.sockets.handling import (
    Throttles,
    connect,
    disconnect,
    handle_message,
)
from sundog.services.apigatewayv2.sockets.occasion import Occasion, new_id
from sundog.services.apigatewayv2.sockets.program import Programs
from sundog.services.apigatewayv2.sockets.reporting import count_sent

logger = logging.getLogger(__name__)

MANAGEMENT: Final = "/@connections/"
UNSUPPORTED_DATA: Final = 1003
STOP_S: Final = 2.0
"""What running messages and disconnects get when the server stops."""


class SocketFace(Part):
    """Wants handshakes at the addresses of HTTP and WebSocket APIs; is asked before the face of HTTP APIs."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)
        for task in self._tasks:
            task.cancel()

    def wants(self, http: HttpRequest) -> bool:
        if is_rest_host(http.host):
            return False
        reached = find_api(http)
        if reached is not None:
            return http.asks_for_socket and not reached.is_rest
        if not (http.asks_for_socket or MANAGEMENT in http.path):
            return False
        return self._ctx.part(Domains).name_of(domain_of(http)) is not None

    async def answer(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        place = await find_place(self._ctx, http)
        if MANAGEMENT in http.path and isinstance(place, Place) and place.snapshot.is_websocket:
            return await self._pass_on(http, place, is_connected)
        if isinstance(place, Elsewhere) or (place is not None and not place.snapshot.is_websocket):
            return await self._ctx.part(Face).answer(http, is_connected)  # these upgrade nothing
        if place is None or place.route_path.strip("/"):
            return _message(403, "Forbidden")
        if len(http.path) + len(http.query) > limits.URL_CHARACTERS_MAX:
            return _message(414, "URI Too Long")
        if not self._may_connect(place.snapshot):
            return _message(429, "Too Many Requests")
        return await self._shake_hands(http, place)

    async def _pass_on(
        self, http: HttpRequest, place: Place, is_connected: Callable[[], bool]
    ) -> HttpResponse:
        """A custom domain name leads to the management API of a stage: its face knows another address."""
        snapshot = place.snapshot
        path = f"/_aws/execute-api/{snapshot.api_id}/{snapshot.stage_name}{place.route_path}"
        asked = replace(http, path=path)
        faces = (face for face in self._ctx.parts.with_method("wants") if face is not self)
        face = next(face for face in faces if face.wants(asked))
        response: HttpResponse = await face.answer(asked, is_connected)
        return response

    def _may_connect(self, snapshot: Snapshot) -> bool:
        """New connections are throttled by account and region."""
        if self._ctx.config.limits == "relaxed":
            return True
        key, now_ms = ("connections", snapshot.scope), self._ctx.clock.now_ms()
        buckets = self._ctx.part(Throttles).buckets
        return buckets.take(key, limits.CONNECTIONS_A_SECOND, limits.CONNECTIONS_BURST, now_ms)

    async def _shake_hands(self, http: HttpRequest, place: Place) -> HttpResponse:
        snapshot = place.snapshot
        ctx = self._ctx.acting(scope=snapshot.scope)
        occasion = self._occasion_of(http, place)
        try:
            admitted, answer = await connect(ctx, ctx.part(Programs).of(snapshot), occasion)
        except Failed as failed:
            return refusal(occasion, failed)
        if not 200 <= answer.status < 300:
            return HttpResponse(answer.status, answer.body, {"Content-Type": "application/json"})
        chosen = last_of(answer.pairs, "sec-websocket-protocol")
        return HttpResponse(
            101,
            headers={"Sec-WebSocket-Protocol": chosen} if chosen else {},
            talk=partial(self._talk, replace(occasion, admitted=admitted, http=None, query=())),
            message_bytes_max=limits.MESSAGE_BYTES_MAX,
            frame_bytes_max=limits.FRAME_BYTES_MAX,
        )

    def _occasion_of(self, http: HttpRequest, place: Place) -> Occasion:
        snapshot = place.snapshot
        ids, now_ms = self._ctx.ids, self._ctx.clock.now_ms()
        trace = http.headers.get("x-amzn-trace-id") or f"Root=1-{now_ms // 1_000:08x}-{ids.hex(24)}"
        peer = Peer(
            new_id(ids),
            snapshot.scope,
            snapshot.api_id,
            snapshot.stage_name,
            now_ms,
            http.source_ip,
            http.headers.get("user-agent", ""),
        )
        return Occasion(
            peer,
            place.domain,
            "CONNECT",
            new_id(ids),
            now_ms,
            trace,
            http=http,
            query=tuple(query_pairs(http.query)),
            variables=snapshot.variables,
        )

    async def _talk(self, handshake: Occasion, socket: Socket) -> None:
        """The life of one connection; `handshake` is what all its occasions have in common."""
        on_sent = partial(count_sent, self._ctx, handshake.peer)
        opened = await self._ctx.part(Sockets).add(handshake.peer, socket, on_sent)
        self._ctx.part(Deadlines).watch(opened)
        try:
            await self._listen(handshake, opened)
        finally:
            self._ctx.part(Sockets).remove(handshake.peer.id)
            closed_with = opened.closed_by_us or socket.closed_with
            self._begin(self._end(replace(self._next(handshake, "DISCONNECT"), closed_with=closed_with)))

    async def _listen(self, handshake: Occasion, opened: OpenSocket) -> None:
        """Messages are handled side by side; only so many at once."""
        room = asyncio.Semaphore(limits.AT_ONCE_MAX)
        while (message := await opened.socket.receive()) is not None:
            if isinstance(message, bytes):
                await opened.close(UNSUPPORTED_DATA, "Binary messages are not supported")
                return
            opened.active()
            occasion = replace(
                self._next(handshake, "MESSAGE"), message_id=new_id(self._ctx.ids), body=message
            )
            await room.acquire()
            self._begin(self._take(opened, occasion, room))

    def _next(self, handshake: Occasion, kind: Any) -> Occasion:
        now_ms, ids = self._ctx.clock.now_ms(), self._ctx.ids
        trace = f"Root=1-{now_ms // 1_000:08x}-{ids.hex(24)}"
        return replace(handshake, kind=kind, request_id=new_id(ids), now_ms=now_ms, trace_header=trace)

    async def _take(self, opened: OpenSocket, occasion: Occasion, room: asyncio.Semaphore) -> None:
        try:
            with self._ctx.clock.busy(), suppress(ConnectionError):
                answer = await self._answer_message(occasion)
                if answer:
                    await opened.send(answer)
        except Exception:
            logger.exception("a message of connection %s failed", occasion.peer.id)
        finally:
            room.release()

    async def _answer_message(self, occasion: Occasion) -> bytes:
        ctx = self._ctx.acting(scope=occasion.peer.scope)
        snapshot = await ctx.part(Snapshots).find(occasion.peer.api_id, occasion.peer.stage)
        if snapshot is None:
            return error_text(occasion, "Forbidden").encode()
        occasion = replace(occasion, variables=snapshot.variables)
        try:
            return await handle_message(ctx, ctx.part(Programs).of(snapshot), occasion)
        except Failed as failed:
            return error_text(occasion, failed.message).encode()

    async def _end(self, occasion: Occasion) -> None:
        ctx = self._ctx.acting(scope=occasion.peer.scope)
        try:
            with ctx.clock.busy(), suppress(Failed):
                await ctx.part(Sockets).tell(occasion.peer)
                snapshot = await ctx.part(Snapshots).find(occasion.peer.api_id, occasion.peer.stage)
                if snapshot is not None:
                    occasion = replace(occasion, variables=snapshot.variables)
                    await disconnect(ctx, ctx.part(Programs).of(snapshot), occasion)
        except Exception:
            logger.exception("the end of connection %s failed", occasion.peer.id)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _message(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, orjson.dumps({"message": text}), {"Content-Type": "application/json"})
