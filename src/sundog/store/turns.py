"""Turns: one transaction's body at a time, in the order they asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """A lock that costs nothing while nobody has to wait, and that knows when its holder asks again.

    ``at_end`` is called at the end of every turn, before the next one begins.
    """

    def __init__(self, at_end: Callable[[], None]) -> None:
        self._at_end = at_end
        self._holder: object | None = None
        self._task: asyncio.Task[object] | None = None
        self._queue: deque[tuple[asyncio.Future[None], object]] = deque()

    @property
    def is_taken(self) -> bool:
        return self._holder is not None

    def take_at_once(self, holder: object) -> bool:
        """Whether ``holder`` has the turn now. False: somebody else has it, or waits for it."""
        if self._holder is not None:
            assert self._task is not asyncio.current_task(), "a transaction inside a transaction"
            return False
        self._holder, self._task = holder, asyncio.current_task()
        return True

    async def take(self, holder: object) -> None:
        """Return when ``holder`` has the turn, after everybody who already waits."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((turn, holder))
        try:
            await turn
        except asyncio.CancelledError:
            if self._holder is holder:
                self.give_back()
            raise
        self._task = asyncio.current_task()

    def give_back(self) -> None:
        """Pass the turn on: it is the next one's before anybody else can ask."""
        self._at_end()
        self._holder = self._task = None
        while self._queue:
            turn, holder = self._queue.popleft()
            if not turn.done():
                self._holder = holder
                turn.set_result(None)
                return
