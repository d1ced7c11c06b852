"""Functions without processes: an engine that calls Python callables, to test what stands around them."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from sundog.clock import Clock
from sundog.compute.contract import FunctionSpec, Invocation, Outcome

Script = Callable[[Any], Any]
"""What a function does with its event, perhaps as a coroutine. What it raises is the function's error.

An async generator is a function that streams: it yields its content type, then pieces of the response.
"""


@dataclass(frozen=True, slots=True)
class Called:
    """One invocation as it came in."""

    name: str
    version: str
    event: Any
    time_ms: int
    invocation: Invocation


class ScriptedEngine:
    """``engine.scripts["name"] = callable``; functions without a script answer their event.

    A script that raises an ``EngineError`` stands for compute that fails. ``specs``: what was invoked, by
    call. ``kept``: how many environments of a name and version are provisioned; there can be no more than
    ``kept_max``.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.scripts: dict[str, Script] = {}
        self.calls: list[Called] = []
        self.specs: list[FunctionSpec] = []
        self.kept: dict[tuple[str, str], int] = {}
        self.kept_max: int | None = None

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def keep(self, spec: FunctionSpec, count: int) -> int:
        if self.kept_max is not None:
            count = min(count, self.kept_max)
        self.kept[spec.name, spec.version] = count
        return count

    async def retire(self, arn: str, keep_revision: str | None = None) -> None:
        return None

    def supports(self, runtime: str) -> str | None:
        return None

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        event = orjson.loads(invocation.payload)
        called = Called(spec.name, spec.version, event, self._clock.now_ms(), invocation)
        self.calls.append(called)
        self.specs.append(spec)
        try:
            answer = self.scripts.get(spec.name, lambda event: event)(event)
            if inspect.isasyncgen(answer):
                answer = await _streamed(answer, invocation)
            elif inspect.isawaitable(answer):
                answer = await answer
        except (ValueError, LookupError, ArithmeticError) as error:
            document = {"errorMessage": str(error), "errorType": type(error).__name__}
            return _outcome(orjson.dumps(document), "Unhandled")
        payload = answer if isinstance(answer, bytes) else orjson.dumps(answer)
        return _outcome(payload, None)

    def events(self, name: str) -> list[Any]:
        """The events a function got, in order."""
        return [call.event for call in self.calls if call.name == name]

    def times_ms(self, name: str) -> list[int]:
        return [call.time_ms for call in self.calls if call.name == name]


async def _streamed(pieces: AsyncIterator[Any], invocation: Invocation) -> bytes:
    """Hand on what a script yields; its first piece is the content type. Buffered where nobody takes it."""
    content_type = await anext(pieces)
    if invocation.stream is None:
        return b"".join([piece async for piece in pieces])
    invocation.stream.begin(content_type)
    async for piece in pieces:
        invocation.stream.feed(piece)
    return b""


def _outcome(payload: bytes, function_error: str | None) -> Outcome:
    outcome = Outcome(payload, function_error, b"", 1.0, 1, 32)
    return replace(outcome, status="error") if function_error else outcome
