"""Part: tells what else is kept in memory (the data plane's views) which items have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.services.apigateway.model import Item
from sundog.store import Transaction

CHANNEL = "apigateway.items"

Listener = Callable[[Item | None], None]
"""Gets the item that was written or deleted; None means that anything may have changed."""


class Changes:
    """Every transaction that writes an item announces it; listeners hear of it after the commit.

    On this node they hear what changed, of other nodes only that something did.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._listeners: list[Listener] = []
        self._waiter: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._waiter = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._waiter is not None:
            self._waiter.cancel()
            with suppress(asyncio.CancelledError):
                await self._waiter

    async def forget(self) -> None:
        self._tell(None)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def announce(self, tx: Transaction, item: Item) -> None:
        tx.after_commit(lambda: self._tell(item))
        tx.wake(CHANNEL)

    def _tell(self, item: Item | None) -> None:
        for listener in self._listeners:
            listener(item)

    async def _listen(self) -> None:
        async with self._ctx.store.subscribe(CHANNEL) as changes:
            while True:
                await changes.wait(NEVER_MS)
                if self._ctx.store.is_shared:  # else our own transactions have said what changed
                    self._tell(None)
