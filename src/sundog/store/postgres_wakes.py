"""Wakes between nodes: NOTIFY what this one committed, LISTEN to what the others did."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from sundog.clock import Clock
from sundog.store.channels import Channels

logger = logging.getLogger(__name__)
CHANNEL = "sundog"
LOOK_AROUND_S = 10.0
"""So long at most does a wake stay unheard that its node could not send any more."""
RECONNECT_S_MIN, RECONNECT_S_MAX = 0.1, 5.0
EVERYTHING = "*"


class Wakes:
    """Carries wakes to the other nodes and brings theirs. Payloads are ``<node> <channel>``."""

    def __init__(
        self,
        clock: Clock,
        url: str,
        node: str,
        channels: Channels,
        pool: AsyncConnectionPool[AsyncConnection[dict[str, Any]]],
    ) -> None:
        self._clock, self._url, self._node = clock, url, node
        self._channels, self._pool = channels, pool
        self._unsent: dict[str, None] = {}
        self._listening: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        connection = await self._listen()
        self._listening = asyncio.create_task(self._hear(connection), name="store wakes")

    async def stop(self) -> None:
        if self._telling is not None:
            await asyncio.gather(self._telling, return_exceptions=True)
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    # To the others

    def tell(self, channels: Iterable[str]) -> None:
        """Have the other nodes woken soon. What gathers while one NOTIFY is on its way goes with the next."""
        self._unsent.update(dict.fromkeys(channels))
        if self._unsent and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._send(), name="store notify")

    def tell_all(self) -> None:
        self.tell((EVERYTHING,))

    async def _send(self) -> None:
        while self._unsent:
            payloads = [f"{self._node} {channel}" for channel in self._unsent]
            self._unsent.clear()
            try:
                async with self._pool.connection() as connection:
                    await connection.execute(
                        "select pg_notify(%s, payload) from unnest(%s::text[]) as payload",
                        (CHANNEL, payloads),
                    )
            except (psycopg.Error, PoolTimeout, PoolClosed, OSError) as error:
                logger.warning("other nodes were not woken, they look by themselves: %s", error)

    # From the others

    async def _listen(self) -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(self._url, autocommit=True)
        try:
            await connection.execute(f"listen {CHANNEL}".encode())
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _hear(self, connection: AsyncConnection[Any]) -> None:
        delay_s = RECONNECT_S_MIN
        while True:
            try:
                async with connection:
                    self._channels.wake_all()  # whatever was said while nobody listened
                    delay_s = RECONNECT_S_MIN
                    await self._wake_until_lost(connection)
            except (psycopg.Error, OSError) as error:
                logger.warning("wakes of other nodes are not heard for a moment: %s", error)
            connection, delay_s = await self._reconnect(delay_s)

    async def _wake_until_lost(self, connection: AsyncConnection[Any]) -> None:
        while True:
            is_quiet = True
            async for notify in connection.notifies(timeout=LOOK_AROUND_S):
                is_quiet = False
                self._hear_one(notify.payload)
            if is_quiet:
                await connection.execute("select 1")  # notices a connection that died silently
            self._channels.wake_all()

    def _hear_one(self, payload: str) -> None:
        node, _, channel = payload.partition(" ")
        if node == self._node:
            return
        if channel == EVERYTHING:
            self._channels.wake_all()
        else:
            self._channels.wake((channel,))

    async def _reconnect(self, delay_s: float) -> tuple[AsyncConnection[Any], float]:
        while True:
            try:
                return await self._listen(), delay_s
            except (psycopg.Error, OSError):
                await self._clock.sleep_wall(delay_s)
                delay_s = min(2 * delay_s, RECONNECT_S_MAX)
