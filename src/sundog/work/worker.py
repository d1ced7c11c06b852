"""A worker: one bounded step over and over, when woken, when due, later and later while it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sundog.clock import Clock, MayBeLate
from sundog.store import Conflict, Store, Subscription
from sundog.work.items import Schedule

logger = logging.getLogger(__name__)
BACK_OFF = Schedule()

Step = Callable[[], Awaitable[int]]
"""One bounded piece of work; returns when the next is due unless woken (``NEVER_MS``: only when woken)."""


class Worker:
    """Calls ``step`` until it is stopped. A wake of ``channel`` during a step is not lost.

    ``is_work``, ``is_recurring`` and ``may_be_late`` say what its waiting means to those who move the
    clock; see `Clock.wait_for`.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        store: Store,
        step: Step,
        *,
        channel: str,
        schedule: Schedule = BACK_OFF,
        is_work: bool = False,
        is_recurring: bool = False,
        may_be_late: MayBeLate | None = None,
    ) -> None:
        self.name = name
        self._clock, self._store, self._step = clock, store, step
        self._channel, self._schedule = channel, schedule
        self._is_work, self._is_recurring, self._may_be_late = is_work, is_recurring, may_be_late
        self._failures = 0
        self._is_waiting = False
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        assert self._task is None, f"{self.name} runs already"
        self._is_stopping = False
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """A step that has begun ends; no other begins."""
        task, self._task = self._task, None
        if task is None:
            return
        self._is_stopping = True
        if self._is_waiting:
            task.cancel()
        await asyncio.wait([task])

    async def _run(self) -> None:
        async with self._store.subscribe(self._channel) as woken:
            while True:
                due_ms = await self._turn()
                if self._is_stopping:
                    return
                self._is_waiting = True
                await self._wait(woken, due_ms)
                self._is_waiting = False

    async def _turn(self) -> int:
        """One step; when the next is due."""
        with self._clock.busy():
            try:
                due_ms = await self._step()
            except Conflict:
                return self._clock.now_ms()
            except Exception:
                self._failures += 1
                logger.exception("%s failed (%d times in a row)", self.name, self._failures)
                return self._clock.now_ms() + self._schedule.failure_ms(self._failures)
        self._failures = 0
        return due_ms

    async def _wait(self, woken: Subscription, due_ms: int) -> None:
        if self._failures:  # a wake does not shorten a back-off
            await self._clock.sleep_until(due_ms, is_work=self._is_work, is_recurring=self._is_recurring)
        else:
            await woken.wait(
                due_ms,
                is_work=self._is_work,
                is_recurring=self._is_recurring,
                may_be_late=self._may_be_late,
            )
