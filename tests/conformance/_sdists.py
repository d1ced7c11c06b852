"""Cases that other projects ship in their source distributions, fetched once from PyPI into ``.cache``."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

CACHE = Path(__file__).parent.parent.parent / ".cache"


def fetch(name: str, version: str, folder: str) -> Path:
    """The files under ``folder`` of the distribution ``<name>-<version>``, as a folder of ours."""
    place = CACHE / f"{name}-{version}"
    if not (place / "cases").exists():
        place.mkdir(parents=True, exist_ok=True)
        inside = f"{name}-{version}/{folder}/"
        with tarfile.open(_download(name, version, place)) as sdist:
            for member in sdist.getmembers():
                held = sdist.extractfile(member) if member.name.startswith(inside) else None
                if held is not None:
                    target = place / "cases.part" / member.name.removeprefix(inside)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(held.read())
        (place / "cases.part").rename(place / "cases")
    return place / "cases"


def _download(name: str, version: str, place: Path) -> Path:
    """By pip of this Python or, in an environment without pip, of the one it was made from."""
    wanted = ["--no-deps", "--no-binary", name, "--dest", str(place), f"{name}=={version}"]
    said = ""
    for python in dict.fromkeys(
        (sys.executable, getattr(sys, "_base_executable", sys.executable), "python3")
    ):
        command = [python, "-m", "pip", "download", "-q", *wanted]
        tried = subprocess.run(command, capture_output=True, text=True)
        if tried.returncode == 0:
            return next(place.glob(f"{name}-*.tar.gz"))
        said += tried.stderr[-1000:]
    raise RuntimeError(f"the cases of {name} {version} cannot be fetched from the package registry: {said}")
