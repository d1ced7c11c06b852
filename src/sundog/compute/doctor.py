"""What this machine offers to functions, found by trying it, and how to get what is missing."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sundog.clock import Clock
from sundog.compute.clients import ELSEWHERE, LANGUAGES, Language, find_with_client
from sundog.compute.contract import EngineError
from sundog.compute.debugging import undebuggable
from sundog.compute.interpreters import Interpreters
from sundog.compute.zygote import Walls
from sundog.compute.zygotes import Zygotes

State = Literal["good", "weak", "missing"]
PYTHON_RUNTIMES = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14")

_WALLS: dict[Walls, tuple[State, str]] = {
    "namespaces": ("good", "a root, processes and a /tmp of its own for each environment, seccomp"),
    "landlock": ("weak", "Landlock and seccomp: functions see real paths, /tmp has no limit of its own"),
    "none": ("weak", "process groups only: functions can do what you can do"),
}
_LIMITS = (
    "memory is watched every 20 ms, CPU is shared by niceness in proportion to memory, "
    "1,024 open files and 1,024 processes and threads"
)
_REMEDIES: dict[Walls, str] = {
    "namespaces": (
        "Allow user namespaces: `sysctl user.max_user_namespaces=15000`, on Debian before 11 "
        "`sysctl kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 and later "
        "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`; in a container, a seccomp profile that "
        "lets unshare and mount through."
    ),
    "landlock": "Use Linux 5.13 or later with Landlock among the modules of /sys/kernel/security/lsm.",
    "none": "",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """``remedy`` is empty where nothing is to be done."""

    subject: str
    state: State
    text: str
    remedy: str = ""


def diagnose(environment: Mapping[str, str]) -> list[Finding]:
    """Try everything once. ``environment`` is the caller's; PATH says where interpreters are looked for."""
    interpreters = Interpreters(environment.get("PATH"))
    limits = Finding("limits", "good", _LIMITS)
    walls = asyncio.run(_try_walls(interpreters))
    has_roots = (walls[0].subject, walls[0].state) == ("sandbox", "good")
    return [*_runtimes(interpreters), *walls, limits, *_what_needs_roots(has_roots), _debugger()]


def _runtimes(interpreters: Interpreters) -> list[Finding]:
    findings = []
    for runtime in PYTHON_RUNTIMES:
        python = interpreters.find(runtime)
        assert python is not None, "there is always the Python that runs this"
        note = interpreters.note(runtime)
        remedy = f"Install {runtime}, for example by `uv python install {runtime[6:]}`." if note else ""
        findings.append(Finding(runtime, "weak" if note else "good", note or str(python.path), remedy))
    node = interpreters.node
    if node is None:
        remedy = "Install Node.js so that `node` is on PATH, or `pip install sundog[node]`."
        findings.append(Finding("nodejs", "missing", "functions cannot be created", remedy))
    else:
        findings.append(Finding("nodejs", "good", f"{node.label} at {node.path}, for every nodejs runtime"))
    findings += [_other(language, interpreters.path) for language in LANGUAGES]
    findings += [
        Finding(name, "missing", "functions cannot run", remedy) for name, remedy in ELSEWHERE.items()
    ]
    findings.append(
        Finding("provided", "good", "provided.al2 and provided.al2023 run on this system's libraries")
    )
    return findings


def _other(language: Language, path: str | None) -> Finding:
    """A language that needs AWS's client beside its interpreter."""
    found = find_with_client(language, path, Path.home())
    if isinstance(found, str):
        return Finding(language.name.lower(), "missing", "functions can be created and do not run", found)
    return Finding(language.name.lower(), "good", f"{found.label} at {found.path} with AWS's client")


def _what_needs_roots(has_roots: bool) -> list[Finding]:
    """What only namespaces can give."""
    if has_roots:
        return [
            Finding("images", "good", "container images are unpacked and run here, without Docker"),
            Finding("vpc", "good", "functions with a VpcConfig have a network of their own (--vpc-allow)"),
        ]
    remedy = _REMEDIES["namespaces"]
    return [
        Finding("images", "missing", "functions from container images do not run", remedy),
        Finding("vpc", "weak", "functions with a VpcConfig use the machine's network", remedy),
    ]


def _debugger() -> Finding:
    remedy = undebuggable("python3.12", has_own_debugpy=False)
    if remedy:
        return Finding("debugger", "weak", "sundog debug knows Node.js only", f"{remedy}.".capitalize())
    return Finding("debugger", "good", "sundog debug knows Python and Node.js")


async def _try_walls(interpreters: Interpreters) -> list[Finding]:
    """By starting a zygote as an invocation would."""
    with tempfile.TemporaryDirectory(prefix="sundog-doctor-") as folder:
        zygotes = Zygotes(Clock(), interpreters, Path(folder))
        try:
            zygote = await zygotes.plain()
            state, text = _WALLS[zygote.plan.walls]
            found = Finding("sandbox", state, text)
        except EngineError as error:
            found = Finding("sandbox", "missing", f"functions cannot be started: {error}")
        finally:
            zygotes.close()
    lost = [
        Finding(f"sandbox: {walls}", "missing", reason, _REMEDIES[walls])
        for walls, reason in zygotes.lost_walls.items()
        if sys.platform == "linux"
    ]
    return [found, *lost]
