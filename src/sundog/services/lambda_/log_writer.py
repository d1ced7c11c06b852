"""Part: function logs on their way to CloudWatch Logs, in order, a few at a time.

Lines wait some milliseconds so that one PutLogEvents takes many; the clock is busy as long as any wait, so
that whoever runs the server until idle finds them written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from sundog.compute.contract import FunctionSpec, LogLine
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.service import Part

logger = logging.getLogger(__name__)

GATHER_S = 0.02
BATCH_LINES_MAX, BATCH_BYTES_MAX, LINE_OVERHEAD_BYTES = 10_000, 1_000_000, 26
LINE_BYTES_MAX = 256 * 1024
WAITING_LINES_MAX = 1_000_000
"""Of all streams together; beyond it lines are dropped and counted: a printer must not fill memory."""
KNOWN_STREAMS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class _Stream:
    account: str
    region: str
    group: str
    name: str


@dataclass(slots=True)
class _Waiting:
    lines: list[LogLine] = field(default_factory=list)


class LogWriter(Part):
    """A LogSink. What it cannot write is logged by the server and dropped: logs never stop a function."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._waiting: dict[_Stream, _Waiting] = {}
        self._count = 0
        self._known: set[_Stream] = set()
        self._flusher: asyncio.Task[None] | None = None
        self._dropped = 0

    async def stop(self) -> None:
        """Write what waits; environments are gone by now."""
        if self._flusher is not None:
            await self._flusher
        await self._flush()

    async def forget(self) -> None:
        self._waiting.clear()
        self._known.clear()
        self._count = 0

    def write(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        if self._count + len(lines) > WAITING_LINES_MAX:
            self._dropped += len(lines)
            return
        key = _Stream(spec.account, spec.region, spec.log_group or f"/aws/lambda/{spec.name}", stream)
        self._waiting.setdefault(key, _Waiting()).lines.extend(lines)
        self._count += len(lines)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        with self._ctx.clock.busy():
            while self._waiting:
                await self._ctx.clock.sleep_wall(GATHER_S)
                await self._flush()

    async def _flush(self) -> None:
        waiting, self._waiting, self._count = self._waiting, {}, 0
        if self._dropped:
            logger.warning("%d log lines were dropped: functions print faster than is written", self._dropped)
            self._dropped = 0
        for stream, lines in waiting.items():
            try:
                await self._put(stream, lines.lines)
            except AwsError as error:
                logger.warning("no log of %s: %s", stream.group, error.message)
            except Exception:
                logger.exception("the log of %s could not be written", stream.group)

    async def _put(self, stream: _Stream, lines: list[LogLine]) -> None:
        ctx = self._ctx.acting(
            scope=Scope(stream.account, stream.region),
            principal=Principal.service("lambda.amazonaws.com", stream.account),
        )
        if stream not in self._known:
            await self._create(ctx, stream)
        for batch in batches(lines):
            request = {"logGroupName": stream.group, "logStreamName": stream.name, "logEvents": batch}
            try:
                await ctx.dispatch("logs", "PutLogEvents", request)
            except AwsError as error:
                if error.shape_name != "ResourceNotFoundException":
                    raise
                await self._create(ctx, stream)  # somebody has deleted the group or the stream
                await ctx.dispatch("logs", "PutLogEvents", request)

    async def _create(self, ctx: Context, stream: _Stream) -> None:
        request = {"logGroupName": stream.group, "logStreamName": stream.name}
        for name, members in (
            ("CreateLogGroup", {"logGroupName": stream.group}),
            ("CreateLogStream", request),
        ):
            try:
                await ctx.dispatch("logs", name, members)
            except AwsError as error:
                if error.shape_name != "ResourceAlreadyExistsException":
                    raise
        if len(self._known) >= KNOWN_STREAMS_MAX:
            self._known.clear()
        self._known.add(stream)


def batches(lines: list[LogLine]) -> Iterator[list[dict[str, object]]]:
    """The lines as events in batches that PutLogEvents takes; times never go back within one."""
    batch: list[dict[str, object]] = []
    size, time_ms = 0, 0
    for line in lines:
        message = _fitting(line.message)
        if not message:
            continue
        line_bytes = len(message.encode("utf-8", "replace")) + LINE_OVERHEAD_BYTES
        if batch and (len(batch) >= BATCH_LINES_MAX or size + line_bytes > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        time_ms = max(time_ms, line.time_ms)
        batch.append({"timestamp": time_ms, "message": message})
        size += line_bytes
    if batch:
        yield batch


def _fitting(message: str) -> str:
    """A line of more than 256 KB is cut, as Lambda does."""
    if len(message) * 4 <= LINE_BYTES_MAX:
        return message
    return message.encode("utf-8", "replace")[:LINE_BYTES_MAX].decode("utf-8", "ignore")
