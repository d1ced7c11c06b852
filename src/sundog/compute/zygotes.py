"""Which zygotes there are, and how strong the walls are that this machine lets them build."""

from __future__ import annotations

import importlib.util
import logging
import os
from pathlib import Path

from sundog.clock import Clock
from sundog.compute.clients import ELSEWHERE, LANGUAGES, Language, find_with_client, language_of
from sundog.compute.contract import IMAGE, EngineError, FunctionSpec, RuntimeMissing
from sundog.compute.interpreters import Interpreter, Interpreters
from sundog.compute.variables import needs_fresh_process
from sundog.compute.zygote import Walls, Zygote, ZygoteBroken, ZygotePlan

logger = logging.getLogger(__name__)

_CLIENT = (
    "awslambdaric.bootstrap",
    "awslambdaric.lambda_runtime_client",
    "encodings.idna",
    "concurrent.futures",
)
_BOTO = ("boto3", "botocore.client", "botocore.httpsession", "botocore.signers", "botocore.parsers")
_WALLS_BY_STRENGTH: tuple[Walls, ...] = ("namespaces", "landlock", "none")
_CUSTOM = ("provided", "provided.al2", "provided.al2023", IMAGE)
_SUPPORTED = "python3.9 and later, nodejs and provided.al2/al2023"


