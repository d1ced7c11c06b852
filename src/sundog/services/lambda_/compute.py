"""Part: the engine that runs functions, started and stopped with the server."""

from __future__ import annotations

from sundog.compute.contract import Engine
from sundog.compute.local import LocalEngine
from sundog.context import Context, Endpoint
from sundog.services.lambda_.bundles import Bundles
from sundog.services.lambda_.log_writer import LogWriter
from sundog.services.lambda_.model import Function
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.role_credentials import RoleCredentials


class Compute:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._engine: Engine | None = None

    async def start(self) -> None:
        """Only now the bundles know their folder and the server may know its address."""
        endpoint = self._ctx.part(Endpoint)
        self._engine = LocalEngine(
            self._ctx.clock,
            self._ctx.ids,
            endpoint_url=lambda: endpoint.url,
            logs=self._ctx.part(LogWriter),
            credentials=RoleCredentials(self._ctx),
            work_dir=self._ctx.part(Bundles).work_dir,
        )
        await self._engine.start()

    async def stop(self) -> None:
        if self._engine is not None:
            await self._engine.stop()

    async def forget(self) -> None:
        """Everything was reset: no environment may live on."""
        await self.stop()
        await self.start()

    async def use(self, engine: Engine) -> None:
        """Run functions in ``engine`` from now on: on other machines, or by a test's script."""
        await self.stop()
        self._engine = engine
        await engine.start()

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "compute has not been started"
        return self._engine

    def expect(self, runtime: str) -> None:
        """A function of this runtime was made and will soon be called; it can be made where it cannot run."""
        self.engine.supports(runtime)

    async def replaced(self, function: Function) -> None:
        """``$LATEST`` has changed: its old environments are of no use. Published versions keep theirs."""
        if function.last_version == 0:
            await self.engine.retire(function.arn)

    async def deleted(self, name: FunctionName) -> None:
        await self.engine.retire(name.function_arn)
