"""Part: invocations whose response is handed on while the function still writes it.

The function runs in a task of its own: a caller that hangs up does not stop it, as on AWS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from sundog.compute.contract import FunctionSpec, Invocation
from sundog.compute.response_stream import BYTES_PER_SECOND, ResponseStream
from sundog.context import Context
from sundog.errors import AwsError
from sundog.service import Part
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Callee
from sundog.services.lambda_.runner import Ran, Runner

CHUNK_BYTES = 64 * 1024
"""Of a response that comes as a whole: each chunk is one message."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """A response that begins to come, or an invocation that ended without any.

    ``content_type`` is the function's own; empty where it did not stream.
    """

    version: str
    content_type: str
    _stream: ResponseStream
    _running: asyncio.Task[Ran]

    @property
    def has_begun(self) -> bool:
        return self._stream.has_begun

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The response; nothing for a function that failed before it began."""
        if self.has_begun:
            async with aclosing(self._stream.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        outcome = (await self.ran()).outcome
        payload = b"" if outcome.function_error else outcome.payload
        for start in range(0, len(payload), CHUNK_BYTES):
            yield payload[start : start + CHUNK_BYTES]

    async def ran(self) -> Ran:
        """How it ended. Raises what `Runner.run` raises."""
        return await asyncio.shield(self._running)


class ResponseStreams(Part):
    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._runner = ctx.part(Runner)
        self._bytes_max = limits.STREAM_BYTES_MAX[ctx.config.limits]
        self._bytes_per_second = None if ctx.config.limits == "relaxed" else BYTES_PER_SECOND
        self._running: set[asyncio.Task[Ran]] = set()

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def begin(self, callee: Callee, invocation: Invocation) -> Streaming:
        """Invoke; returns when the response begins. Raises what `Runner.run` raises before that."""
        self._runner.admit(callee)
        stream = ResponseStream(self._clock, self._bytes_max, self._bytes_per_second)
        spec = self._runner.choose(callee)
        invocation = replace(invocation, stream=stream)
        running = asyncio.get_running_loop().create_task(self._run(callee, invocation, spec, stream))
        self._running.add(running)
        running.add_done_callback(self._ended)
        begun = asyncio.ensure_future(stream.begun())
        await asyncio.wait((running, begun), return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if not stream.has_begun:
            return Streaming(running.result().version, "", stream, running)
        return Streaming(spec.version, stream.content_type, stream, running)

    async def _run(
        self, callee: Callee, invocation: Invocation, spec: FunctionSpec, stream: ResponseStream
    ) -> Ran:
        try:
            return await self._runner.run(callee, invocation, spec)
        finally:
            stream.close()

    def _ended(self, task: asyncio.Task[Ran]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # who still listens is told by `ran`


def error_of(ran: Ran, has_begun: bool) -> tuple[str, str]:
    """ErrorCode and ErrorDetails of InvokeComplete; empty for success.

    A function that failed before it wrote anything is ``Unhandled``, as in a buffered answer; one that failed
    midway is known by the type of its error.
    """
    outcome = ran.outcome
    if not outcome.function_error:
        return "", ""
    code = (outcome.error_type or outcome.function_error) if has_begun else outcome.function_error
    return code, outcome.payload.decode("utf-8", "replace")


def failure_of(error: AwsError) -> tuple[str, str]:
    """The same, where we could not run the function to its end."""
    return error.shape_name, error.message
