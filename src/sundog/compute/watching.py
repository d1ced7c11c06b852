"""Code that lives in a folder of the user's: looked at before each invocation, so that an edit takes effect.

A walk instead of the kernel's notices: it is exact at the moment of the invocation, and needs no state.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sundog.compute.contract import CodeMissing, FunctionSpec

ENTRIES_MAX = 100_000
"""Of one folder; what lies beyond is not watched."""

_OVERLOOKED = frozenset(("__pycache__", ".git", ".hg", ".idea", ".vscode", ".pytest_cache", ".mypy_cache"))


def as_it_stands(spec: FunctionSpec) -> FunctionSpec:
    """The spec under a revision that names the state of its watched folders. Raises `CodeMissing`."""
    return replace(spec, revision=f"{spec.revision}@{fingerprint(spec.watched)}")


def fingerprint(folders: Iterable[Path]) -> str:
    """Another one as soon as a file below is added, removed, renamed or written."""
    digest = hashlib.blake2b(digest_size=12)
    for folder in folders:
        if not folder.is_dir():
            raise CodeMissing(f"the folder {folder}, whose code is reloaded as it changes, is not there")
        left = ENTRIES_MAX
        for line in _entries(str(folder)):
            digest.update(line.encode("utf-8", "surrogateescape"))
            left -= 1
            if not left:
                break
    return digest.hexdigest()


def _entries(folder: str) -> Iterator[str]:
    """A line for the folder and one for each thing below it, in an order of its own."""
    status = os.stat(folder)  # noqa: PTH116 (of thousands of files, as fast as can be)
    yield f"{folder} {status.st_dev} {status.st_ino}\n"
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:  # removed while we looked
            continue
        for entry in entries:
            if entry.name in _OVERLOOKED:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
                yield f"{entry.path}\n"
            else:
                yield _file_line(entry)


def _file_line(entry: os.DirEntry[str]) -> str:
    try:
        status = entry.stat()
    except OSError:  # a link to nowhere
        return f"{entry.path}\n"
    return f"{entry.path} {status.st_mtime_ns} {status.st_size} {status.st_ino} {status.st_mode}\n"
