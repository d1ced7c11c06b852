"""A turn: the time between handing control to the function's processes and getting it back."""

from __future__ import annotations

import asyncio
from typing import Literal

Word = Literal["idle", "timeout", "init error", "exited", "extension"]


class Turn:
    """Ends once, with the first word said; after ``seconds`` with ``timeout``, without any with none."""

    def __init__(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._over: asyncio.Future[Word] = loop.create_future()
        self._alarm = loop.call_later(seconds, self.end, "timeout") if seconds is not None else None

    @property
    def is_open(self) -> bool:
        return not self._over.done()

    def end(self, word: Word) -> None:
        if not self._over.done():
            self._over.set_result(word)

    async def wait(self) -> Word:
        try:
            return await self._over
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
