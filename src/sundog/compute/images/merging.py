"""From the folders of an image's layers to one folder that is its root, by links instead of copies.

Files are shared with the layers (and so with other images): nobody ever writes into them, every file of a
higher layer takes the place of the one below.
"""

# pathlib would double the time of an image with thousands of files
# ruff: noqa: PTH101, PTH102, PTH108, PTH112, PTH113, PTH114, PTH115, PTH123, PTH208

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sundog.compute.images.problems import ImageBroken
from sundog.compute.images.unpacking import LayerNotes

FOLDERS = ("dev", "proc", "tmp", "etc")
FILES = ("etc/resolv.conf", "etc/hosts")
"""What an environment lays over an image; there must be something to lay it over."""

_LINKS_MAX = 40


def merge_layers(layers: Sequence[tuple[Path, LayerNotes]], root: Path) -> None:
    """``layers`` from the lowest on; ``root`` is an empty folder."""
    for folder, notes in layers:
        for path in notes.removed:
            _remove(str(root), path)
        for path in notes.emptied:
            _empty(str(root), path)
        _lay_over(str(folder), str(root), str(root), "", frozenset(notes.implied))
    _prepare(str(root))


def _lay_over(source: str, target: str, root: str, name: str, implied: frozenset[str]) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            own = f"{name}/{entry.name}" if name else entry.name
            path = f"{target}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                path = _folder_at(path, root, own in implied)
                if own not in implied:
                    os.chmod(path, entry.stat().st_mode & 0o777)
                _lay_over(entry.path, path, root, own, implied)
            else:
                _clear(path)
                os.link(entry.path, path, follow_symlinks=False)


def _folder_at(path: str, root: str, is_implied: bool) -> str:
    """The folder to go on in. One that is only implied leaves a link to a folder below it as it is."""
    if is_implied and os.path.islink(path):
        reached = _inside(root, path)
        if os.path.isdir(reached) and not os.path.islink(reached):
            return reached
    if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
        os.unlink(path)
    if not os.path.lexists(path):
        os.mkdir(path, 0o755)
    return path


def _inside(root: str, path: str) -> str:
    """Where a link leads when ``root`` is the root."""
    waiting = path[len(root) + 1 :].split("/")[::-1]
    here: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            here = here[:-1]
            continue
        at = "/".join((root, *here, part))
        if not os.path.islink(at):
            here.append(part)
            continue
        links += 1
        if links > _LINKS_MAX:
            raise ImageBroken("an image's links run in circles")
        target = os.readlink(at)
        here = [] if target.startswith("/") else here
        waiting += target.split("/")[::-1]
    return "/".join((root, *here))


def _parent(root: str, path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{_inside(root, f'{root}/{folder}') if folder else root}/{name}"


def _remove(root: str, path: str) -> None:
    _clear(_parent(root, path))


def _empty(root: str, path: str) -> None:
    place = _parent(root, path) if path else root
    if os.path.isdir(place) and not os.path.islink(place):
        for name in os.listdir(place):
            _clear(f"{place}/{name}")


def _clear(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _prepare(root: str) -> None:
    for name in FOLDERS:
        path = f"{root}/{name}"
        if os.path.islink(path) or not os.path.isdir(path):
            _clear(path)
            os.mkdir(path, 0o755)
    for name in FILES:
        path = f"{root}/{name}"
        if os.path.islink(path) or not os.path.isfile(path):
            _clear(path)
            with open(path, "w"):
                pass
