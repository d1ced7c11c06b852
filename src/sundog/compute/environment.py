"""One execution environment: INIT, one invocation at a time, frozen in between, reset, SHUTDOWN.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace

from sundog.compute.contract import EngineError, FunctionSpec, Invocation, Outcome
from sundog.compute.course import Course
from sundog.compute.credentials_api import PATH as CREDENTIALS_PATH
from sundog.compute.credentials_api import CredentialsApi
from sundog.compute.extensions_api import PREFIX as EXTENSIONS_PREFIX
from sundog.compute.extensions_api import ExtensionsApi
from sundog.compute.function_log import FunctionLog
from sundog.compute.http1 import Exchange, Listener
from sundog.compute.keeping import Memory, Sleep, let_extensions_end, niceness
from sundog.compute.outcomes import (
    KILLED,
    NO_BOOTSTRAP,
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
from sundog.compute.surroundings import Surroundings
from sundog.compute.telemetry import PATHS as TELEMETRY_PATHS
from sundog.compute.telemetry import Telemetry
from sundog.compute.turn import Turn, Word
from sundog.compute.variables import CredentialsPlace, has_managed_runtime, make_variables

INIT_SECONDS_MAX = 10.0
PROVISIONED_INIT_SECONDS_MAX = 130.0
RESTORE_SECONDS_MAX = 10.0
_OF_A_CLONE = (
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
_DEBUGGED_SECONDS = 24 * 3600.0
"""What the function is told it has left."""


class Environment:
    """Calls must not overlap. Whatever its processes do, every method returns in bounded time."""

    def __init__(self, spec: FunctionSpec, stream: str, room: Room, around: Surroundings) -> None:
        self.spec = spec
        self.stream = stream
        self.room = room
        self.last_used_ns = 0
        self.created_ms = around.clock.now_ms()
        self._around = around
        self._clock = around.clock
        self._log = FunctionLog(spec, stream, around.sink, around.clock)
        self._runtime = RuntimeApi(self)
        self._listener = Listener(self._on_request, self._runtime.open)
        self._extensions = ExtensionsApi(spec, around.ids, self)
        self._credentials = CredentialsApi(spec, around.credentials, around.clock, around.ids.hex(32))
        self._telemetry = Telemetry(around.clock, self._connect)
        self._private: PrivateNetwork | None = None
        note = around.launchers.note(spec.runtime)
        self._reporter = Reporter(
            spec, self._log, around.clock, note, lambda: self._telemetry.has_subscribers
        )
        self._log.observer = self._telemetry.lines
        self._log.platform_observer = self._telemetry.platform
        self._variables: dict[str, str] = {}
        self._started: Started | None = None
        self._is_ready = False
        self._is_closed = False
        self._memory = Memory(spec, around.clock)
        self._sleep = Sleep(self._telemetry)
        self._had_failed_init = False
        self._init_ms: float | None = None
        self._turn: Turn | None = None
        self._answer: Answer | None = None
        self._fault: Fault | None = None
        self._course: Course | None = None
        self._has_snapshot = False
        self._restore_ms: float | None = None
        self.template: Environment | None = None

    @property
    def is_ready(self) -> bool:
        """INIT has succeeded: the next invocation is a warm one."""
        return self._is_ready

    # Phases

    async def init(self) -> None:
        """The INIT phase before the first invocation. A failure shows again in `invoke`, as on AWS."""
        await self._open()
        started_ns = self._clock.monotonic_ns()
        seconds = INIT_SECONDS_MAX
        if self.spec.init_type != "on-demand":
            seconds = max(PROVISIONED_INIT_SECONDS_MAX, float(self.spec.timeout_s))
        ended = await self._run_init("snap-start" if self._begins_as_snapshot else "init", seconds)
        if ended.is_good and not self._begins_as_snapshot:
            self._init_ms = self._ms_since(started_ns)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation to its end and freeze. Never raises for what the function does."""
        started_ns = self._clock.monotonic_ns()
        self._log.begin()
        self._answer = None
        ended, has_failed_restore = Ended(), False
        if not self._is_ready:
            ended = await self._run_init("invoke", self.spec.timeout_s)
        elif self._has_snapshot:
            ended = await self._restore()
            has_failed_restore = not ended.is_good
            started_ns = self._clock.monotonic_ns()
        self._reporter.start(invocation)
        course = Course(self._clock, invocation)
        if ended.is_good:
            ended = await self._run_invocation(course, started_ns)
        outcome = await self._conclude(course, ended, started_ns)
        return replace(outcome, has_failed_restore=True) if has_failed_restore else outcome

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

    async def _open(self) -> None:
        """Be reachable for the processes to come, and know what they are told."""
        around = self._around
        isolation = self.spec.isolation
        if isolation is not None and around.launchers.can_isolate:
            self._private = PrivateNetwork(self._listener, around.endpoint_url, isolation.places)
        else:
            await self._listener.open()
        network = self._private
        address = network.address if network else self._listener.address
        place = CredentialsPlace(f"http://{address}{CREDENTIALS_PATH}", self._credentials.token)
        self._variables = make_variables(
            self.spec,
            around.launchers.places(self.spec, self.room),
            api_address=address,
            endpoint_url=network.endpoint_url if network else around.endpoint_url,
            stream=self.stream,
            credentials=place if self._begins_as_snapshot else await around.credentials(self.spec),
        )

    # Snapshots

    @property
    def can_be_forked(self) -> bool:
        """Its runtime stands still and can make others like itself; extensions could not follow."""
        return self.is_snapshot and self._runtime.can_fork and not self._extensions.has_any

    async def become_clone(self) -> None:
        """In place of `init`: the first invocation restores it, by forking its ``template``."""
        await self._open()
        self._extensions.close_registration()
        self._is_ready = self._has_snapshot = True

    def fork(self, variables: dict[str, str]) -> Started | None:
        """Another process like its runtime's."""
        tree = self._tree
        return self._around.launchers.clone(tree, variables) if tree is not None and tree.is_alive else None

    @property
    def has_to_say_goodbye(self) -> bool:
        """Whether somebody in it hears of SHUTDOWN."""
        return self._tree is not None and self._tree.is_alive and self._extensions.has_any

    @property
    def is_snapshot(self) -> bool:
        """It waits to be restored by its first invocation."""
        return self._is_ready and self._has_snapshot

    @property
    def _begins_as_snapshot(self) -> bool:
        """Initialised long before its first invocation."""
        return self.spec.init_type == "snap-start"

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
        self._has_snapshot = False
        self._runtime.takes_snapshot = phase == "snap-start"
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
            self._sleep_soon()
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

    async def _restore(self) -> Ended:
        """SnapStart's RESTORE: what the function has registered for it is run, for 10 s at most."""
        self._has_snapshot = False
        self._reporter.restore_start()
        started_ns = self._clock.monotonic_ns()
        self._turn = Turn(self._limit(RESTORE_SECONDS_MAX))
        self._answer = self._fault = None
        if self.template is not None:
            self._started = self.template.fork({name: self._variables[name] for name in _OF_A_CLONE})
        tree = self._tree
        if tree is None or self._started is None or not tree.is_alive:
            self._end_turn("exited")
        elif self.template is not None:
            self._started.attach(self._log, self)
        else:
            self._sleep.end(tree)
            self._runtime.restore()
        ended = self._judge_init(await self._turn.wait(), RESTORE_SECONDS_MAX)
        self._drain()
        self._restore_ms = self._ms_since(started_ns)
        self._reporter.restore_end(self._restore_ms, ended)
        self._is_ready = self._is_ready and ended.is_good
        self._answer = None
        return ended

    # INVOKE

    async def _run_invocation(self, course: Course, started_ns: int) -> Ended:
        invocation = course.invocation
        seconds = max(0.001, self.spec.timeout_s - self._ms_since(started_ns) / 1000)
        deadline_ms = self._clock.wall_ms() + int((self._limit(seconds) or _DEBUGGED_SECONDS) * 1000)
        self._answer = self._fault = None
        self._course = course
        self._turn = Turn(self._limit(seconds))
        tree = self._tree
        if tree is None or not tree.is_alive or not self._runtime.is_idle:
            self._end_turn("exited")
        else:
            self._sleep.end(tree)
            self._extensions.begin_invocation(invocation, deadline_ms)
            self._runtime.deliver(invocation, deadline_ms)
        word = await self._turn.wait()
        self._course = None
        if word == "timeout":
            return Ended(timeout_fault(self.spec.timeout_s))
        # mypy does not see that the processes may have spoken meanwhile
        answer, fault = self._said()
        if word == "idle" or (answer is not None and _is_exit(fault)):
            return Ended()
        return Ended(fault or KILLED)

    def _said(self) -> tuple[Answer | None, Fault | None]:
        return self._answer, self._fault

    async def _conclude(self, course: Course, ended: Ended, started_ns: int) -> Outcome:
        duration_ms = self._ms_since(started_ns)
        if ended.ending == "timeout":
            duration_ms = max(duration_ms, self.spec.timeout_s * 1000.0)
        if self._tree is not None and self._tree.is_alive:
            self._memory.measure(self._tree)
        self._sleep_soon()
        self._drain()
        init_ms, self._init_ms = self._init_ms, None
        restore_ms, self._restore_ms = self._restore_ms, None
        figures = Figures(duration_ms, init_ms, self._memory.used_mb, restore_ms)
        outcome = self._reporter.conclude(course, ended, figures)
        if not self._is_ready or not ended.is_good:
            await self._reset("timeout" if ended.ending == "timeout" else "failure")
        return outcome

    async def _reset(self, reason: str) -> None:
        """After a timeout or a crash: the processes go; the next invocation brings an INIT of its own."""
        self._is_ready = False
        if self._tree is not None and self._tree.is_alive and self._extensions.has_external:
            await self._let_extensions_end(self._tree, reason)
        self._sleep.forget()
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
        elif path == CREDENTIALS_PATH:
            self._credentials.handle(exchange)
        else:
            self._runtime.handle(exchange)

    def on_idle(self) -> None:
        if self._course is not None:
            self._reporter.runtime_done(self._course)
        self._end_turn_when_all_idle()

    def on_snapshot(self) -> None:
        """The runtime is initialised and waits to be restored."""
        self._has_snapshot = True
        self._end_turn_when_all_idle()

    def on_extension_progress(self) -> None:
        if self._started is not None and self._extensions.all_registered:
            self._started.start_runtime()
        self._end_turn_when_all_idle()

    def _end_turn_when_all_idle(self) -> None:
        if (self._runtime.is_idle or self._runtime.is_snapshot) and self._extensions.all_idle:
            self._end_turn("idle")

    def on_extension_fault(self, fault: Fault) -> None:
        self._fault = fault
        self._is_ready = False
        self._end_turn("extension")

    def on_response_begun(self) -> None:
        if self._course is not None:
            self._course.response_began()

    def on_answer(self, answer: Answer) -> None:
        self._answer = answer
        if self._course is not None:
            self._course.answered(answer)

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
        if tree is None or not tree.is_alive or (fault := self._memory.check(tree)) is None:
            return
        self._fault = fault
        self._is_ready = False
        tree.signal(signal.SIGKILL)
        self._end_turn("exited")

    def _sleep_soon(self) -> None:
        """A debugger talks with the process between invocations too."""
        if (
            self._is_ready
            and self._tree is not None
            and self.spec.debugger is None
            and not self.can_be_forked
        ):
            self._sleep.begin_soon(self._tree)

    def _drain(self) -> None:
        if self._started is not None:
            self._started.drain()

    async def _let_extensions_end(self, tree: ProcessTree, reason: str) -> None:
        self._sleep.end(tree)
        await let_extensions_end(self._clock, tree, self._extensions, self._telemetry, reason)
        self._drain()

    def _stop_processes(self) -> None:
        """The processes go; the stream and what the walls keep of /tmp stay."""
        self._is_ready = False
        self._sleep.forget()
        self._telemetry.close()
        if self._started is not None:
            self._started.stop()
            self._started = None


def _is_exit(fault: Fault | None) -> bool:
    """The caller has the answer already when the process ends behind it."""
    return fault is None or fault.error_type == "Runtime.ExitError"
