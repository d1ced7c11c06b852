"""One execution environment: INIT, one invocation at a time, frozen in between, reset, SHUTDOWN."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from sundog.clock import Clock
from sundog.compute import log_lines
from sundog.compute.contract import CredentialsSource, FunctionSpec, Invocation, LogSink, Outcome
from sundog.compute.function_log import FunctionLog, LogPipe
from sundog.compute.http1 import Exchange, Listener
from sundog.compute.launchers import Launchers, LogEnds, Room, places_for
from sundog.compute.outcomes import (
    KILLED,
    OUT_OF_MEMORY,
    Fault,
    entrypoint_fault,
    exit_fault,
    platform_type,
    timeout_fault,
)
from sundog.compute.process_tree import RUNTIME, ProcessTree
from sundog.compute.runtime_api import Answer, RuntimeApi
from sundog.compute.variables import make_variables

INIT_SECONDS_MAX = 10.0
_IDLE, _TIMEOUT = "idle", "timeout"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every environment of an engine shares."""

    clock: Clock
    launchers: Launchers
    sink: LogSink
    endpoint_url: str
    credentials: CredentialsSource


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a phase ended: well, or by a fault, or with an error the runtime reported."""

    fault: Fault | None = None
    error: Answer | None = None

    @property
    def is_good(self) -> bool:
        return self.fault is None and self.error is None

    @property
    def error_type(self) -> str:
        if self.fault is not None:
            return self.fault.error_type
        return platform_type(self.error.error_type, "Runtime.Unknown") if self.error else ""


class Environment:
    """Calls must not overlap. Whatever its processes do, every method returns in bounded time."""

    def __init__(self, spec: FunctionSpec, stream: str, room: Room, around: Surroundings) -> None:
        self.spec = spec
        self.stream = stream
        self.room = room
        self.log = FunctionLog(spec, stream, around.sink, around.clock)
        self.memory_used_mb = 0
        self.last_used_ns = 0
        self._around = around
        self._clock = around.clock
        self._listener = Listener(self._on_request)
        self._runtime = RuntimeApi(self)
        self._variables: dict[str, str] = {}
        self._tree: ProcessTree | None = None
        self._pipes: list[LogPipe] = []
        self._is_ready = False
        self._init_ms: float | None = None
        self._failed_init = False
        self._turn: asyncio.Future[str] | None = None
        self._answer: Answer | None = None
        self._fault: Fault | None = None

    # Phases

    async def init(self) -> None:
        """The INIT phase before the first invocation. A failure shows again in `invoke`, as on AWS."""
        around = self._around
        await self._listener.open()
        credentials = await around.credentials(self.spec)
        places = places_for(around.launchers.walls, self.spec, self.room)
        self._variables = make_variables(
            self.spec,
            places,
            api_address=self._listener.address,
            endpoint_url=around.endpoint_url,
            stream=self.stream,
            credentials=credentials,
        )
        started_ns = self._clock.monotonic_ns()
        ended = await self._run_init("init", INIT_SECONDS_MAX)
        if ended.is_good:
            self._init_ms = (self._clock.monotonic_ns() - started_ns) / 1e6
        else:
            self._failed_init = True

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation to its end and freeze. Never raises for what the function does."""
        started_ns = self._clock.monotonic_ns()
        self.log.begin()
        ended = _Ended()
        if not self._is_ready:
            ended = await self._run_init("invoke", self.spec.timeout_s)
        init_ms, self._init_ms = self._init_ms, None
        trace = invocation.trace_header if self.spec.tracing_active else ""
        self.log.platform(log_lines.start(self.spec, self._clock.now_ms(), invocation.request_id, trace))
        if ended.is_good:
            ended = await self._run_invocation(invocation, started_ns)
        return self._conclude(invocation, ended, started_ns, init_ms, trace)

    def shut_down(self) -> None:
        """End everything now and give back what it held."""
        self._stop_processes()
        self._listener.close()

    @property
    def is_running(self) -> bool:
        return self._tree is not None and self._turn is not None and not self._turn.done()

    # INIT

    async def _run_init(self, phase: str, seconds: float) -> _Ended:
        if phase == "init" or not self._failed_init:
            note = self._around.launchers.note(self.spec.runtime)
            self.log.platform(log_lines.init_start(self.spec, self._clock.now_ms(), phase, note))
        started_ns = self._clock.monotonic_ns()
        self._begin_turn(seconds)
        await self._start_processes()
        word = await self._wait_turn()
        ended = self._judge(word, seconds)
        duration_ms = (self._clock.monotonic_ns() - started_ns) / 1e6
        self._drain()
        self._report_init(phase, duration_ms, ended)
        if ended.is_good:
            self._is_ready = True
            self._failed_init = False
            self._tree_now.freeze()
        else:
            self._stop_processes()
        return ended

    def _report_init(self, phase: str, duration_ms: float, ended: _Ended) -> None:
        ending = "success" if ended.is_good else ended.fault.ending if ended.fault else "error"
        now_ms = self._clock.now_ms()
        if ended.fault is not None and ended.fault.ending == "failure":
            self.log.platform_line(f"{ended.fault.text}\n{ended.fault.error_type}\n")
        self.log.platform(log_lines.init_runtime_done(self.spec, now_ms, phase, ending, ended.error_type))
        self.log.platform(
            log_lines.init_report(self.spec, now_ms, phase, duration_ms, ending, ended.error_type)
        )

    async def _start_processes(self) -> None:
        self._runtime.reset()
        self._answer = self._fault = None
        function_pipe, extension_pipe = LogPipe(self.log, "function"), LogPipe(self.log, "extension")
        self._pipes = [function_pipe, extension_pipe]
        ends = LogEnds(function_pipe.write_fd, extension_pipe.write_fd)
        try:
            self._tree = await self._around.launchers.launch(
                self.spec, self._variables, self.room, ends, self
            )
        finally:
            for pipe in self._pipes:
                pipe.close_write_end()

    @property
    def _tree_now(self) -> ProcessTree:
        assert self._tree is not None
        return self._tree

    # INVOKE

    async def _run_invocation(self, invocation: Invocation, started_ns: int) -> _Ended:
        spent_s = (self._clock.monotonic_ns() - started_ns) / 1e9
        seconds = max(0.001, self.spec.timeout_s - spent_s)
        deadline_ms = self._clock.wall_ms() + int(seconds * 1000)
        self._answer = None
        self._begin_turn(seconds)
        if self._tree is None or not self._tree.is_alive:
            self._end_turn("gone")
        else:
            self._tree.thaw()
            self._runtime.deliver(invocation, deadline_ms)
        word = await self._wait_turn()
        return self._judge(word, self.spec.timeout_s)

    def _conclude(
        self, invocation: Invocation, ended: _Ended, started_ns: int, init_ms: float | None, trace: str
    ) -> Outcome:
        duration_ms = (self._clock.monotonic_ns() - started_ns) / 1e6
        request_id, fault, answer = invocation.request_id, ended.fault, ended.error or self._answer
        if fault is not None and fault.ending == "timeout":
            duration_ms = max(duration_ms, self.spec.timeout_s * 1000.0)
        self._measure_memory()
        if fault is None and self._tree is not None:
            self._tree.freeze()
        self._drain()
        self._log_fault(request_id, fault)
        ending = fault.ending if fault else "error" if answer is None or answer.is_error else "success"
        error_type = (
            fault.error_type
            if fault
            else platform_type(answer.error_type, "Function.Unknown")
            if answer
            else ""
        )
        now_ms = self._clock.now_ms()
        produced = answer.produced if answer else 0
        self.log.platform(
            log_lines.runtime_done(now_ms, request_id, duration_ms, produced, ending, error_type)
        )
        # Since August 2025 INIT is billed too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        billed_ms = math.ceil(duration_ms + (init_ms or 0))
        report = log_lines.Report(
            request_id, duration_ms, billed_ms, self.memory_used_mb, init_ms, ending, error_type, trace
        )
        if self.spec.log_format == "Text":
            self.log.platform_line(log_lines.end(request_id))
        self.log.platform(log_lines.report(self.spec, now_ms, report))
        if not ended.is_good:
            self._stop_processes()
        return self._outcome(report, fault, answer)

    def _outcome(self, report: log_lines.Report, fault: Fault | None, answer: Answer | None) -> Outcome:
        is_error = fault is not None or answer is None or answer.is_error
        payload = fault.payload(report.request_id) if fault else answer.body if answer else b""
        return Outcome(
            payload,
            "Unhandled" if is_error else None,
            self.log.tail,
            report.duration_ms,
            report.billed_ms,
            report.memory_used_mb,
            report.init_ms,
            "timeout" if report.ending == "timeout" else "error" if is_error else "success",
            report.error_type,
        )

    def _log_fault(self, request_id: str, fault: Fault | None) -> None:
        self.log.note_dropped()
        if fault is None:
            return
        if fault.ending == "timeout":
            text = log_lines.timed_out(self._clock.now_ms(), request_id, self.spec.timeout_s)
        else:
            text = f"{fault.message(request_id)}\n{fault.error_type}\n"
        self.log.platform_line(text)

    # Waiting: one turn is the time between handing control to the processes and getting it back

    def _begin_turn(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._turn = loop.create_future()
        self._alarm = loop.call_later(seconds, self._end_turn, _TIMEOUT)

    async def _wait_turn(self) -> str:
        assert self._turn is not None
        try:
            return await self._turn
        finally:
            self._alarm.cancel()

    def _end_turn(self, word: str) -> None:
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(word)

    def _judge(self, word: str, seconds: float) -> _Ended:
        """What the turn's end means."""
        if word == _TIMEOUT:
            return _Ended(timeout_fault(seconds))
        if self._answer is not None and word != _IDLE and not self._is_ready:
            return _Ended(error=self._answer)
        if word == _IDLE:
            return _Ended()
        if self._answer is not None and self._fault is None:
            return _Ended(error=self._answer)
        return _Ended(self._fault or KILLED)

    # What the processes say

    def _on_request(self, exchange: Exchange) -> None:
        self._runtime.handle(exchange)

    def on_idle(self) -> None:
        self._end_turn(_IDLE)

    def on_answer(self, answer: Answer) -> None:
        self._answer = answer

    def on_init_error(self, answer: Answer) -> None:
        self._answer = answer
        self._end_turn("init error")

    def on_failed(self, name: str, errno: int, text: str) -> None:
        if name == RUNTIME:
            self._fault = entrypoint_fault(errno, text)

    def on_exited(self, name: str, status: int) -> None:
        if name == RUNTIME:
            self._fault = self._fault or exit_fault(status)
            self._is_ready = False
            self._end_turn("exited")

    def on_gone(self, reason: str) -> None:
        self._fault = self._fault or KILLED
        self._is_ready = False
        self._end_turn("gone")

    # Housekeeping

    def check_memory(self) -> None:
        """Called now and then while it runs: kill what has grown over its memory or multiplied."""
        if self._tree is None:
            return
        used_mb, count = self._tree.usage()
        self.memory_used_mb = max(self.memory_used_mb, min(used_mb, self.spec.memory_mb))
        if used_mb > self.spec.memory_mb or count > 1024:
            self._fault = OUT_OF_MEMORY if used_mb > self.spec.memory_mb else KILLED
            self._tree.kill()
            self.on_gone("")

    def _measure_memory(self) -> None:
        if self._tree is not None:
            peak = max(self._tree.memory_mb(), self._tree.peak_mb())
            self.memory_used_mb = max(self.memory_used_mb, min(peak, self.spec.memory_mb))

    def _drain(self) -> None:
        for pipe in self._pipes:
            pipe.drain()

    def _stop_processes(self) -> None:
        """Reset: the processes go, /tmp and the stream stay as far as the walls allow."""
        self._is_ready = False
        if self._tree is not None:
            self._tree.kill()
            self._tree = None
        for pipe in self._pipes:
            pipe.close()
        self._pipes = []
