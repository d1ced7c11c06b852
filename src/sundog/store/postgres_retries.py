"""Fairness for those whom the database refused with a conflict."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakSet

Task = asyncio.Task[Any] | None


class RetryLane:
    """Tasks of this node that were refused run again one at a time.

    So they can lose to newcomers, who come here too after their first refusal, but not to one another for
    ever: sixty-four changes of one row cost about two attempts each, not twenty.
    """

    def __init__(self) -> None:
        self._refused: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._lock = asyncio.Lock()
        self._holder: Task = None

    async def enter(self, task: Task) -> None:
        """Before a transaction of ``task``: wait for the lane, if it has to use it."""
        if task in self._refused:
            await self._lock.acquire()
            self._holder = task

    def leave(self, task: Task, *, was_refused: bool) -> None:
        """After it."""
        if task is not None:
            (self._refused.add if was_refused else self._refused.discard)(task)
        if self._holder is not None and self._holder is task:
            self._holder = None
            self._lock.release()
