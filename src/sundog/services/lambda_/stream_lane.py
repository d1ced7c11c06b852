"""One lane of a shard: its batches go to the function one after another, until each is taken or given up."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import orjson

from sundog.bus.stream_source import StreamRecord, StreamSource
from sundog.compute.contract import Invocation
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.lambda_.errors import NoSuchFunction, TooManyRequestsException
from sundog.services.lambda_.mapping_metrics import MappingMetrics
from sundog.services.lambda_.mapping_poller import NO_FUNCTION
from sundog.services.lambda_.metrics import Metrics
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.runner import Ran, runner, trace_header
from sundog.services.lambda_.stream_batches import (
    Again,
    Batch,
    Done,
    GivenUp,
    Step,
    StreamSettings,
    decide_answered,
    decide_throttled,
    drop_old,
    failure_record,
)
from sundog.services.lambda_.stream_windows import (
    Take,
    Waiting,
    Window,
    decide_take,
    due_ms,
    next_window,
    record_bytes,
    window_members,
)

WORKS, FAILS = "OK", "PROBLEM: Function call failed"


@dataclass(frozen=True, slots=True)
class Destined:
    """What an on-failure destination is told of records that were given up."""

    body: str


Settle = Callable[[Sequence[StreamRecord], Window | None, list[Destined]], Awaitable[None]]
"""Records are done with: move on durably, and tell the destination in the same transaction."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lanes of a shard share."""

    ctx: Context
    name: FunctionName
    source: StreamSource
    stream_arn: str
    shard: str
    settings: StreamSettings
    metrics: MappingMetrics
    settle: Settle
    report: Callable[[str], Awaitable[None]]


class Lane:
    def __init__(self, reading: Reading, window: Window | None) -> None:
        self._reading = reading
        self._waiting: deque[StreamRecord] = deque()
        self._since_ms = self.size = 0
        self._window = window
        self.is_resting = False
        self._invoked = 0
        self._last: tuple[str, str, str] | None = None  # request id, version, error

    @property
    def is_empty(self) -> bool:
        return not self._waiting and self._window is None

    def add(self, record: StreamRecord) -> None:
        if not self._waiting:
            self._since_ms = self._reading.ctx.clock.now_ms()
        self._waiting.append(record)
        self.size += record_bytes(record)

    def due_ms(self) -> int | None:
        return due_ms(self._see(False), self._reading.settings, self._window)

    def is_ripe(self, is_end: bool) -> bool:
        return self._decide(is_end) is not None

    async def go(self, is_end: bool) -> None:
        """Take what is ripe to its end."""
        while (take := self._decide(is_end)) is not None:
            records = [self._waiting.popleft() for _ in range(take.count)]
            self.size -= sum(map(record_bytes, records))
            self._since_ms = self._reading.ctx.clock.now_ms()
            await self._process(records, take)

    def _see(self, is_end: bool) -> Waiting:
        """One record more than go at once, so that a window's end among them is seen."""
        first = list(islice(self._waiting, self._reading.settings.batch_count_max + 1))
        return Waiting(first, self._since_ms, self.size, is_end)

    def _decide(self, is_end: bool) -> Take | None:
        now_ms = self._reading.ctx.clock.now_ms()
        return decide_take(self._see(is_end), self._reading.settings, self._window, now_ms)

    async def _process(self, records: list[StreamRecord], take: Take) -> None:
        settings, clock = self._reading.settings, self._reading.ctx.clock
        todo = deque([Again(Batch(records))])
        self._invoked, self._last = 0, None
        while todo:
            again = todo.popleft()
            if again.delay_ms:
                self.is_resting = True
                await clock.sleep_until(clock.now_ms() + again.delay_ms)
                self.is_resting = False
            batch, steps = drop_old(again.batch, settings, clock.now_ms())
            # Only the last piece of a batch that was split can be the last of its window
            is_last = take.is_last and not todo
            if batch.records or is_last:
                window = (self._window or take.window) if take.window else None
                steps += await self._try(batch, replace(take, window=window, is_last=is_last))
            todo.extendleft(reversed([step for step in steps if isinstance(step, Again)]))
            if not todo and take.is_last:
                self._window = None
            await self._settle(steps)

    async def _try(self, batch: Batch, take: Take) -> list[Step]:
        ran = await self._invoke(batch, take)
        if ran is None:
            return decide_throttled(batch)
        steps = decide_answered(batch, self._reading.settings, ran.outcome)
        if ran.outcome.function_error:
            await self._reading.report(FAILS)
            return steps
        await self._reading.report(WORKS)
        if take.window is not None:
            self._window = next_window(take, ran.outcome.payload)
        return steps

    async def _invoke(self, batch: Batch, take: Take) -> Ran | None:
        """None where the function could not be run now."""
        reading, ctx = self._reading, self._reading.ctx
        event: dict[str, Any] = reading.source.event(batch.records)
        event |= window_members(take, reading.settings, reading.shard, reading.stream_arn)
        request_id = ctx.ids.uuid()
        try:
            callee = await runner(ctx).catalog.find(reading.name)
            invocation = Invocation(request_id, orjson.dumps(event), callee.name.arn, trace_header(ctx))
            ran = await runner(ctx).run(callee, invocation)
        except AwsError as error:
            self._last = None
            await reading.report(_problem(error))
            return None
        self._invoked += 1
        self._last = request_id, ran.version, ran.outcome.function_error or ""
        if batch.records:
            age_ms = max(0, ctx.clock.now_ms() - batch.records[-1].time_ms)
            ctx.part(Metrics).count(reading.name, "IteratorAge", age_ms)
        reading.metrics.invoked(len(batch.records), bool(ran.outcome.function_error))
        return ran

    async def _settle(self, steps: list[Step]) -> None:
        records: list[StreamRecord] = []
        destined: list[Destined] = []
        for step in steps:
            if isinstance(step, Done):
                records += step.records
            elif isinstance(step, GivenUp) and step.records:
                records += step.records
                self._reading.metrics.dropped(len(step.records), bool(self._reading.settings.on_failure))
                if self._reading.settings.on_failure:
                    destined.append(Destined(self._tell(step)))
        await self._reading.settle(records, self._window, destined)

    def _tell(self, given_up: GivenUp) -> str:
        reading = self._reading
        request_id, version, error = self._last or (reading.ctx.ids.uuid(), "", "")
        return failure_record(
            given_up.condition,
            reading.source.batch_members(reading.shard, given_up.records),
            request_id=request_id,
            function_arn=reading.name.arn,
            invoke_count=self._invoked,
            answered=(version, error) if self._last else None,
            now_ms=reading.ctx.clock.now_ms(),
        )


def _problem(error: AwsError) -> str:
    """What callers see of the mapping while the function cannot be run."""
    if isinstance(error, NoSuchFunction):
        return NO_FUNCTION
    return FAILS if isinstance(error, TooManyRequestsException) else f"PROBLEM: {error.message}"
