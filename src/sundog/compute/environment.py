"""One execution environment: INIT, one invocation at a time, frozen in between, reset, SHUTDOWN.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import asyncio
import math
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from sundog.clock import Clock
from sundog.compute.contract import CredentialsSource, EngineError, FunctionSpec, Invocation, LogSink, Outcome
from sundog.compute.extensions_api import PREFIX as EXTENSIONS_PREFIX
from sundog.compute.extensions_api import ExtensionsApi
from sundog.compute.function_log import FunctionLog
from sundog.compute.http1 import Exchange, Listener
from sundog.compute.launchers import Launchers
from sundog.compute.outcomes import (
    KILLED,
    NO_BOOTSTRAP,
    OUT_OF_MEMORY,
    Ending,
    Fault,
    entrypoint_fault,
    exit_fault,
    extension_fault,
    timeout_fault,
    working_dir_fault,
)
from sundog.compute.private_network import PrivateNetwork, connect
from sundog.compute.process_tree import RUNTIME, ProcessTree
from sundog.compute.reporter import Ended, Figures, Reporter
from sundog.compute.room import Room
from sundog.compute.runtime_api import Answer, RuntimeApi
from sundog.compute.started import Started
from sundog.compute.telemetry import PATHS as TELEMETRY_PATHS
from sundog.compute.telemetry import Telemetry
from sundog.compute.turn import Turn, Word
from sundog.compute.variables import has_managed_runtime, make_variables
from sundog.ids import Ids

INIT_SECONDS_MAX = 10.0
PROVISIONED_INIT_SECONDS_MAX = 130.0
TASKS_MAX = 1_024
_MB_OF_ONE_CPU, _NICENESS_MAX = 1_769, 19
_FREEZE_SECONDS = 0.002
_DEBUGGED_SECONDS = 24 * 3600.0
"""What the function is told it has left."""
_MEASURED_NS_MAX = 20_000_000
_SHUTDOWN_SECONDS_EXTERNAL, _SHUTDOWN_SECONDS_INTERNAL, _SIGTERM_SECONDS = 2.0, 0.5, 0.3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every environment of an engine shares."""

    clock: Clock
    ids: Ids
    launchers: Launchers
    sink: LogSink
    endpoint_url: str
    credentials: CredentialsSource


