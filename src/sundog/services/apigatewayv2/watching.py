"""Hearing of what other nodes have changed: a wait for the wakes of one channel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sundog.clock import NEVER_MS
from sundog.context import Context


class Watch:
    """Calls ``heard`` at every wake, where other nodes share the store: our own changes we know already."""

    def __init__(self, ctx: Context, channel: str, heard: Callable[[], Awaitable[None]]) -> None:
        self._ctx, self._channel, self._heard = ctx, channel, heard
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        async with self._ctx.store.subscribe(self._channel) as changes:
            while True:
                await changes.wait(NEVER_MS)
                if self._ctx.store.is_shared:
                    await self._heard()
