"""Access and execution logs: formats compiled to functions, and lines on their way to CloudWatch Logs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.service import Part

logger = logging.getLogger(__name__)

GATHER_S: Final = 0.02
BATCH_LINES_MAX, BATCH_BYTES_MAX, LINE_OVERHEAD_BYTES = 10_000, 1_000_000, 26
WAITING_LINES_MAX: Final = 200_000
"""Of all streams together; beyond it lines are dropped and counted."""
_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*)")
ABSENT: Final = "-"

Values = Mapping[str, Any]
Format = Callable[[Values], str]


def compile_format(text: str) -> Format:
    """``$context.a.b`` becomes the value at ``a``, ``b`` of nested mappings; ``-`` where there is none."""
    parts = _VARIABLE.split(text)
    texts, paths = parts[::2], [tuple(path.split(".")) for path in parts[1::2]]

    def write(values: Values) -> str:
        found = [_shown(values, path) for path in paths]
        return texts[0] + "".join(value + after for value, after in zip(found, texts[1:], strict=True))

    return write


def _shown(values: Values, path: tuple[str, ...]) -> str:
    value: Any = values
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None or value == "" or isinstance(value, Mapping):
        return ABSENT
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class LogStream:
    """``is_own``: the gateway makes the group when it is not there; an access log's group its owner makes."""

    scope: Scope
    group: str
    name: str
    is_own: bool = False


def access_stream(destination_arn: str, source: str) -> LogStream | None:
    """The stream of an access log's destination; None where it is no log group. ``source`` is who logs."""
    arn = parse_arn(destination_arn)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        return None
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    return LogStream(arn.scope, group, hashlib.sha256(source.encode()).hexdigest()[:32])


class LogLines(Part):
    """A part: lines wait some milliseconds so that one PutLogEvents takes many. Each front door has its own
    subclass. Logs never stop a request: what cannot be written is said in the server's log and dropped.
    """

    service: ClassVar[str] = "apigateway.amazonaws.com"

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._waiting: dict[LogStream, list[tuple[int, str]]] = {}
        self._count = self._dropped = 0
        self._flusher: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self._flusher is not None:
            await self._flusher
        await self._flush()

    async def forget(self) -> None:
        self._waiting.clear()
        self._count = 0

    def write(self, stream: LogStream, *lines: str) -> None:
        """Lines of this very moment."""
        if self._count + len(lines) > WAITING_LINES_MAX:
            self._dropped += len(lines)
            return
        now_ms = self._ctx.clock.now_ms()
        self._waiting.setdefault(stream, []).extend((now_ms, line) for line in lines)
        self._count += len(lines)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        with self._ctx.clock.busy():
            while self._waiting:
                # Whoever moves the clock waits for us at every stop: do not gather then.
                await self._ctx.clock.sleep_wall(0 if self._ctx.clock.is_frozen else GATHER_S)
                await self._flush()

    async def _flush(self) -> None:
        waiting, self._waiting, self._count = self._waiting, {}, 0
        if self._dropped:
            logger.warning("%d log lines were dropped: they come faster than they are written", self._dropped)
            self._dropped = 0
        for stream, lines in waiting.items():
            try:
                await self._put(stream, lines)
            except AwsError as error:
                logger.warning("no log in %s: %s", stream.group, error.message)
            except Exception:
                logger.exception("the log in %s could not be written", stream.group)

    async def _put(self, stream: LogStream, lines: list[tuple[int, str]]) -> None:
        principal = Principal.service(self.service, stream.scope.account)
        ctx = self._ctx.acting(scope=stream.scope, principal=principal)
        for batch in _batches(lines):
            request = {"logGroupName": stream.group, "logStreamName": stream.name, "logEvents": batch}
            try:
                await ctx.dispatch("logs", "PutLogEvents", request)
            except AwsError as error:
                if error.shape_name != "ResourceNotFoundException":
                    raise
                await _create(ctx, stream)
                await ctx.dispatch("logs", "PutLogEvents", request)


async def _create(ctx: Context, stream: LogStream) -> None:
    group = {"logGroupName": stream.group}
    orders = [("CreateLogGroup", group)] if stream.is_own else []
    for name, members in (*orders, ("CreateLogStream", {**group, "logStreamName": stream.name})):
        try:
            await ctx.dispatch("logs", name, members)
        except AwsError as error:
            if error.shape_name != "ResourceAlreadyExistsException":
                raise


def _batches(lines: list[tuple[int, str]]) -> Iterator[list[dict[str, Any]]]:
    """As many at a time as one PutLogEvents takes; empty lines are none."""
    batch: list[dict[str, Any]] = []
    size = 0
    for time_ms, line in lines:
        if not line:
            continue
        length = len(line.encode("utf-8", "replace")) + LINE_OVERHEAD_BYTES
        if batch and (len(batch) >= BATCH_LINES_MAX or size + length > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": time_ms, "message": line})
        size += length
    if batch:
        yield batch
