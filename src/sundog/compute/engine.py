"""The engine of one machine: a pool of environments, started on demand, reused, reaped."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from sundog.clock import Clock
from sundog.compute.contract import (
    CredentialsSource,
    FunctionSpec,
    Invocation,
    LogSink,
    Outcome,
    RuntimeMissing,
)
from sundog.compute.environment import Environment, Surroundings
from sundog.compute.interpreters import Interpreters
from sundog.compute.launchers import Launchers, Room, merge_layers
from sundog.compute.log_lines import stream_name
from sundog.compute.pool import Pool
from sundog.ids import Ids

_WATCH_SECONDS = 0.02
_IDLE_MS_MAX = 5 * 60_000
_ENVIRONMENTS_MAX = 200


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
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._endpoint_url = endpoint_url
        self._logs = logs
        self._credentials = credentials
        self._work_dir = work_dir
        self._spares = spares
        self._launchers = Launchers(clock, Interpreters(), work_dir)
        self._pool = Pool(clock)
        self._warming: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing is started before a function needs it; what a killed server left is removed."""
        shutil.rmtree(self._work_dir, ignore_errors=True)
        self._work_dir.mkdir(parents=True, exist_ok=True)

    async def stop(self) -> None:
        for task in self._warming:
            task.cancel()
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.gather(*self._warming, return_exceptions=True)
        for environment in self._pool.clear():
            self._end(environment)
        self._launchers.close()
        shutil.rmtree(self._work_dir, ignore_errors=True)

    def supports(self, runtime: str) -> str | None:
        """Asked when a function is created, so a good moment to make its runtime's zygote ready."""
        remedy = self._launchers.remedy(runtime)
        if remedy is None:
            self._warm(runtime)
        return remedy

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        if (remedy := self._launchers.remedy(spec.runtime)) is not None:
            raise RuntimeMissing(remedy)
        with self._clock.busy():
            environment = self._pool.take(spec) or await self._create(spec)
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

    async def retire(self, arn: str, keep_revision: str | None = None) -> None:
        for environment in self._pool.retire(arn, keep_revision):
            self._end(environment)

    # Environments

    async def _create(self, spec: FunctionSpec) -> Environment:
        room = self._make_room(spec)
        stream = stream_name(self._clock.now_ms(), spec.version, self._ids.hex(32))
        around = Surroundings(
            self._clock, self._launchers, self._logs, self._endpoint_url(), self._credentials
        )
        environment = Environment(spec, stream, room, around)
        self._pool.add_busy(environment)
        self._watch()
        try:
            await self._launchers.zygote_for(spec)  # so that its start is not counted as INIT
            await environment.init()
        except BaseException:
            self._pool.drop(environment)
            self._end(environment)
            raise
        return environment

    def _make_room(self, spec: FunctionSpec) -> Room:
        folder = Path(tempfile.mkdtemp(prefix="env-", dir=self._work_dir))
        return Room(merge_layers(spec.layer_dirs, folder / "opt"), folder)

    def _end(self, environment: Environment) -> None:
        environment.shut_down()
        shutil.rmtree(environment.room.tmp, ignore_errors=True)

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

    def _warm(self, runtime: str) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        task = loop.create_task(self._launchers.warm(runtime))
        self._warming.add(task)
        task.add_done_callback(self._on_warm)

    def _on_warm(self, task: asyncio.Task[None]) -> None:
        self._warming.discard(task)
        if not task.cancelled():
            task.exception()  # the invocation that needs it tells
