"""Part: connections that end by the clock: after ten minutes without a message, and after two hours.

One heap for all of them: a connection costs an entry, not a task.
"""

from __future__ import annotations

import asyncio
import heapq
from contextlib import suppress

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.front.sockets import GOING_AWAY, OpenSocket, Sockets
from sundog.services.apigatewayv2.sockets import limits


def deadline_ms(opened: OpenSocket) -> int:
    return min(opened.active_ms + limits.IDLE_MS_MAX, opened.peer.connected_ms + limits.OPEN_MS_MAX)


class Deadlines:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._heap: list[tuple[int, str]] = []
        self._task: asyncio.Task[None] | None = None
        self._woken: asyncio.Future[bool] | None = None

    async def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="websocket deadlines")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def forget(self) -> None:
        self._heap.clear()

    def watch(self, opened: OpenSocket) -> None:
        """End the connection when its time has come. Later traffic only makes that later."""
        heapq.heappush(self._heap, (deadline_ms(opened), opened.peer.id))
        if self._heap[0][1] == opened.peer.id and self._woken is not None and not self._woken.done():
            self._woken.set_result(True)

    async def _run(self) -> None:
        clock = self._ctx.clock
        while True:
            self._woken = asyncio.get_running_loop().create_future()
            due_ms = self._heap[0][0] if self._heap else NEVER_MS
            await clock.wait_for(self._woken, due_ms, is_work=False)
            with clock.busy():
                await self._end_due(clock.now_ms())

    async def _end_due(self, now_ms: int) -> None:
        ended = []
        while self._heap and self._heap[0][0] <= now_ms:
            _, id = heapq.heappop(self._heap)
            opened = self._ctx.part(Sockets).find(id)
            if opened is None:
                continue
            if deadline_ms(opened) <= now_ms:
                ended.append(opened)
            else:
                heapq.heappush(self._heap, (deadline_ms(opened), id))
        await asyncio.gather(*(opened.close(GOING_AWAY, "Going away") for opened in ended))
