"""The engine of one machine: a pool of environments, started on demand, reused, reaped."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sundog.clock import Clock
from sundog.compute.contract import (
    CredentialsSource,
    FunctionSpec,
    Invocation,
    LogSink,
    Outcome,
    RuntimeMissing,
)
from sundog.compute.debugging import DebuggingDesk
from sundog.compute.environment import Environment
from sundog.compute.interpreters import Interpreters
from sundog.compute.launchers import Launchers
from sundog.compute.log_lines import stream_name
from sundog.compute.pool import Pool
from sundog.compute.room import make_room
from sundog.compute.surroundings import Surroundings
from sundog.compute.watching import as_it_stands
from sundog.compute.zygote import Walls
from sundog.compute.zygotes import Zygotes
from sundog.ids import Ids

logger = logging.getLogger(__name__)
_WATCH_SECONDS = 0.02
_SWEEP_SECONDS = 15.0
_SNAPSHOT_SECONDS = 0.1
_AT_ONCE = 16  # environments prepared at the same time


class LocalEngine:
    """Implements `sundog.compute.contract.Engine`. ``work_dir`` is its own: it removes what it finds."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        *,
        endpoint_url: Callable[[], str],
        logs: LogSink,
        credentials: CredentialsSource,
        work_dir: Path,
        spares: int = 1,
        walls: Walls = "namespaces",
        home: Path | None = None,
    ) -> None:
        """``walls`` are the strongest to try; what this machine refuses is replaced by weaker ones.

        ``home`` is where AWS's clients for some languages are looked for, the user's own if None.
        """
        self._clock = clock
        self._ids = ids
        self._endpoint_url = endpoint_url
        self._logs = logs
        self._credentials = credentials
        self._work_dir = work_dir
        zygotes = Zygotes(clock, Interpreters(), work_dir, walls, home)
        self._launchers = Launchers(clock, zygotes, spares=spares, later=self._later)
        self._pool = Pool(clock)
        self._desk = DebuggingDesk(clock)
        self._clones: dict[Environment, int] = {}
        self._doomed: set[Environment] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing is started before a function needs it; what a killed server left is removed."""
        shutil.rmtree(self._work_dir, ignore_errors=True)
        self._work_dir.mkdir(parents=True, exist_ok=True)
        self._later(self._sweep())

    async def stop(self) -> None:
        """Environments get no time to say goodbye; invocations under way fail."""
        environments = [*self._pool.close(), *self._doomed]
        for environment in environments:
            environment.kill()
        tasks = [*self._background, *([self._watching] if self._watching is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._launchers.close()
        shutil.rmtree(self._work_dir, ignore_errors=True)

    def supports(self, runtime: str) -> str | None:
        """Asked when a function is created, so a good moment to make its runtime ready."""
        remedy = self._launchers.zygotes.remedy(runtime)
        if remedy is None:
            self._later(self._launchers.warm(runtime))
        return remedy

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        if (remedy := self._launchers.zygotes.remedy(spec.runtime)) is not None:
            raise RuntimeMissing(remedy)
        with self._clock.busy():
            if spec.watched:
                spec = await self._as_it_stands(spec)
            if spec.debugger is None:
                return await self._invoke(spec, invocation)
            async with self._desk.turn(spec), self._desk.stopped_clock(spec):
                return await self._invoke(spec, invocation)

    async def _invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        environment = self._pool.take(spec)
        if environment is None:
            environment = await self._create(spec)
        if environment.can_be_forked:
            environment = await self._clone(environment)
        elif spec.init_type == "snap-start" and not self._pool.has_snapshot(spec):
            self._later(self._take_snapshot(spec))
        self._pool.add_busy(environment)
        self._watch()
        try:
            outcome = await environment.invoke(invocation)
        except BaseException:
            self._pool.drop(environment)
            self._end(environment)
            raise
        if not self._pool.give_back(environment):
            self._end(environment)
        for surplus in self._pool.surplus():
            self._end(surplus)
        return outcome

    async def keep(self, spec: FunctionSpec, count: int) -> int:
        if self._launchers.zygotes.remedy(spec.runtime) is not None:
            return 0
        if spec.watched:
            spec = await self._as_it_stands(spec)
        missing = self._pool.keep(spec, count)
        with self._clock.busy():
            while missing:
                started = await asyncio.gather(*(self._prepare(spec) for _ in range(min(missing, _AT_ONCE))))
                if not all(started):
                    return count - missing + sum(started)
                missing -= len(started)
        for surplus in self._pool.surplus():
            self._end(surplus)
        return count

    async def retire(self, arn: str, keep_revision: str | None = None) -> None:
        for environment in self._pool.retire(arn, keep_revision):
            self._end(environment)

    # Environments

    async def _as_it_stands(self, spec: FunctionSpec) -> FunctionSpec:
        """With the code of this moment: environments that hold older code are ended."""
        current = await asyncio.to_thread(as_it_stands, spec)  # there may be thousands of files
        for environment in self._pool.outdate(current, spec.revision):
            self._end(environment)
        return current

    async def _prepare(self, spec: FunctionSpec) -> bool:
        """One more environment of the spec that waits; False where its INIT fails."""
        async with self._desk.turn(spec):
            environment = await self._create(spec)
        if environment.is_ready and self._pool.give_back(environment):
            return True
        self._pool.drop(environment)
        self._end(environment)
        return False

    async def _take_snapshot(self, spec: FunctionSpec) -> None:
        """One that waits, initialised, to be restored; the invocation under way comes first."""
        await self._clock.sleep_wall(_SNAPSHOT_SECONDS)
        if not self._pool.has_snapshot(spec):
            await self._prepare(spec)

    async def _create(self, spec: FunctionSpec) -> Environment:
        await self._launchers.zygotes.find(spec)  # so that its start is not counted as INIT
        if spec.debugger is not None:
            for holder in self._pool.on_port(spec.debugger.port):
                self._end(holder)
            await self._desk.free_port(spec)
        environment = self._environment(spec)
        self._pool.add_busy(environment)
        self._watch()
        try:
            await environment.init()
        except BaseException:
            self._pool.drop(environment)
            self._end(environment)
            raise
        return environment

    def _environment(self, spec: FunctionSpec) -> Environment:
        room = make_room(Path(tempfile.mkdtemp(prefix="env-", dir=self._work_dir)), spec.layer_dirs)
        stream = stream_name(self._clock.now_ms(), spec.version, self._ids.hex(32))
        around = Surroundings(
            self._clock, self._ids, self._launchers, self._logs, self._endpoint_url(), self._credentials
        )
        return Environment(spec, stream, room, around)

    async def _clone(self, template: Environment) -> Environment:
        """An environment that the invocation to come forks from the snapshot, which waits for others."""
        self._clones[template] = self._clones.get(template, 0) + 1
        if not self._pool.give_back(template):
            self._end(template)
        clone = self._environment(template.spec)
        clone.template = template
        self._pool.add_busy(clone)
        try:
            await clone.become_clone()
        except BaseException:
            self._pool.drop(clone)
            self._end(clone)
            raise
        return clone

    def _end(self, environment: Environment) -> None:
        if self._clones.get(environment):
            self._doomed.add(environment)  # its clones live behind its walls: with the last of them it ends
        elif environment.has_to_say_goodbye:
            self._later(self._say_goodbye(environment))
        else:
            self._remove(environment)

    async def _say_goodbye(self, environment: Environment) -> None:
        try:
            await environment.shut_down()
        finally:
            self._remove(environment)

    def _remove(self, environment: Environment) -> None:
        environment.kill()
        shutil.rmtree(environment.room.tmp.parent, ignore_errors=True)
        template, environment.template = environment.template, None
        if template is not None:
            self._clones[template] -= 1
            if not self._clones[template]:
                del self._clones[template]
                if template in self._doomed:
                    self._doomed.discard(template)
                    self._end(template)

    async def _sweep(self) -> None:
        """End environments that nobody has used for a while."""
        while True:
            await self._clock.sleep_wall(_SWEEP_SECONDS)
            for environment in self._pool.idle():
                self._end(environment)

    # Watching

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch_running())

    async def _watch_running(self) -> None:
        """Memory of running environments every 20 ms; ends when nothing runs."""
        while running := self._pool.running():
            for environment in running:
                environment.check_memory()
            await self._clock.sleep_wall(_WATCH_SECONDS)

    # Background

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The invocation that needs what could not be prepared tells its caller
            logger.info("in the background of compute: %s", error)
