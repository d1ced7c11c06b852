"""Blobs: bytes named by their SHA-256 (code bundles, large payloads). Rows in the store name them.

Put the blob first, then commit the row that names it: whatever a committed row names is then there, and a
crash in between leaves at most a blob that nobody names. Delete only what no row names any more.

`Blobs` asks for nothing that an object store does not have, so that several nodes over one PostgreSQL can
share one (through obstore) behind the same promises; until then they share a folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from sundog.store.contract import StoreError

CHUNK_BYTES = 256 * 1024
_KEY = re.compile(r"[0-9a-f]{64}")


class NoSuchBlob(LookupError):
    """No blob has this key."""


class Blobs(Protocol):
    """Content by key. A blob is there entirely or not at all, and never changes."""

    async def put(self, data: bytes) -> str:
        """Keep ``data``; its key, once it would survive a power failure. Raises StoreError."""
        ...

    async def get(self, key: str) -> bytes:
        """Raises NoSuchBlob."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """The blob in chunks, for what should not stand in memory as a whole. Raises NoSuchBlob."""
        ...

    async def exists(self, key: str) -> bool: ...

    async def delete(self, key: str) -> None:
        """Forget the blob, if it is there."""
        ...

    async def reset(self) -> None:
        """Forget every blob."""
        ...


class DirectoryBlobs:
    """`Blobs` as files ``ab/cdef...`` of ``folder``, or in memory when it is None."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}

    async def put(self, data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        if self._folder is None:
            self._memory[key] = data
            return key
        try:
            await asyncio.to_thread(_write, self._folder, _path(self._folder, key), data)
        except OSError as error:
            raise StoreError(f"a blob of {len(data)} bytes cannot be kept: {error}") from error
        return key

    async def get(self, key: str) -> bytes:
        return b"".join([chunk async for chunk in self.stream(key)])

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        if self._folder is None:
            if key not in self._memory:
                raise NoSuchBlob(key)
            yield self._memory[key]
            return
        try:
            file = _path(self._folder, key).open("rb")
        except FileNotFoundError:
            raise NoSuchBlob(key) from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk

    async def exists(self, key: str) -> bool:
        return key in self._memory if self._folder is None else _path(self._folder, key).exists()

    async def delete(self, key: str) -> None:
        if self._folder is None:
            self._memory.pop(key, None)
        else:
            _path(self._folder, key).unlink(missing_ok=True)

    async def reset(self) -> None:
        self._memory.clear()
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _path(folder: Path, key: str) -> Path:
    assert _KEY.fullmatch(key), f"{key!r} is no key of a blob"
    return folder / key[:2] / key[2:]


def _write(folder: Path, path: Path, data: bytes) -> None:
    """Make ``path`` appear with all of ``data``, on disk before we return."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix="unfinished-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    # Also when somebody else's file is there already: its entry need not have reached the disk yet.
    for parent in (path.parent, folder, folder.parent):
        _sync_folder(parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
