"""The course of one invocation: when what happened, for its report and for telemetry."""

from __future__ import annotations

from typing import Any

from sundog.clock import Clock
from sundog.compute.contract import Invocation
from sundog.compute.log_lines import iso_time
from sundog.compute.runtime_api import Answer

_Moment = tuple[int, int]
"""(sundog's time, real nanoseconds)"""


class Course:
    """From handing the event over until the runtime asks for the next one."""

    def __init__(self, clock: Clock, invocation: Invocation) -> None:
        self.invocation = invocation
        self.answer: Answer | None = None
        self.is_told = False
        self._clock = clock
        self._began = self._now()
        self._responding: _Moment | None = None
        self._responded: _Moment | None = None

    def _now(self) -> _Moment:
        return self._clock.now_ms(), self._clock.monotonic_ns()

    def response_began(self) -> None:
        self._responding = self._now()

    def answered(self, answer: Answer) -> None:
        self.answer = answer
        self._responded = self._now()
        self._responding = self._responding or self._responded

    @property
    def duration_ms(self) -> float:
        """Of the runtime's work on it, as far as it has come."""
        return _ms(self._began, self._responded or self._now())

    def spans(self) -> list[dict[str, Any]]:
        """As telemetry has them; the overhead lasts until now.

        https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#Span
        """
        if self._responding is None or self._responded is None:
            return []
        return [
            _span("responseLatency", self._began, self._responding),
            _span("responseDuration", self._responding, self._responded),
            _span("runtimeOverhead", self._responded, self._now()),
        ]


def _ms(start: _Moment, end: _Moment) -> float:
    return (end[1] - start[1]) / 1e6


def _span(name: str, start: _Moment, end: _Moment) -> dict[str, Any]:
    return {"name": name, "start": iso_time(start[0]), "durationMs": round(_ms(start, end), 3)}
