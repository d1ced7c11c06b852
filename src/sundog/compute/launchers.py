"""How an environment's processes come to life: forked from a zygote, executed, or taken from the spares."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sundog.clock import Clock
from sundog.compute.contract import FunctionSpec, RuntimeMissing
from sundog.compute.interpreters import Interpreter, Interpreters
from sundog.compute.process_tree import RUNTIME, ProcessTree, TreeListener, link_pair
from sundog.compute.variables import Places, needs_fresh_process
from sundog.compute.zygote import INSIDE, Walls, Zygote, ZygoteBroken, ZygotePlan

logger = logging.getLogger(__name__)

_CLIENT = (
    "awslambdaric.bootstrap",
    "awslambdaric.lambda_runtime_client",
    "encodings.idna",
    "concurrent.futures",
)
_BOTO = ("boto3", "botocore.client", "botocore.httpsession", "botocore.signers", "botocore.parsers")
_WALLS_BY_STRENGTH: tuple[Walls, ...] = ("namespaces", "landlock", "none")
_SUPPORTED = "python3.9 and later, nodejs and provided.al2/al2023"


@dataclass(frozen=True, slots=True)
class Room:
    """What one environment gets on this machine's disk; ``tmp`` and ``opt`` matter without namespaces."""

    opt: Path | None
    tmp: Path


@dataclass(slots=True)
class LogEnds:
    """Write ends of the log pipes."""

    function: int
    extension: int


def places_for(walls: Walls, spec: FunctionSpec, room: Room) -> Places:
    if walls == "namespaces":
        return Places()
    return Places(str(spec.code_dir), str(INSIDE), str(room.opt or "/opt"), str(room.tmp))


class Launchers:
    """Owns the zygotes. ``walls`` is known once the first one has come up."""

    def __init__(self, clock: Clock, interpreters: Interpreters, work_dir: Path) -> None:
        self._clock = clock
        self._interpreters = interpreters
        self._work_dir = work_dir
        self._zygotes: dict[tuple[str, bool], Zygote] = {}
        self._walls_left = list(_WALLS_BY_STRENGTH)
        self.lost_walls: dict[Walls, str] = {}
        """Which walls this machine refuses, and what it said."""

    @property
    def walls(self) -> Walls:
        return self._walls_left[0]

    # Which

    def remedy(self, runtime: str) -> str | None:
        """None when the runtime can run here, else what to do."""
        if runtime in ("provided", "provided.al2", "provided.al2023"):
            return None
        if runtime.startswith(("python3.", "nodejs")):
            if self._interpreters.find(runtime) is not None:
                return None
            return f"{runtime} needs Node.js: install it so that `node` is on PATH."
        return f"sundog runs {_SUPPORTED}; package the function for provided.al2023 instead."

    def note(self, runtime: str) -> str:
        return self._interpreters.note(runtime)

    def _interpreter(self, runtime: str) -> Interpreter | None:
        interpreter = self._interpreters.find(runtime)
        if interpreter is None and not runtime.startswith("provided"):
            raise RuntimeMissing(self.remedy(runtime) or f"{runtime} has no interpreter here.")
        return interpreter

    # Zygotes

    async def zygote_for(self, spec: FunctionSpec) -> Zygote:
        """A running one: with boto3 loaded for Python functions that bring no such modules themselves."""
        interpreter = self._interpreter(spec.runtime)
        if interpreter is None or interpreter.language != "Python":
            return await self._running(self._interpreters.pythons[_own_minor(self._interpreters)], warm=False)
        if needs_fresh_process(spec):
            return await self._running(interpreter, warm=False)
        warm = await self._running(interpreter, warm=True)
        if _shadows(spec, await warm.ready()):
            return await self._running(interpreter, warm=False)
        return warm

    async def warm(self, runtime: str) -> None:
        """Have what ``runtime`` needs ready before the first invocation asks."""
        interpreter = self._interpreters.find(runtime)
        if interpreter is not None and interpreter.language == "Python":
            await self._running(interpreter, warm=True)
        else:
            await self._running(self._interpreters.pythons[_own_minor(self._interpreters)], warm=False)

    async def _running(self, interpreter: Interpreter, *, warm: bool) -> Zygote:
        while True:
            zygote = self._zygote(interpreter, warm=warm)
            try:
                await zygote.ready()
                return zygote
            except ZygoteBroken as error:
                if len(self._walls_left) == 1:
                    raise
                if zygote.plan.walls == self.walls:
                    self._lose_walls(str(error))

    def _lose_walls(self, reason: str) -> None:
        lost = self._walls_left.pop(0)
        self.lost_walls[lost] = reason
        logger.warning("functions run without %s walls: %s", lost, reason)
        for zygote in self._zygotes.values():
            zygote.close()
        self._zygotes.clear()

    def _zygote(self, interpreter: Interpreter, *, warm: bool) -> Zygote:
        key = (str(interpreter.path), warm)
        if key not in self._zygotes:
            name = f"root-{interpreter.path.name}-{'warm' if warm else 'plain'}"
            plan = ZygotePlan(
                interpreter,
                (*_CLIENT, *(_BOTO if warm else ())),
                _package_folders(),
                self._visible(interpreter),
                self.walls,
                self._work_dir / name,
            )
            self._zygotes[key] = Zygote(plan, self._clock)
        return self._zygotes[key]

    def _visible(self, interpreter: Interpreter) -> tuple[Path, ...]:
        node = self._interpreters.node
        wanted = (*interpreter.visible, *_package_folders(), *(node.visible if node else ()))
        return tuple(path for path in dict.fromkeys(wanted) if not path.is_relative_to("/usr"))

    # Launching

    async def launch(
        self,
        spec: FunctionSpec,
        variables: dict[str, str],
        room: Room,
        logs: LogEnds,
        listener: TreeListener,
    ) -> ProcessTree:
        """Start the runtime process. Raises `EngineError` when this machine cannot."""
        zygote = await self.zygote_for(spec)
        places = places_for(zygote.plan.walls, spec, room)
        orders = [self._furnishing(spec, room), self._runtime_order(spec, variables, places, zygote)]
        ours, theirs = link_pair()
        fds = {"socket": theirs.fileno(), "log": logs.function, "extension_log": logs.extension}
        with theirs:
            try:
                await zygote.spawn(orders, fds)
            except BaseException:
                ours.close()
                raise
        return ProcessTree(ours, listener)

    @staticmethod
    def _furnishing(spec: FunctionSpec, room: Room) -> dict[str, Any]:
        return {
            "op": "furnish",
            "task": str(spec.code_dir),
            "opt": str(room.opt or ""),
            "tmp_mb": spec.tmp_mb,
        }

    def _runtime_order(
        self, spec: FunctionSpec, variables: dict[str, str], places: Places, zygote: Zygote
    ) -> dict[str, Any]:
        order: dict[str, Any] = {
            "op": "start",
            "name": RUNTIME,
            "log": "log",
            "env": variables,
            "cwd": places.task,
            "opt": places.opt,
            "readable": self._readable(zygote, places),
            "writable": [places.tmp],
        }
        interpreter = self._interpreter(spec.runtime)
        if interpreter is not None and interpreter.language == "Python" and not needs_fresh_process(spec):
            return {**order, "how": "python", "handler": spec.handler}
        return {**order, "how": "exec", "argv": _argv(spec, places, interpreter)}

    def _readable(self, zygote: Zygote, places: Places) -> list[str]:
        system = ["/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/dev", "/sys"]
        own = [places.task, places.opt, places.runtime]
        return [*system, *own, *map(str, zygote.plan.visible)]

    def close(self) -> None:
        for zygote in self._zygotes.values():
            zygote.close()
        self._zygotes.clear()


