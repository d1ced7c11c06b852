"""Time, as something the caller hands in. Nothing else in the package may ask what time it is.

One clock serves the whole server. It runs with real time plus an offset, or stands frozen, and can be
advanced: then it stops at every deadline on the way, so that whoever slept sees their own time, and waits
until the work of that instant has settled before it goes on. Tests use the same clock, frozen.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TEST_START_MS = 1_700_000_000_000
_SETTLED_TURNS = 12  # loop turns without anybody busy after which an instant counts as settled


@dataclass(order=True, slots=True)
class _Sleeper:
    deadline_ms: int
    order: int
    woken: asyncio.Future[None] = field(compare=False)
    is_work: bool = field(compare=False)


class Clock:
    """sundog's time in milliseconds since the epoch.

    ``frozen_at_ms`` starts it frozen there (tests); otherwise it runs with real time.
    """

    def __init__(self, frozen_at_ms: int | None = None) -> None:
        self._frozen_ms = frozen_at_ms
        self._offset_ms = 0
        self._order = itertools.count()
        self._sleepers: list[_Sleeper] = []
        self._timer: asyncio.TimerHandle | None = None
        self._busy = 0
        self._idle: asyncio.Event | None = None

    # Reading

    def now_ms(self) -> int:
        if self._frozen_ms is not None:
            return self._frozen_ms
        return time.time_ns() // 1_000_000 + self._offset_ms

    @property
    def offset_ms(self) -> int:
        """How far ahead of real time the clock is."""
        return self.now_ms() - self.wall_ms()

    @property
    def is_frozen(self) -> bool:
        return self._frozen_ms is not None

    def wall_ms(self) -> int:
        """Real time since the epoch, for contracts with real processes and clients."""
        return time.time_ns() // 1_000_000

    def monotonic_ns(self) -> int:
        """For measuring durations of real work."""
        return time.perf_counter_ns()

    # Waiting

    async def sleep_until(self, deadline_ms: int, *, is_work: bool = True) -> None:
        """Return once the clock has reached ``deadline_ms``.

        ``is_work=False`` marks a wait that expects nothing (an idle poll, a periodic sweep): running
        until idle does not chase it.
        """
        if deadline_ms <= self.now_ms():
            return await asyncio.sleep(0)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, _Sleeper(deadline_ms, next(self._order), woken, is_work))
        self._arm()
        await woken
        return None

    async def sleep_wall(self, seconds: float) -> None:
        """Wait in real time, whatever the clock does: for real processes and sockets only."""
        await asyncio.sleep(seconds)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Work of this very instant is going on; ``advance`` waits for its end. Never sleep inside."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0 and self._idle is not None:
                self._idle.set()

    # Moving

    def freeze(self) -> None:
        self._frozen_ms = self.now_ms()
        self._arm()

    def resume(self) -> None:
        """Run on from the present moment with the speed of real time."""
        if self._frozen_ms is not None:
            self._offset_ms = self._frozen_ms - self.wall_ms()
            self._frozen_ms = None
        self._arm()

    async def advance(self, duration_ms: int) -> None:
        """Move forward, stopping at every deadline on the way and letting its work settle."""
        await self._travel(self.now_ms() + duration_ms, only_work=False)

    async def run_until_idle(self, horizon_ms: int = 366 * 24 * 3_600_000) -> None:
        """Advance from one piece of waiting work to the next until none is left within ``horizon_ms``."""
        await self._travel(self.now_ms() + horizon_ms, only_work=True)

    async def _travel(self, target_ms: int, *, only_work: bool) -> None:
        was_running = self._frozen_ms is None
        self.freeze()
        try:
            await self.settle()
            while (deadline_ms := self._next_deadline(only_work)) is not None and deadline_ms <= target_ms:
                self._frozen_ms = max(deadline_ms, self.now_ms())
                self._wake_due()
                await self.settle()
            if not only_work:
                self._frozen_ms = max(target_ms, self.now_ms())
                self._wake_due()
                await self.settle()
        finally:
            if was_running:
                self.resume()

    async def settle(self) -> None:
        """Let everything that can run at this instant run until it waits again."""
        quiet = 0
        while quiet < _SETTLED_TURNS:
            if self._busy:
                self._idle = asyncio.Event()
                await self._idle.wait()
                self._idle, quiet = None, 0
            await asyncio.sleep(0)
            quiet += 1

    def _next_deadline(self, only_work: bool) -> int | None:
        waiting = (
            s.deadline_ms for s in self._sleepers if not s.woken.done() and (s.is_work or not only_work)
        )
        return min(waiting, default=None)

    def _wake_due(self) -> None:
        now_ms = self.now_ms()
        while self._sleepers and (self._sleepers[0].deadline_ms <= now_ms or self._sleepers[0].woken.done()):
            sleeper = heapq.heappop(self._sleepers)
            if not sleeper.woken.done():
                sleeper.woken.set_result(None)

    def _arm(self) -> None:
        """Have the loop wake the earliest sleeper, when time runs by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._frozen_ms is None and self._sleepers:
            delay_ms = max(0, self._sleepers[0].deadline_ms - self.now_ms())
            self._timer = asyncio.get_running_loop().call_later(delay_ms / 1000, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._wake_due()
        self._arm()
