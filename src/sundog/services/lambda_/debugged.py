"""Part: which functions run under a debugger, told by ``sundog debug`` over the admin interface.

Forgotten at the end of the server: nobody wants to find a function waiting for a debugger the next day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from sundog.compute.contract import Debugger, EngineError
from sundog.compute.debugging import default_port, undebuggable
from sundog.context import Context
from sundog.gateway.admin import BadRequest
from sundog.protocol.http import HttpRequest
from sundog.service import Part
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.debuggers import Debuggers
from sundog.services.lambda_.errors import ResourceNotFoundException
from sundog.services.lambda_.names import FunctionName, parse_name

PATH = "/_sundog/lambda/debug"


class Debugged(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._debuggers = ctx.part(Debuggers)
        self._starting: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)

    async def forget(self) -> None:
        """The functions are gone, and `Debuggers` forgets theirs."""

    def pages(self) -> Mapping[tuple[str, str], Callable[[HttpRequest], Awaitable[Any]]]:
        return {("POST", PATH): self._change}

    async def _change(self, request: HttpRequest) -> Any:
        """``{"function": name, "port": 5678, "wait": true, "freeze": true}``, or with ``"stop": true``."""
        if not self._ctx.config.is_on_loopback:
            raise BadRequest("functions are debugged on servers that listen on loopback only")
        wish = _read(request.body)
        name = parse_name(self._ctx.scope, wish["function"])
        try:
            callee = await self._ctx.part(Catalog).find(name)
        except ResourceNotFoundException as error:
            raise BadRequest(str(error)) from None
        arn = callee.function.arn
        if wish["stop"]:
            self._debuggers.by_arn.pop(arn, None)
            await self._restart(arn)
            return {"function": arn, "debugger": None}
        spec = callee.routes[0].spec
        if remedy := undebuggable(spec.runtime, (spec.code_dir / "debugpy").is_dir()):
            raise BadRequest(remedy)
        port = wish["port"] or default_port(spec.runtime)
        taken = [other for other, one in self._debuggers.by_arn.items() if one.port == port and other != arn]
        if taken:
            raise BadRequest(f"port {port} belongs to the debugger of {taken[0]}: choose another")
        self._debuggers.by_arn[arn] = Debugger(port, wish["wait"], wish["freeze"])
        await self._restart(arn)
        self._begin(name)
        return {"function": arn, "runtime": spec.runtime, "debugger": {"host": "127.0.0.1", "port": port}}

    async def _restart(self, arn: str) -> None:
        await self._ctx.part(Catalog).forget()
        await self._ctx.part(Compute).engine.retire(arn)

    def _begin(self, name: FunctionName) -> None:
        """Have an environment at once: a debugger wants to attach before the first invocation."""
        task = asyncio.get_running_loop().create_task(self._keep_one(name))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _keep_one(self, name: FunctionName) -> None:
        callee = await self._ctx.part(Catalog).find(name)
        try:
            await self._ctx.part(Compute).engine.keep(callee.routes[0].spec, 1)
        except EngineError:
            return  # the first invocation says why


def _read(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("function"), str):
        raise BadRequest('say which function: {"function": "name"}')
    port = document.get("port") or 0
    if not isinstance(port, int) or not 0 <= port <= 65_535:
        raise BadRequest("port is a number between 1 and 65535")
    flags = {flag: document.get(flag) is True for flag in ("wait", "freeze", "stop")}
    return {"function": document["function"], "port": port, **flags}
