"""Why did nothing happen? The way of each event and message: who was considered, why not, what came of it.

Traces are for people who look now: they are kept in memory, the newest first, and bounded; what was
promised is in rows, not here.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import orjson

from sundog.clock import Clock
from sundog.protocol.http import HttpRequest, HttpResponse

TRACES_MAX: Final = 5_000
BYTES_MAX: Final = 32 * 1024 * 1024
STEPS_MAX: Final = 200
PATH: Final = "/_sundog/trace/"
LIST_PATH: Final = "/_sundog/traces"
LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule or subscription that was asked. ``reason``: in words, the first thing that did not match."""

    subject: str
    matched: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What became of the event at one place. ``outcome``: delivered, failed, retrying, dead letter, ..."""

    at_ms: int
    subject: str
    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)


Explain = Callable[[], Sequence[Considered]]
"""Works out who was considered; called only when somebody looks."""


@dataclass(slots=True)
class Trace:
    """One event (``kind`` ``events``) or message (``sns``) that came to ``source_arn``, a bus or topic."""

    id: str
    kind: str
    source_arn: str
    at_ms: int
    size: int
    explain: Explain
    steps: deque[Step] | None = None


class Traces:
    """The traces of one server, found by event or message id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._bytes = 0

    def begin(self, id: str, kind: str, source_arn: str, size: int, explain: Explain) -> None:
        """An event of ``size`` bytes came in; ``explain`` may hold on to it, the oldest are forgotten."""
        self._forget(self._traces.pop(id, None))
        now_ms = self._clock.now_ms()
        self._traces[id] = Trace(id, kind, source_arn, now_ms, size, explain)
        self._bytes += size
        while len(self._traces) > TRACES_MAX or (self._bytes > BYTES_MAX and len(self._traces) > 1):
            self._forget(self._traces.popitem(last=False)[1])

    def note(self, id: str, subject: str, outcome: str, **detail: Any) -> None:
        """Something happened to the event at ``subject``; nothing if its trace is gone or never was."""
        trace = self._traces.get(id)
        if trace is None:
            return
        if trace.steps is None:  # most events never have any, and an empty one is not small
            trace.steps = deque(maxlen=STEPS_MAX)
        trace.steps.append(Step(self._clock.now_ms(), subject, outcome, detail))

    def read(self, id: str) -> dict[str, Any] | None:
        """The trace as JSON values, or None when it is not (or no longer) known."""
        trace = self._traces.get(id)
        if trace is None:
            return None
        considered = [asdict(one) for one in trace.explain()]
        steps = [asdict(step) for step in trace.steps or ()]
        return {**_head(trace), "considered": considered, "steps": steps}

    def recent(self, limit: int) -> list[dict[str, Any]]:
        """The heads of the newest traces, newest first."""
        return [_head(trace) for trace in list(reversed(self._traces.values()))[:limit]]

    def pages(self) -> Mapping[tuple[str, str], Callable[[HttpRequest], Awaitable[Any]]]:
        return {("GET", PATH): self._page, ("GET", LIST_PATH): self._list}

    async def forget(self) -> None:
        self._traces.clear()
        self._bytes = 0

    async def _page(self, request: HttpRequest) -> Any:
        id = unquote(request.path.removeprefix(PATH))
        found = self.read(id)
        if found is not None:
            return found
        text = f"no trace of {id}: not an id of an event or message, or older than the newest {TRACES_MAX}"
        return HttpResponse(404, orjson.dumps({"error": text}), {"content-type": "application/json"})

    async def _list(self, _request: HttpRequest) -> Any:
        return {"traces": self.recent(LISTED)}

    def _forget(self, trace: Trace | None) -> None:
        if trace is not None:
            self._bytes -= trace.size


def _head(trace: Trace) -> dict[str, Any]:
    return {"id": trace.id, "kind": trace.kind, "source_arn": trace.source_arn, "at_ms": trace.at_ms}
