"""Functions under a debugger: which can be, one environment at a time, and a port that is free for it."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from sundog.clock import Clock
from sundog.compute.contract import EngineError, FunctionSpec

LOOPBACK = "127.0.0.1"
_PAUSE_SECONDS, _TRIES_MAX = 0.02, 150


def default_port(runtime: str) -> int:
    """Where debuggers look when nobody tells them: debugpy's, or Node's inspector's."""
    return 5678 if runtime.startswith("python") else 9229


def undebuggable(runtime: str, has_own_debugpy: bool) -> str:
    """Why functions of this runtime cannot run under a debugger and what to do, or nothing."""
    if runtime.startswith("nodejs"):
        return ""
    if not runtime.startswith("python"):
        return f"only Python and Node.js functions run under a debugger, and this one has {runtime}"
    if has_own_debugpy or importlib.util.find_spec("debugpy") is not None:
        return ""
    return "debugpy is missing: install it beside sundog (pip install debugpy) or put it into the bundle"


class DebuggingDesk:
    """A debugger has one port, so functions under it run one environment and one invocation at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turns: dict[int, asyncio.Lock] = {}

    def turn(self, spec: FunctionSpec) -> AbstractAsyncContextManager[object]:
        """To be alone with the debugger's port; nothing for functions that have none."""
        if spec.debugger is None:
            return nullcontext()
        return self._turns.setdefault(spec.debugger.port, asyncio.Lock())

    @asynccontextmanager
    async def stopped_clock(self, spec: FunctionSpec) -> AsyncIterator[None]:
        """Time stands still, where the spec asks for it."""
        if spec.debugger is None or not spec.debugger.stops_clock or self._clock.is_frozen:
            yield
            return
        self._clock.freeze()
        try:
            yield
        finally:
            self._clock.resume()

    async def free_port(self, spec: FunctionSpec) -> None:
        """Return once nobody listens on the debugger's port: an environment before may still be ending."""
        if spec.debugger is None:
            return
        for _ in range(_TRIES_MAX):
            if _is_free(spec.debugger.port):
                return
            await self._clock.sleep_wall(_PAUSE_SECONDS)
        raise EngineError(f"port {spec.debugger.port}, for the debugger of {spec.name}, is in use")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
