"""How an environment's processes come to life: forked from a zygote, executed, or taken from the spares.

All three live behind the same walls, built by the environment's first process (``inside/init.py``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from sundog.clock import Clock
from sundog.compute.clients import language_of
from sundog.compute.contract import FunctionSpec, RuntimeMissing
from sundog.compute.debugging import LOOPBACK
from sundog.compute.function_log import LogPipe
from sundog.compute.process_tree import RUNTIME, ProcessTree, link_pair
from sundog.compute.room import Room
from sundog.compute.spares import Spare, Spares
from sundog.compute.started import Order, Started, feed_order, start_order
from sundog.compute.variables import Places, for_extension, needs_fresh_process
from sundog.compute.zygote import INSIDE, Zygote
from sundog.compute.zygotes import Zygotes, package_folders

_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/dev", "/sys")
Kind = Literal["room", "python", "node"]
"""Of spares: walls alone, or with a runtime behind them."""

_NO_ROOT = "this machine gives functions none (see sundog doctor)"
_OLD_SPACE_SHARE, _SEMI_SPACE_SHARE = 0.90, 0.05
"""Of a Node function's memory, as AWS's bootstrap gives them to V8."""


class Launchers:
    def __init__(self, clock: Clock, zygotes: Zygotes, *, spares: int, later: Callable[..., None]) -> None:
        """``later`` runs a coroutine in the background of the engine."""
        self._zygotes = zygotes
        self._clock, self._later, self._spares_max = clock, later, spares
        self._spares: dict[tuple[Zygote, Kind], Spares] = {}

    @property
    def zygotes(self) -> Zygotes:
        return self._zygotes

    def note(self, runtime: str) -> str:
        """What runs instead of exactly this runtime."""
        return self._zygotes.note(runtime)

    def places(self, spec: FunctionSpec, room: Room) -> Places:
        return room.places(spec, self._zygotes.walls)

    async def warm(self, runtime: str) -> None:
        """Have what ``runtime`` needs ready before the first invocation asks."""
        zygote = await self._zygotes.warm(runtime)
        kind: Kind = "room"
        if self._zygotes.walls == "namespaces":
            kind = "node" if runtime.startswith("nodejs") else "python" if zygote.plan.is_warm else "room"
        await self._spares_of(zygote, kind).fill()

    async def launch(
        self,
        spec: FunctionSpec,
        variables: dict[str, str],
        room: Room,
        extensions: Sequence[str],
        first: Sequence[Order] = (),
    ) -> Started:
        """Ready to begin; ``first`` are orders before all others. Raises `EngineError` if it cannot be."""
        zygote = await self._zygotes.find(spec)
        if spec.image is not None and zygote.plan.walls != "namespaces":
            raise RuntimeMissing(f"container images need a root of their own; {_NO_ROOT}")
        places = room.places(spec, zygote.plan.walls)
        runtime = self._runtime_order(spec, variables, room, zygote)
        for_extensions = [self._extension_order(name, spec, variables, places, zygote) for name in extensions]
        furnishing = _furnishing(spec, room)
        kind = self._kind(spec)
        spare = self._spares_of(zygote, kind).take()
        if spare is None:
            tree, pipes = await _spawn(zygote, [*first, furnishing])
            return Started(tree, pipes, for_extensions, runtime, runtime)
        for order in (*first, furnishing):
            spare.tree.order(order)
        begin = runtime if kind == "room" else _feed(spec, variables)
        return Started(spare.tree, spare.pipes, for_extensions, begin, runtime)

    def clone(self, tree: ProcessTree, variables: dict[str, str]) -> Started:
        """A fork of the runtime of ``tree``, which stands still, with these variables changed."""
        pipes = [LogPipe("function")]
        ours, theirs = link_pair()
        with theirs:
            tree.order({"op": "clone", "env": variables}, (theirs.fileno(), pipes[0].write_fd))
        pipes[0].close_write_end()
        return Started(ProcessTree(ours, can_clear=False), pipes)

    @property
    def can_isolate(self) -> bool:
        """Whether environments can have a network of their own."""
        return self._zygotes.walls == "namespaces"

    def program(self, spec: FunctionSpec, room: Room) -> str:
        """The path of the program that is the runtime, as the function sees it."""
        places = self.places(spec, room)
        if spec.image is not None:
            return spec.image.argv[0] if spec.image.argv else "/"
        wrapper = (spec.environment or {}).get("AWS_LAMBDA_EXEC_WRAPPER", "")
        return wrapper or room.bootstrap(spec, places) or f"{places.runtime}/bootstrap"

    def close(self) -> None:
        for spares in self._spares.values():
            spares.close()
        self._zygotes.close()

    # Spares

    def _kind(self, spec: FunctionSpec) -> Kind:
        """What can be ready before the function is known.

        A runtime that waits must see code that is put in place after its start, in the machine's network.
        """
        if self._zygotes.walls != "namespaces" or spec.image or spec.isolation or spec.debugger:
            return "room"
        if spec.init_type == "snap-start":
            return "room"
        if spec.runtime.startswith("nodejs") and not needs_fresh_process(spec):
            return "node"
        return "python" if self._zygotes.is_forked(spec) else "room"

    def _spares_of(self, zygote: Zygote, kind: Kind) -> Spares:
        key = (zygote, kind)
        if key not in self._spares:
            start = partial(self._start_spare, zygote, kind)
            self._spares[key] = Spares(self._clock, start, count=self._spares_max, later=self._later)
        return self._spares[key]

    async def _start_spare(self, zygote: Zygote, kind: Kind) -> Spare | None:
        """Walls without a function; behind them, where it can be, a runtime that waits to be told its own."""
        order = start_order(RUNTIME, "log", [], is_spare=True)
        if kind == "node":
            node = self._zygotes.interpreters.node
            if node is None:
                return None
            order["argv"] = [str(node.path), f"{Places().runtime}/node.cjs", "spare"]
        elif kind == "python":
            order["how"] = "python"
        confined = self._confined(order, {"PATH": "/usr/bin:/bin"}, Places(), zygote)
        return Spare(*await _spawn(zygote, [] if kind == "room" else [{**confined, "cwd": "/"}]))

    # Orders

    def _runtime_order(
        self, spec: FunctionSpec, variables: dict[str, str], room: Room, zygote: Zygote
    ) -> Order:
        places = room.places(spec, zygote.plan.walls)
        order = start_order(RUNTIME, "log", [])
        if self._zygotes.is_forked(spec):
            order |= {"how": "python", "handler": spec.handler, "debugger": _debugger(spec)}
            is_reachable = spec.isolation is None and spec.debugger is None
            order["is_snapshot"] = spec.init_type == "snap-start" and is_reachable
        else:
            order["argv"] = self._argv(spec, places, room)
        confined = self._confined(order, variables, places, zygote)
        if spec.image is not None:
            return {**confined, "in_image": True, "cwd": spec.image.working_dir}
        return confined

    def _argv(self, spec: FunctionSpec, places: Places, room: Room) -> list[str]:
        if spec.image is not None:
            return list(spec.image.argv) or ["/"]
        interpreter = self._zygotes.interpreter(spec.runtime)
        if interpreter is None:
            return [room.bootstrap(spec, places)]
        if interpreter.language == "Python":
            folders = os.pathsep.join(map(str, package_folders()))
            debugger = json.dumps(_debugger(spec))
            argv = [str(interpreter.path), f"{places.runtime}/bootstrap.py", folders, places.opt, debugger]
        elif (language := language_of(spec.runtime)) is not None:
            argv = language.command(interpreter, spec.handler, spec.memory_mb)
        else:
            flags = [*_heap_flags(spec), *_inspector_flags(spec)]
            argv = [str(interpreter.path), *flags, f"{places.runtime}/node.cjs"]
        wrapper = (spec.environment or {}).get("AWS_LAMBDA_EXEC_WRAPPER", "")
        return [wrapper, *argv] if wrapper else argv

    def _extension_order(
        self, name: str, spec: FunctionSpec, variables: dict[str, str], places: Places, zygote: Zygote
    ) -> Order:
        order = start_order(name, "extension_log", [f"{places.opt}/extensions/{name}"])
        order["in_image"] = spec.image is not None
        return {**self._confined(order, for_extension(variables), places, zygote), "cwd": "/"}

    def _confined(
        self, order: dict[str, Any], variables: dict[str, str], places: Places, zygote: Zygote
    ) -> dict[str, Any]:
        """With its surroundings: what it may see, and where it begins."""
        own = (places.task, places.opt, places.runtime, str(INSIDE))
        return {
            **order,
            "env": variables,
            "cwd": places.task,
            "opt": places.opt,
            "readable": [*_SYSTEM, *own, *map(str, zygote.plan.visible)],
            "writable": [places.tmp, "/dev/null"],
        }


async def _spawn(zygote: Zygote, orders: Sequence[Order]) -> tuple[ProcessTree, list[LogPipe]]:
    pipes = [LogPipe("function"), LogPipe("extension")]
    ours, theirs = link_pair()
    fds = {"socket": theirs.fileno(), "log": pipes[0].write_fd, "extension_log": pipes[1].write_fd}
    with theirs:
        try:
            await zygote.spawn(orders, fds)
        except BaseException:
            ours.close()
            for pipe in pipes:
                pipe.close()
            raise
    for pipe in pipes:
        pipe.close_write_end()
    return ProcessTree(ours), pipes


def _furnishing(spec: FunctionSpec, room: Room) -> Order:
    image = str(spec.image.root) if spec.image is not None else ""
    task, opt = str(spec.code_dir), str(room.opt or "")
    return {"op": "furnish", "task": task, "opt": opt, "image": image, "tmp_mb": spec.tmp_mb}


def _feed(spec: FunctionSpec, variables: dict[str, str]) -> Order:
    places = Places()
    document = {"env": variables, "cwd": places.task, "opt": places.opt, "handler": spec.handler}
    document["flags"] = _heap_flags(spec)
    return feed_order(json.dumps(document))


def _debugger(spec: FunctionSpec) -> Order | None:
    """For ``inside/python.py``."""
    return asdict(spec.debugger) if spec.debugger is not None else None


def _inspector_flags(spec: FunctionSpec) -> list[str]:
    if spec.debugger is None:
        return []
    return [f"--inspect{'-wait' if spec.debugger.waits else ''}={LOOPBACK}:{spec.debugger.port}"]


def _heap_flags(spec: FunctionSpec) -> list[str]:
    return [
        f"--max-semi-space-size={max(1, int(spec.memory_mb * _SEMI_SPACE_SHARE))}",
        f"--max-old-space-size={int(spec.memory_mb * _OLD_SPACE_SHARE)}",
    ]