def _argv(spec: FunctionSpec, places: Places, interpreter: Interpreter | None) -> list[str]:
    if interpreter is None:
        argv = [bootstrap_path(spec, places)]
    elif interpreter.language == "Python":
        folders = os.pathsep.join(map(str, _package_folders()))
        argv = [str(interpreter.path), f"{places.runtime}/bootstrap.py", folders, places.opt]
    else:
        argv = [str(interpreter.path), f"{places.runtime}/bootstrap.mjs"]
    wrapper = (spec.environment or {}).get("AWS_LAMBDA_EXEC_WRAPPER", "")
    return [wrapper, *argv] if wrapper and interpreter is not None else argv


def bootstrap_path(spec: FunctionSpec, places: Places) -> str:
    """Where a custom runtime's program is, as the function sees it; empty when there is none."""
    if (spec.code_dir / "bootstrap").exists():
        return f"{places.task}/bootstrap"
    if any((layer / "bootstrap").exists() for layer in spec.layer_dirs):
        return f"{places.opt}/bootstrap"
    return ""


def _package_folders() -> tuple[Path, ...]:
    """Where boto3 and awslambdaric are installed."""
    folders: dict[Path, None] = {}
    for name in ("awslambdaric", "boto3", "botocore"):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin:
            folders[Path(found.origin).resolve().parent.parent] = None
    return tuple(folders)


def _own_minor(interpreters: Interpreters) -> int:
    return next(iter(interpreters.pythons))


def _shadows(spec: FunctionSpec, loaded: frozenset[str]) -> bool:
    """True when the function brings a module of its own that the zygote has loaded already."""
    names: set[str] = set()
    for folder in (spec.code_dir, *(layer / "python" for layer in spec.layer_dirs)):
        if folder.is_dir():
            names |= {entry.name.partition(".")[0] for entry in os.scandir(folder)}
    for layer in spec.layer_dirs:
        for folder in layer.glob("python/lib/python3.*/site-packages"):
            names |= {entry.name.partition(".")[0] for entry in os.scandir(folder)}
    return not names.isdisjoint(loaded)


def merge_layers(layers: tuple[Path, ...], target: Path) -> Path | None:
    """One folder with all layers laid over one another in order; links instead of copies where possible."""
    if not layers:
        return None
    if len(layers) == 1:
        return layers[0]
    for layer in layers:
        shutil.copytree(layer, target, symlinks=True, dirs_exist_ok=True, copy_function=_link_over)
    return target


def _link_over(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
