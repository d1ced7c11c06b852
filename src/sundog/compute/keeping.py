"""What is done with an environment's processes besides talking to them: memory, priority, sleep, the end."""

from __future__ import annotations

import asyncio
import math
import signal

from sundog.clock import Clock
from sundog.compute.contract import FunctionSpec
from sundog.compute.extensions_api import ExtensionsApi
from sundog.compute.outcomes import KILLED, OUT_OF_MEMORY, Fault
from sundog.compute.process_tree import RUNTIME, ProcessTree
from sundog.compute.telemetry import Telemetry

TASKS_MAX = 1_024
_MEASURED_NS_MAX = 20_000_000
_MB_OF_ONE_CPU, _NICENESS_MAX = 1_769, 19
_FREEZE_SECONDS = 0.002
_SHUTDOWN_SECONDS_EXTERNAL, _SHUTDOWN_SECONDS_INTERNAL, _SIGTERM_SECONDS = 2.0, 0.5, 0.3


class Memory:
    """How much the function has used, never more than it has."""

    def __init__(self, spec: FunctionSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock
        self._measured_ns = 0
        self.used_mb = 0

    def check(self, tree: ProcessTree) -> Fault | None:
        """Why it has to be killed: grown over its memory, or multiplied. Not while somebody debugs it."""
        used_mb, tasks = tree.usage()
        self._note(used_mb)
        if self._spec.debugger is not None:
            return None
        if used_mb > self._spec.memory_mb:
            return OUT_OF_MEMORY
        return KILLED if tasks > TASKS_MAX else None

    def measure(self, tree: ProcessTree) -> None:
        """What is known of this very moment is not asked for again."""
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._measured_ns > _MEASURED_NS_MAX:
            self._measured_ns = now_ns
            tree.poll()
            self._note(max(tree.usage()[0], tree.peak_mb()))

    def _note(self, used_mb: int) -> None:
        self.used_mb = max(self.used_mb, min(used_mb, self._spec.memory_mb))


class Sleep:
    """The processes stand still between invocations, and so does what is told to them."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._falling: asyncio.TimerHandle | None = None
        self._is_asleep = False

    def begin_soon(self, tree: ProcessTree) -> None:
        """An invocation that follows at once need not wake what has just fallen asleep."""
        if self._falling is None:
            self._falling = asyncio.get_running_loop().call_later(_FREEZE_SECONDS, self._begin, tree)

    def _begin(self, tree: ProcessTree) -> None:
        self._falling = None
        if tree.is_alive:
            tree.usage()  # sees whether something has left the process groups
            tree.freeze()
            self._telemetry.pause()
            self._is_asleep = True

    def end(self, tree: ProcessTree) -> None:
        self.forget()
        if self._is_asleep:
            self._is_asleep = False
            tree.thaw()
        self._telemetry.resume()

    def forget(self) -> None:
        """Whoever was to fall asleep may be dying."""
        if self._falling is not None:
            self._falling.cancel()
            self._falling = None


async def let_extensions_end(
    clock: Clock, tree: ProcessTree, extensions: ExtensionsApi, telemetry: Telemetry, reason: str
) -> None:
    """External ones have 2 s in all, of which the runtime takes up to 300 ms; internal ones 500 ms.

    https://github.com/aws-samples/graceful-shutdown-with-aws-lambda
    """
    has_external = extensions.has_external
    seconds = _SHUTDOWN_SECONDS_EXTERNAL if has_external else _SHUTDOWN_SECONDS_INTERNAL
    deadline_ms = clock.wall_ms() + int(seconds * 1000)
    tree.signal(signal.SIGTERM, RUNTIME)
    first = _SIGTERM_SECONDS if has_external else seconds
    await _wait_for_end(clock, tree, {RUNTIME}, clock.wall_ms() + int(first * 1000))
    if has_external:
        names = extensions.begin_shutdown(reason, deadline_ms)
        await telemetry.flush()
        await _wait_for_end(clock, tree, set(names), deadline_ms)


async def _wait_for_end(clock: Clock, tree: ProcessTree, names: set[str], until_ms: int) -> None:
    while tree.is_alive and names & set(tree.pids) and clock.wall_ms() < until_ms:
        await clock.sleep_wall(0.005)


def niceness(memory_mb: int) -> int:
    """CPU in proportion to memory where functions compete: each step is a factor of 1.25.

    After INIT only, which AWS gives a whole CPU as well. A share and no cap: nobody wants a slow function
    while the machine idles, but a spinning one must not keep the server from its work.
    """
    steps = math.log(max(1.0, _MB_OF_ONE_CPU / memory_mb), 1.25)
    return min(_NICENESS_MAX, round(steps))