class Zygotes:
    """Starts them when first needed. ``walls`` is known once the first one has come up."""

    def __init__(
        self,
        clock: Clock,
        interpreters: Interpreters,
        work_dir: Path,
        strongest: Walls = "namespaces",
        home: Path | None = None,
    ) -> None:
        """In ``home`` (the user's own, if None) AWS's clients for other languages are looked for."""
        self.interpreters = interpreters
        self._clock = clock
        self._work_dir = work_dir
        self._home = home or Path.home()
        self._zygotes: dict[tuple[str, bool], Zygote] = {}
        self._walls_left = list(_WALLS_BY_STRENGTH[_WALLS_BY_STRENGTH.index(strongest) :])
        self._is_closed = False
        self._found: dict[str, Interpreter | str] = {}
        self.lost_walls: dict[Walls, str] = {}
        """Which walls this machine refuses, and what it said."""

    @property
    def walls(self) -> Walls:
        return self._walls_left[0]

    def remedy(self, runtime: str) -> str | None:
        """None when the runtime can run here, else what to do."""
        if runtime in _CUSTOM:
            return None
        if runtime.startswith(("python3.", "nodejs")):
            if self.interpreters.find(runtime) is not None:
                return None
            return f"{runtime} needs Node.js: install it, or `pip install sundog[node]`."
        found = self._others(runtime)
        return found if isinstance(found, str) else None

    def _others(self, runtime: str) -> Interpreter | str:
        """An interpreter with AWS's client for it, or what to do."""
        language = language_of(runtime)
        if language is None:
            known = next((remedy for start, remedy in ELSEWHERE.items() if runtime.startswith(start)), "")
            return known or f"sundog runs {_SUPPORTED}; package the function for provided.al2023 instead."
        return self._others_of(language)

    def _others_of(self, language: Language) -> Interpreter | str:
        if language.name not in self._found:
            self._found[language.name] = find_with_client(language, self.interpreters.path, self._home)
        return self._found[language.name]

    def interpreter(self, runtime: str) -> Interpreter | None:
        """None for a custom runtime. Raises `RuntimeMissing`."""
        interpreter = self.interpreters.find(runtime)
        if interpreter is not None or runtime in _CUSTOM:
            return interpreter
        found = self._others(runtime)
        if isinstance(found, str) or (remedy := self.remedy(runtime)) is not None:
            raise RuntimeMissing(found if isinstance(found, str) else str(remedy))
        return found

    def note(self, runtime: str) -> str:
        """Empty where the interpreter is the runtime's own version, else what runs instead."""
        language = language_of(runtime)
        found = self._others(runtime) if language is not None else ""
        if language is None or isinstance(found, str):
            return self.interpreters.note(runtime)
        wanted = language.runtimes.match(runtime)
        own = ".".join(map(str, found.version[: wanted[1].count(".") + 1])) if wanted else ""
        return "" if wanted is None or own == wanted[1] else f"running on {found.label}"

    def is_forked(self, spec: FunctionSpec) -> bool:
        """Whether the function becomes a fork of its zygote, not a program of its own."""
        interpreter = self.interpreter(spec.runtime)
        return interpreter is not None and interpreter.language == "Python" and not needs_fresh_process(spec)

    async def find(self, spec: FunctionSpec) -> Zygote:
        """A running one: with boto3 loaded for Python functions that bring no such modules themselves."""
        interpreter = self.interpreter(spec.runtime)
        if interpreter is None or interpreter.language != "Python":
            return await self.plain()
        if not self.is_forked(spec):
            return await self._running(interpreter, warm=False)
        warm = await self._running(interpreter, warm=True)
        if _shadows(spec, await warm.ready()):
            return await self._running(interpreter, warm=False)
        return warm

    async def plain(self) -> Zygote:
        """One that starts programs that are no Python: the interpreter sundog itself runs on."""
        pythons = self.interpreters.pythons
        return await self._running(pythons[next(iter(pythons))], warm=False)

    async def warm(self, runtime: str) -> Zygote:
        """Have what ``runtime`` needs ready before the first invocation asks."""
        interpreter = self.interpreters.find(runtime)
        if interpreter is not None and interpreter.language == "Python":
            return await self._running(interpreter, warm=True)
        return await self.plain()

    def close(self) -> None:
        self._is_closed = True
        self._end_all()

    def _end_all(self) -> None:
        for zygote in self._zygotes.values():
            zygote.close()
        self._zygotes.clear()

    async def _running(self, interpreter: Interpreter, *, warm: bool) -> Zygote:
        while True:
            if self._is_closed:
                raise EngineError("compute has stopped")
            zygote = self._zygote(interpreter, warm=warm)
            try:
                await zygote.ready()
                return zygote
            except ZygoteBroken as error:
                if self._is_closed or len(self._walls_left) == 1:
                    raise
                if zygote.plan.walls == self.walls:
                    self._lose_walls(str(error))

    def _lose_walls(self, reason: str) -> None:
        lost = self._walls_left.pop(0)
        self.lost_walls[lost] = reason
        logger.warning("functions run without %s walls: %s", lost, reason)
        self._end_all()

    def _zygote(self, interpreter: Interpreter, *, warm: bool) -> Zygote:
        key = (str(interpreter.path), warm)
        if key not in self._zygotes:
            name = f"root-{interpreter.path.name}-{'warm' if warm else 'plain'}"
            plan = ZygotePlan(
                interpreter,
                (*_CLIENT, *(_BOTO if warm else ())),
                package_folders(),
                self._visible(interpreter),
                self.walls,
                self._work_dir / name,
                warm,
            )
            self._zygotes[key] = Zygote(plan, self._clock)
        return self._zygotes[key]

    def _visible(self, interpreter: Interpreter) -> tuple[Path, ...]:
        node = self.interpreters.node
        others = [found for one in LANGUAGES if isinstance(found := self._others_of(one), Interpreter)]
        beside = [path for other in others for path in other.visible]
        wanted = (*interpreter.visible, *package_folders(), *(node.visible if node else ()), *beside)
        return tuple(path for path in dict.fromkeys(wanted) if not path.is_relative_to("/usr"))


def package_folders() -> tuple[Path, ...]:
    """Where boto3 and awslambdaric are installed."""
    folders: dict[Path, None] = {}
    for name in ("awslambdaric", "boto3", "botocore", "debugpy"):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin:
            folders[Path(found.origin).resolve().parent.parent] = None
    return tuple(folders)


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
