"""Part: the WebSocket connections that are open, by connection id.

The data plane puts those of this node here, the management API (@connections) finds them. Where several nodes
share a store, the management API also says how to reach those of other nodes (``elsewhere``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from sundog.context import Context
from sundog.protocol.http import Socket
from sundog.scope import Scope
from sundog.service import Part

GOING_AWAY, SERVICE_RESTART = 1001, 1012


@dataclass(frozen=True, slots=True)
class Peer:
    """What is known of a connection from its handshake on. ``stage`` and ``api_id`` are where it came in."""

    id: str
    scope: Scope
    api_id: str
    stage: str
    connected_ms: int
    source_ip: str
    user_agent: str


class Reachable(Protocol):
    """A connection, wherever it is open."""

    @property
    def peer(self) -> Peer: ...
    async def last_active_ms(self) -> int:
        """When a message last came or went. Raises ConnectionError as well."""
        ...

    async def send(self, data: bytes) -> None:
        """Raises ConnectionError when the client has gone."""
        ...

    async def close(self, code: int, reason: str) -> None: ...


class Elsewhere(Protocol):
    """The connections of other nodes, who want to know of ours."""

    async def opened(self, peer: Peer) -> None: ...
    async def closed(self, peer: Peer) -> None: ...
    async def find(self, id: str) -> Reachable | None: ...


@dataclass(slots=True)
class OpenSocket:
    """One open connection. ``closed_by_us``: with what we closed it, if we did."""

    peer: Peer
    socket: Socket
    active_ms: int
    now_ms: Callable[[], int]
    on_sent: Callable[[], None]
    closed_by_us: tuple[int, str] | None = None
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, data: bytes) -> None:
        """As a text where it is one. Raises ConnectionError when the client has gone."""
        try:
            message: str | bytes = data.decode()
        except UnicodeDecodeError:
            message = data
        async with self.sending:  # messages never mix
            if self.closed_by_us is not None:
                raise ConnectionResetError("the connection is closed")
            await self.socket.send(message)
        self.active()
        self.on_sent()

    def active(self) -> None:
        """A message came or went."""
        self.active_ms = self.now_ms()

    async def last_active_ms(self) -> int:
        return self.active_ms

    async def close(self, code: int, reason: str) -> None:
        if self.closed_by_us is None:
            self.closed_by_us = code, reason
            with suppress(ConnectionError):
                await self.socket.close(code, reason)


class Sockets(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._open: dict[str, OpenSocket] = {}
        self.elsewhere: Elsewhere | None = None

    async def hang_up(self) -> None:
        """The server is about to stop: clients may come back to another or later one."""
        await self._close_all(SERVICE_RESTART, "Service restart")

    async def forget(self) -> None:
        await self._close_all(GOING_AWAY, "Going away")

    def __len__(self) -> int:
        return len(self._open)

    async def add(self, peer: Peer, socket: Socket, on_sent: Callable[[], None]) -> OpenSocket:
        """``on_sent`` is called for every message that has gone to the client."""
        now_ms = self._ctx.clock.now_ms
        opened = self._open[peer.id] = OpenSocket(peer, socket, now_ms(), now_ms, on_sent)
        if self.elsewhere is not None:
            await self.elsewhere.opened(peer)
        return opened

    def remove(self, id: str) -> None:
        """Nobody finds it any more; `tell` has other nodes know."""
        self._open.pop(id, None)

    async def tell(self, peer: Peer) -> None:
        if self.elsewhere is not None:
            await self.elsewhere.closed(peer)

    def find(self, id: str) -> OpenSocket | None:
        """None also for one that is being closed."""
        opened = self._open.get(id)
        return None if opened is None or opened.closed_by_us is not None else opened

    async def reach(self, id: str) -> Reachable | None:
        """The connection on this node or another; None where there is none."""
        opened = self.find(id)
        if opened is not None or self.elsewhere is None:
            return opened
        return await self.elsewhere.find(id)

    async def _close_all(self, code: int, reason: str) -> None:
        for opened in list(self._open.values()):
            await opened.close(code, reason)
