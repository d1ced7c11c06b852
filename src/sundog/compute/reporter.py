"""What the platform says about the phases of one environment, and the outcome the caller gets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sundog.clock import Clock
from sundog.compute import log_lines
from sundog.compute.contract import FunctionSpec, Invocation, Outcome
from sundog.compute.course import Course
from sundog.compute.extensions_api import Extension
from sundog.compute.function_log import FunctionLog
from sundog.compute.outcomes import Ending, Fault, platform_type
from sundog.compute.runtime_api import Answer


@dataclass(frozen=True, slots=True)
class Ended:
    """How a phase ended: by a fault of the processes, by an error the runtime reported, or well."""

    fault: Fault | None = None
    error: Answer | None = None

    @property
    def is_good(self) -> bool:
        return self.fault is None and self.error is None

    @property
    def ending(self) -> Ending:
        if self.fault is not None:
            return self.fault.ending
        return "error" if self.error is not None else "success"

    @property
    def error_type(self) -> str:
        if self.fault is not None:
            return self.fault.error_type
        return platform_type(self.error.error_type, "Runtime.Unknown") if self.error is not None else ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Measured of one invocation. ``init_ms`` is None unless its INIT phase went before it."""

    duration_ms: float
    init_ms: float | None
    memory_used_mb: int
    restore_ms: float | None = None

    @property
    def billed_ms(self) -> int:
        """INIT is billed since August 2025.

        https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        """
        return math.ceil(self.duration_ms + (self.init_ms or 0)) + math.ceil(self.restore_ms or 0)


class Reporter:
    def __init__(
        self,
        spec: FunctionSpec,
        log: FunctionLog,
        clock: Clock,
        note: str,
        has_subscribers: Callable[[], bool],
    ) -> None:
        """``has_subscribers``: whether somebody is told what the log does not show."""
        self._spec = spec
        self._log = log
        self._clock = clock
        self._note = note
        self._has_subscribers = has_subscribers

    # INIT

    def init_start(self, phase: str) -> None:
        self._log.platform(log_lines.init_start(self._spec, self._clock.now_ms(), phase, self._note))

    def init_end(self, phase: str, duration_ms: float, ended: Ended, extensions: list[Extension]) -> None:
        spec, now_ms = self._spec, self._clock.now_ms()
        for extension in extensions:
            state = "Ready" if ended.is_good else "Registered"
            self._log.platform(log_lines.extension(now_ms, extension.name, state, extension.events))
        ending, kind = ended.ending, ended.error_type
        self._log.platform(log_lines.init_runtime_done(spec, now_ms, phase, ending, kind))
        self._log.platform(log_lines.init_report(spec, now_ms, phase, duration_ms, ending, kind))

    # RESTORE

    def restore_start(self) -> None:
        self._log.platform(log_lines.restore_start(self._spec, self._clock.now_ms(), self._note))

    def restore_end(self, duration_ms: float, ended: Ended) -> None:
        now_ms, ending, kind = self._clock.now_ms(), ended.ending, ended.error_type
        self._log.platform(log_lines.restore_runtime_done(now_ms, ending, kind))
        self._log.platform(log_lines.restore_report(now_ms, duration_ms, ending, kind))

    # INVOKE

    def start(self, invocation: Invocation) -> None:
        if self._is_told_in_text_alone:
            return self._log.platform_lines(log_lines.start_text(self._spec, invocation.request_id))
        trace = self._trace(invocation)
        event = log_lines.start(self._spec, self._clock.now_ms(), invocation.request_id, trace)
        return self._log.platform(event)

    @property
    def _is_told_in_text_alone(self) -> bool:
        """Nobody asks for the events that the lines are the short form of."""
        return self._spec.log_format == "Text" and not self._has_subscribers()

    def conclude(self, course: Course, ended: Ended, figures: Figures) -> Outcome:
        """Write the last lines of the invocation."""
        invocation = course.invocation
        answer = ended.error or course.answer
        is_error = ended.fault is not None or answer is None or answer.is_error
        ending: Ending = ended.ending if ended.fault is not None else "error" if is_error else "success"
        kind = ended.error_type
        if not kind and answer is not None and answer.is_error:
            kind = platform_type(answer.error_type, "Function.Unknown")
        self._log.note_dropped()
        self._tell_fault(invocation.request_id, ended.fault)
        self.runtime_done(course, ending, kind)
        self._tell_report(invocation, figures, ending, kind)
        payload = b"" if answer is None else answer.body
        if ended.fault is not None:
            payload = ended.fault.payload(invocation.request_id)
        return Outcome(
            payload,
            "Unhandled" if is_error else None,
            self._log.tail,
            figures.duration_ms,
            figures.billed_ms,
            figures.memory_used_mb,
            figures.init_ms,
            "timeout" if ending == "timeout" else "error" if is_error else "success",
            kind,
        )

    def runtime_done(self, course: Course, ending: Ending | None = None, kind: str = "") -> None:
        """Once for an invocation: when the runtime asks for the next one, or will not any more."""
        if course.is_told:
            return
        course.is_told = True
        if self._is_told_in_text_alone:
            return
        answer = course.answer
        if ending is None and answer is not None and answer.is_error:
            ending, kind = "error", answer.error_type
        done = log_lines.RuntimeDone(
            course.invocation.request_id,
            course.duration_ms,
            answer.produced if answer is not None else 0,
            ending or "success",
            kind,
            course.spans(),
            self._trace(course.invocation),
        )
        self._log.platform(log_lines.runtime_done(self._clock.now_ms(), done))

    def _tell_fault(self, request_id: str, fault: Fault | None) -> None:
        if fault is None:
            return
        if fault.ending == "timeout":
            text = log_lines.timed_out(self._clock.now_ms(), request_id, self._spec.timeout_s)
        else:
            text = f"{fault.message(request_id)}\n{fault.error_type}\n"
        self._log.platform_lines(text)

    def _tell_report(self, invocation: Invocation, figures: Figures, ending: Ending, kind: str) -> None:
        report = log_lines.Report(
            invocation.request_id,
            figures.duration_ms,
            figures.billed_ms,
            figures.memory_used_mb,
            figures.init_ms,
            ending,
            kind,
            self._trace(invocation),
            figures.restore_ms,
        )
        end = log_lines.end(invocation.request_id)
        if self._is_told_in_text_alone:
            return self._log.platform_lines(end, log_lines.report_text(self._spec, report))
        if self._spec.log_format == "Text":
            self._log.platform_lines(end)
        return self._log.platform(log_lines.report(self._spec, self._clock.now_ms(), report))

    def _trace(self, invocation: Invocation) -> str:
        """Told of sampled invocations only."""
        is_sampled = self._spec.tracing_active and "Sampled=1" in invocation.trace_header
        return invocation.trace_header if is_sampled else ""
