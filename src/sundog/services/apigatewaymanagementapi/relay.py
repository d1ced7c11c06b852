"""Part: connections of other nodes, where several share a store.

Who holds a connection is a row; what is to be done to it is an order, a row that wakes the node that holds
it, which writes its answer into it. A node that was not alive for a while has taken its connections along.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.errors import AwsError
from sundog.front.sockets import Peer, Reachable, Sockets
from sundog.scope import Scope
from sundog.service import Part
from sundog.store import load_queries

logger = logging.getLogger(__name__)

SQL = load_queries(Path(__file__).with_name("queries.sql"))
ANSWER_S: Final = 5.0
HEARTBEAT_S: Final = 5.0
DEAD_MS: Final = 20_000
"""A node that has not been seen for this long (real time) is gone."""

_GONE: Final = "gone"


class ServiceUnavailableException(AwsError):
    """The node that holds the connection does not answer"""

    status = 503
    sender_fault = False


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A connection that another node holds."""

    relay: Relay
    node: str
    peer: Peer

    async def last_active_ms(self) -> int:
        return int(await self._ask("look", ""))

    async def send(self, data: bytes) -> None:
        await self._ask("send", base64.b64encode(data).decode())

    async def close(self, code: int, reason: str) -> None:
        await self._ask("close", orjson.dumps([code, reason]).decode())

    async def _ask(self, kind: str, body: str) -> str:
        answer = await self.relay.ask(self.node, self.peer.id, kind, body)
        if answer == _GONE:
            raise ConnectionResetError("the connection is closed")
        return answer


class Relay(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._node = ctx.ids.hex(12)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        if not self._ctx.store.is_shared:
            return
        await self._say_alive()
        self._ctx.part(Sockets).elsewhere = self
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen()), loop.create_task(self._stay_alive())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._tasks:
            await self._forget_node(self._node)

    # What the registry of this node asks

    async def opened(self, peer: Peer) -> None:
        async with self._ctx.store.transaction() as tx:
            text = orjson.dumps(asdict(peer)).decode()
            await tx.run(SQL["put_connection"], id=peer.id, node=self._node, peer=text)

    async def closed(self, peer: Peer) -> None:
        async with self._ctx.store.transaction() as tx:
            await tx.run(SQL["delete_connection"], id=peer.id)

    async def find(self, id: str) -> Reachable | None:
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["connection"], id=id)
        if row is None or row["node"] == self._node:
            return None
        found = orjson.loads(row["peer"])
        return _Elsewhere(self, row["node"], Peer(**{**found, "scope": Scope(**found["scope"])}))

    async def ask(self, node: str, connection: str, kind: str, body: str) -> str:
        """What ``node`` answers. Raises ServiceUnavailableException where it lives and does not."""
        id = self._ctx.ids.uuid()
        async with self._ctx.store.subscribe(_channel(id)) as answered:
            async with self._ctx.store.transaction() as tx:
                order = {"id": id, "node": node, "connection": connection, "kind": kind, "body": body}
                await tx.run(SQL["put_order"], **order)
                tx.wake(_channel(node))
            try:
                async with asyncio.timeout(ANSWER_S):
                    await answered.wait(NEVER_MS)
            except TimeoutError:
                logger.warning("node %s does not answer", node)
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["order"], id=id)
            await tx.run(SQL["delete_order"], id=id)
        return row["answer"] if row and row["answer"] else await self._unanswered(node)

    async def _unanswered(self, node: str) -> str:
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["node"], node=node)
        if row is not None and row["alive_ms"] > self._ctx.clock.wall_ms() - DEAD_MS:
            raise ServiceUnavailableException
        await self._forget_node(node)
        return _GONE

    async def _forget_node(self, node: str) -> None:
        async with self._ctx.store.transaction() as tx:
            await tx.run(SQL["delete_connections_of_node"], node=node)
            await tx.run(SQL["delete_node"], node=node)

    # What other nodes ask

    async def _listen(self) -> None:
        async with self._ctx.store.subscribe(_channel(self._node)) as ordered:
            while True:
                try:
                    await self._carry_out()
                except Exception:
                    logger.exception("orders of other nodes could not be carried out")
                await ordered.wait(NEVER_MS)

    async def _carry_out(self) -> None:
        async with self._ctx.store.transaction() as tx:
            orders = [dict(row) for row in await tx.all(SQL["orders"], node=self._node)]
        for order in orders:
            answer = await self._do(order)
            async with self._ctx.store.transaction() as tx:
                await tx.run(SQL["answer_order"], id=order["id"], answer=answer)
                tx.wake(_channel(order["id"]))

    async def _do(self, order: dict[str, Any]) -> str:
        opened = self._ctx.part(Sockets).find(order["connection"])
        if opened is None:
            return _GONE
        try:
            if order["kind"] == "send":
                await opened.send(base64.b64decode(order["body"]))
            elif order["kind"] == "close":
                await opened.close(*orjson.loads(order["body"]))
        except ConnectionError:
            return _GONE
        return str(await opened.last_active_ms())

    async def _stay_alive(self) -> None:
        while True:
            await self._ctx.clock.sleep_wall(HEARTBEAT_S)
            try:
                await self._say_alive()
            except Exception:
                logger.exception("this node could not say that it is alive")

    async def _say_alive(self) -> None:
        async with self._ctx.store.transaction() as tx:
            await tx.run(SQL["put_node"], node=self._node, alive_ms=self._ctx.clock.wall_ms())


def _channel(name: str) -> str:
    """Of a node, or of one order."""
    return f"apigatewaymanagementapi.{name}"
