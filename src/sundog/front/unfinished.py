"""Calls that go on when nobody waits for them any more: a function runs to its end, as on AWS."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from sundog.context import Context
from sundog.service import Part

STOP_S: Final = 1.0
"""What calls get to notice that they are cancelled."""

T = TypeVar("T")


class Unfinished(Part):
    """A part; each front door has its own subclass. What is still running is ended with the server."""

    def __init__(self, _ctx: Context) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)

    async def forget(self) -> None:
        await self.stop()

    async def wait(self, work: Coroutine[Any, Any, T], timeout_ms: int) -> T:
        """What ``work`` returns or raises; TimeoutError when it takes longer, and it goes on."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait((task,), timeout=timeout_ms / 1_000)
        if not done:
            raise TimeoutError
        return task.result()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # nobody else may be left to ask
