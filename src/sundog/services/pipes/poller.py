"""One pipe at work: it receives, filters, gathers batches and executes them.

Rules: a message is deleted only after the target has taken it, or when no filter wants it; everything else
comes back by itself when its visibility timeout ends, also when this process is killed.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any

from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.pipes import limits
from sundog.services.pipes.execution import Execution
from sundog.services.pipes.filters import is_wanted, read_filters
from sundog.services.pipes.model import Pipe
from sundog.services.pipes.queue_source import Event, QueueSource, event_bytes, is_fifo
from sundog.work import Schedule

logger = logging.getLogger(__name__)
BACK_OFF = Schedule()


class Poller:
    """Polls from `start` to `stop_polling`; batches that are on their way then go on to their end."""

    def __init__(self, ctx: Context, pipe: Pipe) -> None:
        self.pipe = pipe
        self._ctx = ctx.acting(scope=pipe.scope)
        self._source = QueueSource(ctx, pipe.source)
        self._count: int = pipe.queue_parameters["BatchSize"]
        self._window_ms: int = 1_000 * (pipe.queue_parameters.get("MaximumBatchingWindowInSeconds") or 0)
        self._filters = read_filters(pipe)
        self._at_once = 1 if is_fifo(pipe.source) else limits.BATCHES_AT_ONCE
        self._failures = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._has_room: asyncio.Future[bool] | None = None
        self._polling: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return bool(self._batches)

    def start(self) -> None:
        self._polling = _begin(self._poll())

    async def stop_polling(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])

    async def finish(self, drain_ms: int) -> None:
        """What is on its way gets ``drain_ms`` of real time; the rest comes back later."""
        if self._batches and drain_ms:
            await asyncio.wait(self._batches, timeout=drain_ms / 1_000)
        batches = list(self._batches)
        for batch in batches:
            batch.cancel()
        await asyncio.gather(*batches, return_exceptions=True)

    # Receiving

    async def _poll(self) -> None:
        while True:
            with self._ctx.clock.busy():
                is_well = await self._turn()
                self._failures = 0 if is_well else self._failures + 1
            if not is_well:
                clock = self._ctx.clock
                await clock.sleep_until(clock.now_ms() + BACK_OFF.failure_ms(self._failures))

    async def _turn(self) -> bool:
        """Receive and hand over what there is; False when the queue could not be polled."""
        try:
            await self._wait_for_room()
            batch = await self._gather()
        except AwsError as error:
            logger.warning("%s could not be polled: %s", self.pipe.source, error.message)
            return False
        except Exception:
            logger.exception("%s could not be polled", self.pipe.source)
            return False
        if batch:
            self._hand_over(batch)
        return True

    async def _wait_for_room(self) -> None:
        while len(self._batches) >= self._at_once:
            self._has_room = asyncio.get_running_loop().create_future()
            await self._ctx.clock.wait_for(self._has_room, NEVER_MS, is_work=False)

    async def _gather(self) -> list[Event]:
        """The events of one batch; none when none came in a while."""
        batch = await self._receive(min(self._count, limits.RECEIVE_MAX), limits.POLL_SECONDS)
        if not batch or (not self._window_ms and self._count <= limits.RECEIVE_MAX):
            return batch
        end_ms = self._ctx.clock.now_ms() + self._window_ms
        window = _begin(self._ctx.clock.sleep_until(end_ms))  # whoever moves the clock must stop there
        found = {event["messageId"]: event for event in batch}
        size, is_over = sum(map(event_bytes, batch)), False
        try:
            while not is_over and len(found) < self._count and size < limits.BATCH_BYTES_MAX:
                more, is_over = await self._receive_until(end_ms, self._count - len(found))
                found |= {event["messageId"]: event for event in more}
                size += sum(map(event_bytes, more))
        finally:
            window.cancel()
        return list(found.values())

    async def _receive_until(self, end_ms: int, count: int) -> tuple[list[Event], bool]:
        """What comes until ``end_ms``, and whether that is reached. SQS waits whole seconds."""
        left_s = (end_ms - self._ctx.clock.now_ms()) // 1_000
        if left_s > 0:
            return await self._receive(count, min(left_s, limits.POLL_SECONDS)), False
        await self._ctx.clock.sleep_until(end_ms)
        more = await self._receive(count, 0)
        return more, not more or bool(self._window_ms)

    async def _receive(self, count: int, wait_s: int) -> list[Event]:
        """The events that pass the filter; what no filter wants is deleted."""
        events = await self._source.receive(count, wait_s)
        wanted = [event for event in events if is_wanted(event, self._filters)]
        if len(wanted) < len(events):
            kept = {event["messageId"] for event in wanted}
            await self._source.delete([event for event in events if event["messageId"] not in kept])
        return wanted

    # Executing

    def _hand_over(self, batch: list[Event]) -> None:
        task = _begin(self._process(batch))
        self._batches.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        if self._has_room is not None and not self._has_room.done():
            self._has_room.set_result(True)

    async def _process(self, batch: list[Event]) -> None:
        """The whole way of one batch. What fails here leaves its messages in the queue."""
        with self._ctx.clock.busy():
            try:
                failed = await Execution(self._ctx, self.pipe).run(batch)
                taken = [event for at, event in enumerate(batch) if at not in failed]
                await self._source.delete(taken)
            except AwsError as error:
                logger.warning("a batch of %s failed: %s", self.pipe.arn, error.message)
            except Exception:
                logger.exception("a batch of %s failed", self.pipe.arn)


def _begin(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that is no part of the work that starts it: the clock counts the two apart."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())