class Environment:
    """Calls must not overlap. Whatever its processes do, every method returns in bounded time."""

    def __init__(self, spec: FunctionSpec, stream: str, room: Room, around: Surroundings) -> None:
        self.spec = spec
        self.stream = stream
        self.room = room
        self.memory_used_mb = 0
        self.last_used_ns = 0
        self.created_ms = around.clock.now_ms()
        self._around = around
        self._clock = around.clock
        self._log = FunctionLog(spec, stream, around.sink, around.clock)
        self._reporter = Reporter(spec, self._log, around.clock, around.launchers.note(spec.runtime))
        self._runtime = RuntimeApi(self)
        self._listener = Listener(self._on_request, self._runtime.open)
        self._extensions = ExtensionsApi(spec, around.ids, self)
        self._telemetry = Telemetry(around.clock, self._connect)
        self._private: PrivateNetwork | None = None
        self._log.observer = self._telemetry.lines
        self._log.platform_observer = self._telemetry.platform
        self._variables: dict[str, str] = {}
        self._started: Started | None = None
        self._is_ready = False
        self._is_closed = False
        self._is_frozen = False
        self._freezing: asyncio.TimerHandle | None = None
        self._measured_ns = 0
        self._had_failed_init = False
        self._init_ms: float | None = None
        self._turn: Turn | None = None
        self._answer: Answer | None = None
        self._fault: Fault | None = None
        self._invocation: tuple[Invocation, int] | None = None

    @property
    def is_ready(self) -> bool:
        """INIT has succeeded: the next invocation is a warm one."""
        return self._is_ready

    # Phases

    async def init(self) -> None:
        """The INIT phase before the first invocation. A failure shows again in `invoke`, as on AWS."""
        around = self._around
        isolation = self.spec.isolation
        if isolation is not None and around.launchers.can_isolate:
            self._private = PrivateNetwork(self._listener, around.endpoint_url, isolation.ports)
        else:
            await self._listener.open()
        credentials = await around.credentials(self.spec)
        network = self._private
        self._variables = make_variables(
            self.spec,
            around.launchers.places(self.spec, self.room),
            api_address=network.address if network else self._listener.address,
            endpoint_url=network.endpoint_url if network else around.endpoint_url,
            stream=self.stream,
            credentials=credentials,
        )
        started_ns = self._clock.monotonic_ns()
        seconds = INIT_SECONDS_MAX
        if self.spec.init_type != "on-demand":
            seconds = max(PROVISIONED_INIT_SECONDS_MAX, float(self.spec.timeout_s))
        if (await self._run_init("init", seconds)).is_good:
            self._init_ms = self._ms_since(started_ns)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation to its end and freeze. Never raises for what the function does."""
        started_ns = self._clock.monotonic_ns()
        self._log.begin()
        self._answer = None
        ended = Ended()
        if not self._is_ready:
            ended = await self._run_init("invoke", self.spec.timeout_s)
        self._reporter.start(invocation)
        if ended.is_good:
            ended = await self._run_invocation(invocation, started_ns)
        return await self._conclude(invocation, ended, started_ns)

    async def shut_down(self, reason: str = "spindown") -> None:
        """The SHUTDOWN phase: extensions hear of it and get AWS's times, then everything is killed."""
        self._is_ready = False
        if self._tree is not None and self.has_to_say_goodbye:
            await self._let_extensions_end(self._tree, reason)
        self.kill()

    def kill(self) -> None:
        """End everything at once and give back what it held; an invocation under way fails."""
        self._is_closed = True
        self._stop_processes()
        self._listener.close()
        if self._private is not None:
            self._private.close()
        self._end_turn("exited")

    @property
    def has_to_say_goodbye(self) -> bool:
        """Whether somebody in it hears of SHUTDOWN."""
        return self._tree is not None and self._tree.is_alive and self._extensions.has_any

    @property
    def is_running(self) -> bool:
        return self._turn is not None and self._turn.is_open

    @property
    def _tree(self) -> ProcessTree | None:
        return self._started.tree if self._started is not None else None

    def _ms_since(self, started_ns: int) -> float:
        return (self._clock.monotonic_ns() - started_ns) / 1e6

    def _limit(self, seconds: float) -> float | None:
        """How long a phase may take: as long as it likes while somebody looks at it in a debugger."""
        return None if self.spec.debugger is not None else seconds

    # INIT

    async def _run_init(self, phase: str, seconds: float) -> Ended:
        if not self._had_failed_init:
            self._reporter.init_start(phase)
        started_ns = self._clock.monotonic_ns()
        self._turn = Turn(self._limit(seconds))
        self._answer = self._fault = None
        self._runtime.reset()
        await self._start_processes()
        ended = self._judge_init(await self._turn.wait(), seconds)
        self._drain()
        self._reporter.init_end(phase, self._ms_since(started_ns), ended, self._extensions.registered)
        self._extensions.close_registration()
        self._had_failed_init = not ended.is_good
        if ended.is_good:
            self._is_ready = True
            if self._tree is not None:
                self._tree.renice(niceness(self.spec.memory_mb))
            self._freeze_soon()
        else:
            await self._reset("failure")
        self._answer = None
        return ended

    async def _start_processes(self) -> None:
        """In the place of the ones before, where there were some: /tmp outlives them."""
        launchers = self._around.launchers
        if self._is_closed:
            return self._end_turn("exited")
        if self._is_custom and not self.room.has_bootstrap(self.spec):
            self._fault = NO_BOOTSTRAP
            return self._end_turn("exited")
        names = self.room.extension_names(self.spec)
        self._extensions.reset(names)
        if self._started is not None and await self._started.clear():
            self._listener.drop_connections()
            self._runtime.reset()
            return self._started.begin_again()
        self._stop_processes()
        try:
            first = [self._private.order] if self._private is not None else []
            self._started = await launchers.launch(self.spec, self._variables, self.room, names, first)
        except EngineError:
            self._turn = None
            raise
        if self._was_closed():
            return self.kill()
        return self._started.begin(self._log, self)

    def _was_closed(self) -> bool:
        return self._is_closed

    @property
    def _is_custom(self) -> bool:
        return not has_managed_runtime(self.spec.runtime) and self.spec.image is None

    def _judge_init(self, word: Word, seconds: float) -> Ended:
        if word == "idle":
            return Ended()
        if word == "timeout":
            return Ended(timeout_fault(seconds))
        if self._answer is not None:
            return Ended(error=self._answer)
        return Ended(self._fault or KILLED)

    # INVOKE

    async def _run_invocation(self, invocation: Invocation, started_ns: int) -> Ended:
        seconds = max(0.001, self.spec.timeout_s - self._ms_since(started_ns) / 1000)
        deadline_ms = self._clock.wall_ms() + int((self._limit(seconds) or _DEBUGGED_SECONDS) * 1000)
        self._answer = self._fault = None
        self._invocation = (invocation, self._clock.monotonic_ns())
        self._turn = Turn(self._limit(seconds))
        tree = self._tree
        if tree is None or not tree.is_alive or not self._runtime.is_idle:
            self._end_turn("exited")
        else:
            self._thaw(tree)
            self._extensions.begin_invocation(invocation, deadline_ms)
            self._runtime.deliver(invocation, deadline_ms)
        word = await self._turn.wait()
        self._invocation = None
        if word == "timeout":
            return Ended(timeout_fault(self.spec.timeout_s))
        # mypy does not see that the processes may have spoken meanwhile
        answer, fault = self._said()
        if word == "idle" or (answer is not None and _is_exit(fault)):
            return Ended()
        return Ended(fault or KILLED)

    def _said(self) -> tuple[Answer | None, Fault | None]:
        return self._answer, self._fault

    async def _conclude(self, invocation: Invocation, ended: Ended, started_ns: int) -> Outcome:
        duration_ms = self._ms_since(started_ns)
        if ended.ending == "timeout":
            duration_ms = max(duration_ms, self.spec.timeout_s * 1000.0)
        self._measure_memory()
        self._freeze_soon()
        self._drain()
        init_ms, self._init_ms = self._init_ms, None
        figures = Figures(duration_ms, init_ms, self.memory_used_mb)
        outcome = self._reporter.conclude(invocation, ended, self._answer, figures)
        if not self._is_ready or not ended.is_good:
            await self._reset("timeout" if ended.ending == "timeout" else "failure")
        return outcome

    async def _reset(self, reason: str) -> None:
        """After a timeout or a crash: the processes go; the next invocation brings an INIT of its own."""
        self._is_ready = False
        if self._tree is not None and self._tree.is_alive and self._extensions.has_external:
            await self._let_extensions_end(self._tree, reason)
        self._telemetry.close()
        if self._started is not None and not await self._started.clear():
            self._stop_processes()

    def _end_turn(self, word: Word) -> None:
        if self._turn is not None:
            self._turn.end(word)

    # What the processes say

    def _on_request(self, exchange: Exchange) -> None:
        path = exchange.request.path.partition("?")[0].rstrip("/")
        if path.startswith(EXTENSIONS_PREFIX):
            self._extensions.handle(exchange)
        elif path in TELEMETRY_PATHS:
            event = self._telemetry.handle(exchange, TELEMETRY_PATHS[path], self._extensions)
            if event is not None:
                self._log.platform(event)
        else:
            self._runtime.handle(exchange)

    def on_idle(self) -> None:
        self._end_turn_when_all_idle()

    def on_extension_progress(self) -> None:
        if self._started is not None and self._extensions.all_registered:
            self._started.start_runtime()
        self._end_turn_when_all_idle()

    def _end_turn_when_all_idle(self) -> None:
        if self._runtime.is_idle and self._extensions.all_idle:
            self._end_turn("idle")

    def on_extension_fault(self, fault: Fault) -> None:
        self._fault = fault
        self._is_ready = False
        self._end_turn("extension")

    def on_answer(self, answer: Answer) -> None:
        self._answer = answer
        if self._invocation is not None:
            invocation, started_ns = self._invocation
            kind = answer.error_type if answer.is_error else ""
            ending: Ending = "error" if answer.is_error else "success"
            self._reporter.runtime_done(invocation, self._ms_since(started_ns), ending, kind, answer.produced)

    def on_init_error(self, answer: Answer) -> None:
        self._answer = answer
        self._end_turn("init error")

    def on_failed(self, name: str, errno: int, text: str, step: str) -> None:
        if name == RUNTIME and step == "chdir" and self.spec.image is not None:
            self._fault = working_dir_fault(errno, self.spec.image.working_dir)
        elif name == RUNTIME:
            self._fault = entrypoint_fault(errno, self._around.launchers.program(self.spec, self.room))
        else:
            self._fault = Fault("Extension.LaunchError", f"{name}: {text}")

    def on_listening(self, fds: Sequence[int]) -> None:
        assert self._private is not None, "nobody asked for a network"
        self._private.adopt(fds)

    async def _connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To an extension that wants to be told something."""
        if self._private is not None:
            return await connect(self._tree, port)
        return await asyncio.open_connection("127.0.0.1", port)

    def on_exited(self, name: str, status: int) -> None:
        fault = exit_fault(status) if name == RUNTIME else extension_fault(name, status)
        self._fault = self._fault or fault
        self._is_ready = False
        self._end_turn("exited")

    def on_gone(self, reason: str) -> None:
        self._fault = self._fault or (Fault("Sandbox.Failure", reason) if reason else KILLED)
        self._is_ready = False
        self._end_turn("exited")

    # Housekeeping

    def check_memory(self) -> None:
        """Called now and then while it runs: kill what has grown over its memory or multiplied."""
        tree = self._tree
        if tree is None or not tree.is_alive:
            return
        used_mb, tasks = tree.usage()
        self.memory_used_mb = max(self.memory_used_mb, min(used_mb, self.spec.memory_mb))
        if self.spec.debugger is None and (used_mb > self.spec.memory_mb or tasks > TASKS_MAX):
            self._fault = OUT_OF_MEMORY if used_mb > self.spec.memory_mb else KILLED
            self._is_ready = False
            tree.signal(signal.SIGKILL)
            self._end_turn("exited")

    def _measure_memory(self) -> None:
        """What is known of this very moment is not asked for again."""
        now_ns = self._clock.monotonic_ns()
        if self._tree is not None and self._tree.is_alive and now_ns - self._measured_ns > _MEASURED_NS_MAX:
            self._measured_ns = now_ns
            self._tree.poll()
            used_mb = max(self._tree.usage()[0], self._tree.peak_mb())
            self.memory_used_mb = max(self.memory_used_mb, min(used_mb, self.spec.memory_mb))

    def _freeze_soon(self) -> None:
        """An invocation that follows at once need not thaw what was frozen for it.

        A debugger talks with the process between invocations too.
        """
        if self._freezing is None and self.spec.debugger is None:
            self._freezing = asyncio.get_running_loop().call_later(_FREEZE_SECONDS, self._freeze)

    def _freeze(self) -> None:
        self._freezing = None
        if self._is_ready and self._tree is not None and self._tree.is_alive:
            self._tree.usage()  # sees whether something has left the process groups
            self._tree.freeze()
            self._telemetry.pause()
            self._is_frozen = True

    def _thaw(self, tree: ProcessTree) -> None:
        if self._freezing is not None:
            self._freezing.cancel()
            self._freezing = None
        if self._is_frozen:
            self._is_frozen = False
            tree.thaw()
        self._telemetry.resume()

    def _drain(self) -> None:
        if self._started is not None:
            self._started.drain()

    async def _let_extensions_end(self, tree: ProcessTree, reason: str) -> None:
        """External ones have 2 s in all, of which the runtime takes up to 300 ms; internal ones 500 ms.

        https://github.com/aws-samples/graceful-shutdown-with-aws-lambda
        """
        has_external = self._extensions.has_external
        seconds = _SHUTDOWN_SECONDS_EXTERNAL if has_external else _SHUTDOWN_SECONDS_INTERNAL
        deadline_ms = self._clock.wall_ms() + int(seconds * 1000)
        self._thaw(tree)
        tree.signal(signal.SIGTERM, RUNTIME)
        first = _SIGTERM_SECONDS if has_external else seconds
        await self._wait_for_end(tree, {RUNTIME}, self._clock.wall_ms() + int(first * 1000))
        if has_external:
            names = self._extensions.begin_shutdown(reason, deadline_ms)
            await self._telemetry.flush()
            await self._wait_for_end(tree, set(names), deadline_ms)
        self._drain()

    async def _wait_for_end(self, tree: ProcessTree, names: set[str], until_ms: int) -> None:
        while tree.is_alive and names & set(tree.pids) and self._clock.wall_ms() < until_ms:
            await self._clock.sleep_wall(0.005)

    def _stop_processes(self) -> None:
        """The processes go; the stream and what the walls keep of /tmp stay."""
        self._is_ready = False
        self._telemetry.close()
        if self._started is not None:
            self._started.stop()
            self._started = None


def niceness(memory_mb: int) -> int:
    """CPU in proportion to memory where functions compete: each step is a factor of 1.25.

    After INIT only, which AWS gives a whole CPU as well. A share and no cap: nobody wants a slow function
    while the machine idles, but a spinning one must not keep the server from its work.
    """
    steps = math.log(max(1.0, _MB_OF_ONE_CPU / memory_mb), 1.25)
    return min(_NICENESS_MAX, round(steps))


def _is_exit(fault: Fault | None) -> bool:
    """The caller has the answer already when the process ends behind it."""
    return fault is None or fault.error_type == "Runtime.ExitError"
