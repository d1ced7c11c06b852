"""Bundles as bytes: what a zip holds, whether it may be unpacked, and unpacking it safely."""

from __future__ import annotations

import io
import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import InvalidParameterValueException

_INSIDE = ("/var/task", "/opt", "/tmp")
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, OverflowError, RuntimeError, ValueError),
)
"""Whatever the standard library says of a zip that is none, or no longer one."""

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


def check_zip(data: bytes) -> int:
    """How many bytes ``data`` holds unpacked. Refuses what is no zip, too large, or leads outside."""
    if not data:
        raise _empty()
    if len(data) > limits.ZIPPED_BYTES_MAX:
        raise _too_large("Zipped", limits.ZIPPED_BYTES_MAX)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            entries = bundle.infolist()
    except _DAMAGED:
        raise _unreadable() from None
    if all(entry.is_dir() for entry in entries):
        raise _empty()
    if any(entry.flag_bits & 1 or not _stays_inside(entry.filename) for entry in entries):
        raise _unreadable()
    size = sum(entry.file_size for entry in entries)
    if size > limits.UNZIPPED_BYTES_MAX:
        raise _too_large("Unzipped", limits.UNZIPPED_BYTES_MAX)
    return size


def _empty() -> InvalidParameterValueException:
    return InvalidParameterValueException(reason="Uploaded file must be a non-empty zip")


def unpack_zip(data: bytes, folder: Path) -> None:
    """Write the files of a checked zip below ``folder``: executable bits kept, links last, all readable."""
    links: list[tuple[Path, str]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            for entry in bundle.infolist():
                path = folder / _relative(entry.filename)
                mode = entry.external_attr >> 16
                if entry.is_dir():
                    path.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
                elif stat.S_ISLNK(mode):
                    links.append((path, bundle.read(entry).decode()))
                else:
                    with bundle.open(entry) as content:
                        _write_file(path, content, mode)
        for path, target in links:
            _write_link(folder, path, target)
    except _DAMAGED:
        raise _unreadable() from None


def _write_file(path: Path, content: IO[bytes], mode: int) -> None:
    path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)
    path.chmod((mode & 0o755) | _FILE_MODE if mode else _FOLDER_MODE)


def _write_link(folder: Path, path: Path, target: str) -> None:
    """A link within the bundle, or to a place that only exists inside an environment."""
    reached = Path(target) if target.startswith("/") else path.parent / target
    inside = target.startswith(_INSIDE) or _normal(reached).is_relative_to(_normal(folder))
    through_link = any(parent.is_symlink() for parent in path.parents if parent.is_relative_to(folder))
    if not inside or through_link or (target.startswith("/") and ".." in PurePosixPath(target).parts):
        raise _unreadable()
    path.parent.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _normal(path: Path) -> Path:
    """Without ``..``, and without asking the file system."""
    parts: list[str] = []
    for part in path.absolute().parts:
        if part == "..":
            parts = parts[:-1] if len(parts) > 1 else parts
        else:
            parts.append(part)
    return Path(*parts)


def _relative(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def _stays_inside(name: str) -> bool:
    path = _relative(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _unreadable() -> InvalidParameterValueException:
    return InvalidParameterValueException(
        reason="Could not unzip uploaded file. Please check your file, then try to upload again."
    )


def _too_large(what: str, limit: int) -> InvalidParameterValueException:
    return InvalidParameterValueException(reason=f"{what} size must be smaller than {limit} bytes")
