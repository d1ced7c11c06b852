"""Time, as something the caller hands in. Nothing else in the package may ask what time it is.

One clock serves the whole server. It runs with real time plus an offset, or stands frozen, and can be
advanced: then it stops at every deadline on the way, so that whoever slept sees their own time, and waits
until the work of that instant has settled before it goes on. Tests use the same clock, frozen.

"Settled" is counted, not guessed: whoever works holds `Clock.busy`, and steps out of it by itself while it
waits on this clock (`sleep_until`, `wait_for`), in its own task or in one it started.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

TEST_START_MS = 1_700_000_000_000
NEVER_MS = 1 << 62
"""A deadline that is never reached: wait for the wake alone."""
_TIMER_MS_MAX = 3_600_000  # real time may be set meanwhile: look again at least once an hour
_SLEEPERS_MIN = 1_024
_SETTLED_TURNS = 12  # loop turns without anybody busy after which an instant counts as settled


MayBeLate = Callable[[], bool]
"""Says, when the clock is moved, whether a wait may as well end at the next stop after its deadline."""


@dataclass(order=True, slots=True)
class _Sleeper:
    deadline_ms: int
    order: int
    woken: asyncio.Future[bool] = field(compare=False)
    is_work: bool = field(compare=False)
    is_recurring: bool = field(compare=False)
    may_be_late: MayBeLate | None = field(compare=False, default=None)


class _Hold:
    """One `Clock.busy` block. It counts as busy while it is open and nobody inside it waits on the clock."""

    __slots__ = ("clock", "is_open", "outer", "waiting")

    def __init__(self, clock: Clock, outer: _Hold | None) -> None:
        self.clock, self.outer = clock, outer
        self.waiting, self.is_open = 0, True

    def step_out(self) -> None:
        self.waiting += 1
        if self.waiting == 1 and self.is_open:
            self.clock.end_work()

    def step_in(self) -> None:
        self.waiting -= 1
        if self.waiting == 0 and self.is_open:
            self.clock.begin_work()

    def end(self) -> None:
        self.is_open = False
        if not self.waiting:
            self.clock.end_work()


_HOLD: ContextVar[_Hold | None] = ContextVar("sundog_clock_hold", default=None)


class Clock:
    """sundog's time in milliseconds since the epoch.

    ``frozen_at_ms`` starts it frozen there (tests); otherwise it runs with real time.
    """

    def __init__(self, frozen_at_ms: int | None = None) -> None:
        self._frozen_ms = frozen_at_ms
        self._offset_ms = 0
        self._order = itertools.count()
        self._sleepers: list[_Sleeper] = []
        self._patient: list[_Sleeper] = []  # those that may be late: a few, apart
        self._live_max = _SLEEPERS_MIN  # compact the heap when it has grown beyond this
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = NEVER_MS
        self._busy = 0
        self._idle: asyncio.Event | None = None
        self._moving = asyncio.Lock()

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

    async def sleep_until(
        self, deadline_ms: int, *, is_work: bool = True, is_recurring: bool = False
    ) -> None:
        """Return once the clock has reached ``deadline_ms``.

        ``is_work=False`` marks a wait that expects nothing (an idle poll, a periodic sweep): running
        until idle does not chase it. ``is_recurring`` marks work that comes back forever: running until
        idle stops at it on its way to other work, and does not chase it either.
        """
        woken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self.wait_for(woken, deadline_ms, is_work=is_work, is_recurring=is_recurring)

    async def wait_for(
        self,
        woken: asyncio.Future[bool],
        deadline_ms: int,
        *,
        is_work: bool = True,
        is_recurring: bool = False,
        may_be_late: MayBeLate | None = None,
    ) -> bool:
        """The result somebody gives ``woken``, or False once the clock has reached ``deadline_ms``.

        While ``may_be_late`` says so, advancing does not stop at the deadline: housekeeping that has
        nothing to do costs a year of minutes nothing.
        """
        if woken.done():
            return woken.result()
        if deadline_ms <= self.now_ms():
            await asyncio.sleep(0)
            return woken.done() and woken.result()
        if deadline_ms < NEVER_MS:
            order = next(self._order)
            is_work = is_work and not is_recurring
            self._push(_Sleeper(deadline_ms, order, woken, is_work, is_recurring, may_be_late))
        held = self._step_out()
        try:
            return await woken
        finally:
            for hold in held:
                hold.step_in()

    async def sleep_wall(self, seconds: float) -> None:
        """Wait in real time, whatever the clock does: for real processes and sockets only."""
        await asyncio.sleep(seconds)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Work of this very instant is going on: ``advance`` waits for its end.

        Waiting on this clock inside steps out of it for that long, so it may enclose any handler.
        """
        hold = _Hold(self, _HOLD.get())
        token = _HOLD.set(hold)
        self.begin_work()
        try:
            yield
        finally:
            _HOLD.reset(token)
            hold.end()

    def begin_work(self) -> None:
        """As `busy`, for work that never waits on the clock; `end_work` must follow."""
        self._busy += 1

    def end_work(self) -> None:
        self._busy -= 1
        assert self._busy >= 0, "more work ended than began"
        if self._busy == 0 and self._idle is not None:
            self._idle.set()

    def _step_out(self) -> list[_Hold]:
        """Everything this task holds stops counting as busy."""
        held: list[_Hold] = []
        hold = _HOLD.get()
        while hold is not None:
            if hold.clock is self:
                hold.step_out()
                held.append(hold)
            hold = hold.outer
        return held

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

    def restore(self, offset_ms: int, frozen_at_ms: int | None) -> None:
        """Stand where an earlier run of the server stood."""
        self._offset_ms, self._frozen_ms = offset_ms, frozen_at_ms
        self._arm()

    async def advance(self, duration_ms: int) -> None:
        """Move forward, stopping at every deadline on the way and letting its work settle."""
        async with self._moving:
            await self._travel(self.now_ms() + duration_ms, only_work=False)

    async def run_until_idle(self, horizon_ms: int = 366 * 24 * 3_600_000) -> None:
        """Advance from one piece of waiting work to the next until none is left within ``horizon_ms``."""
        async with self._moving:
            await self._travel(self.now_ms() + horizon_ms, only_work=True)

    async def _travel(self, target_ms: int, *, only_work: bool) -> None:
        was_running = self._frozen_ms is None
        self.freeze()
        try:
            await self.settle()
            while (stop_ms := self._next_stop(target_ms, only_work)) is not None:
                self._frozen_ms = max(stop_ms, self.now_ms())
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
                if self._idle is None or self._idle.is_set():
                    self._idle = asyncio.Event()
                await self._idle.wait()
                quiet = 0
            await asyncio.sleep(0)
            quiet += 1

    def _next_stop(self, target_ms: int, only_work: bool) -> int | None:
        """The next deadline to stop at, up to ``target_ms``."""
        if not only_work:
            self._drop_woken()
            stops = [s.deadline_ms for s in self._sleepers[:1]]
            stops += [
                s.deadline_ms
                for s in self._patient
                if s.may_be_late is not None and not (s.woken.done() or s.may_be_late())
            ]
            earliest_ms = min(stops, default=NEVER_MS)
            return earliest_ms if earliest_ms <= target_ms else None
        live = [s for s in self._sleepers if not s.woken.done() and s.deadline_ms <= target_ms]
        if not any(s.is_work for s in live):
            return None
        return min(s.deadline_ms for s in live if s.is_work or s.is_recurring)

    def _wake_due(self) -> None:
        now_ms = self.now_ms()
        for sleepers in (self._sleepers, self._patient):
            while sleepers and sleepers[0].deadline_ms <= now_ms:
                sleeper = heapq.heappop(sleepers)
                if not sleeper.woken.done():
                    sleeper.woken.set_result(False)

    def _push(self, sleeper: _Sleeper) -> None:
        heapq.heappush(self._sleepers if sleeper.may_be_late is None else self._patient, sleeper)
        if len(self._sleepers) > self._live_max:
            # Those woken early stay in the heap until their deadline: throw them out now and then.
            self._sleepers = [s for s in self._sleepers if not s.woken.done()]
            heapq.heapify(self._sleepers)
            self._live_max = max(_SLEEPERS_MIN, 2 * len(self._sleepers))
        if self._frozen_ms is None and sleeper.deadline_ms < self._timer_ms:
            self._arm()

    def _drop_woken(self) -> None:
        for sleepers in (self._sleepers, self._patient):
            while sleepers and sleepers[0].woken.done():
                heapq.heappop(sleepers)

    def _arm(self) -> None:
        """Have the loop wake the earliest sleeper, when time runs by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_ms = None, NEVER_MS
        self._drop_woken()
        heads = self._sleepers[:1] + self._patient[:1]
        if self._frozen_ms is None and heads:
            self._timer_ms = min(sleeper.deadline_ms for sleeper in heads)
            delay_ms = min(_TIMER_MS_MAX, max(0, self._timer_ms - self.now_ms()))
            self._timer = asyncio.get_running_loop().call_later(delay_ms / 1000, self._on_timer)

    def _on_timer(self) -> None:
        self._timer, self._timer_ms = None, NEVER_MS
        self._wake_due()
        self._arm()
