"""Processes started before anybody needs them: walls, and runtimes that wait behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sundog.clock import Clock
from sundog.compute.contract import EngineError
from sundog.compute.function_log import LogPipe
from sundog.compute.process_tree import ProcessTree

_REFILL_SECONDS = 0.1
"""The one that was taken starts its function first."""


@dataclass(frozen=True, slots=True)
class Spare:
    """Belongs to no function yet."""

    tree: ProcessTree
    pipes: Sequence[LogPipe]

    @property
    def is_ready(self) -> bool:
        """Neither it nor the runtime that waits behind its walls has ended."""
        self.tree.poll()
        return self.tree.is_alive and not self.tree.has_lost

    def close(self) -> None:
        self.tree.kill()
        for pipe in self.pipes:
            pipe.close()


class Spares:
    """Keeps ``count`` of them; each one that is taken is replaced a moment later."""

    def __init__(
        self,
        clock: Clock,
        start: Callable[[], Awaitable[Spare | None]],
        *,
        count: int,
        later: Callable[..., None],
    ) -> None:
        self._clock = clock
        self._start = start
        self._count = count
        self._later = later
        self._waiting: list[Spare] = []
        self._is_filling = False
        self._is_closed = False

    def take(self) -> Spare | None:
        """One that is alive, if there is one."""
        self._later(self._refill())
        while self._waiting:
            spare = self._waiting.pop(0)
            if spare.is_ready:
                return spare
            spare.close()
        return None

    async def fill(self) -> None:
        """Start as many as are missing. Where that fails, functions start without."""
        if self._is_filling:
            return
        self._is_filling = True
        try:
            while len(self._waiting) < self._count and not self._is_closed:
                spare = await self._start()
                if spare is None:
                    return
                self._waiting.append(spare)
        except EngineError:
            return
        finally:
            self._is_filling = False
        if self._is_closed:
            self.close()

    def close(self) -> None:
        self._is_closed = True
        for spare in self._waiting:
            spare.close()
        self._waiting.clear()

    async def _refill(self) -> None:
        await self._clock.sleep_wall(_REFILL_SECONDS)
        await self.fill()
