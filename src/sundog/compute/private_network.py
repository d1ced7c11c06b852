"""A network of an environment's own, for functions in a VPC: sundog is in reach, and nothing else.

What listens there was made by the environment's first process (``inside/init.py``) and handed out: the
Runtime API on its well-known port, sundog's own port, and the hosts and ports that the user has allowed.
Whoever connects to one of these is relayed to the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sundog.compute.http1 import Listener
from sundog.compute.process_tree import ProcessTree
from sundog.compute.started import Order

RUNTIME_API_PORT = 9001
LOOPBACK = "127.0.0.1"
Place = tuple[str, int]
"""Host and port."""

_ADDRESS = re.compile(r"\d+(\.\d+){3}")
_PIECE_BYTES = 1 << 16


class PrivateNetwork:
    """``allowed`` are hosts and ports: an address is its own inside, a name gets one of loopback."""

    def __init__(self, listener: Listener, endpoint_url: str, allowed: Sequence[Place]) -> None:
        self._listener = listener
        parts = urlsplit(endpoint_url)
        endpoint = (parts.hostname or LOOPBACK, parts.port or 80)
        self._hosts = _names(host for host, _ in allowed)
        self._targets = {(LOOPBACK, endpoint[1]): endpoint}
        self._targets |= {(self._hosts.get(host, host), port): (host, port) for host, port in allowed}
        self._targets.pop((LOOPBACK, RUNTIME_API_PORT), None)
        self._relays: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[Any]] = set()
        self._opening: asyncio.Task[None] | None = None
        self.address = f"{LOOPBACK}:{RUNTIME_API_PORT}"
        self.endpoint_url = f"{parts.scheme}://{LOOPBACK}:{endpoint[1]}" if endpoint_url else ""

    @property
    def order(self) -> Order:
        places = [(LOOPBACK, RUNTIME_API_PORT), *self._targets]
        named = {name: address for name, address in self._hosts.items() if name != "localhost"}
        return {"op": "network", "places": places, "hosts": named}

    def adopt(self, fds: Sequence[int]) -> None:
        """Serve what listens inside; the descriptors are in the order of `order`."""
        self._close_relays()
        sockets = [socket.socket(fileno=fd) for fd in fds]
        self._opening = asyncio.get_running_loop().create_task(self._open(sockets))

    async def _open(self, sockets: list[socket.socket]) -> None:
        try:
            await self._listener.open(sockets.pop(0))
            for target in self._targets.values():
                self._relays.append(await asyncio.start_server(self._relay_to(*target), sock=sockets.pop(0)))
        finally:
            for unused in sockets:
                unused.close()

    def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self._close_relays()

    def _close_relays(self) -> None:
        for relay in self._relays:
            relay.close()
        for connection in self._connections:
            connection.cancel()
        self._relays.clear()

    def _relay_to(self, host: str, port: int) -> Callable[..., Awaitable[None]]:
        """A connection from inside is a connection to ``host:port``, until both ends have closed."""

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
            with contextlib.suppress(OSError, asyncio.CancelledError), contextlib.closing(writer):
                there, out = await asyncio.open_connection(host, port)
                with contextlib.closing(out):
                    await asyncio.gather(_pump(reader, out), _pump(there, writer))

        return relay


def _names(hosts: Iterable[str]) -> dict[str, str]:
    """What machines that are named have as address inside: each its own, so that ports do not meet."""
    names = [host for host in dict.fromkeys(hosts) if host != "localhost" and not _ADDRESS.fullmatch(host)]
    return {"localhost": LOOPBACK} | {host: f"127.0.1.{number}" for number, host in enumerate(names, 1)}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_PIECE_BYTES):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


async def connect(tree: ProcessTree | None, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To somebody who listens on loopback inside the environment's network. Raises OSError."""
    if tree is None:
        raise ConnectionRefusedError("there is nobody inside")
    return await asyncio.open_connection(sock=await tree.connect(port))
