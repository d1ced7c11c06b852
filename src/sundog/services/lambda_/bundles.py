"""Part: code bundles by content, kept as blobs and unpacked once into a folder that environments read."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import shutil
import tempfile
from pathlib import Path

from sundog.context import Context
from sundog.services.lambda_.model import Bundle
from sundog.services.lambda_.zips import check_zip, unpack_zip
from sundog.store.blobs import DirectoryBlobs

_INLINE_BYTES_MAX = 512 * 1024
"""Smaller bundles are unpacked at once; handing them to a thread would take longer."""


_WATCHED = "hot:"
"""Begins the key of code that stands in a folder of the user's and is never copied."""


def watched_key(folder: Path) -> str:
    return f"{_WATCHED}{folder}"


def watched_folder(key: str) -> Path | None:
    """The folder that a key names, None where it names a bundle that was sent."""
    return Path(key.removeprefix(_WATCHED)) if key.startswith(_WATCHED) else None


class Bundles:
    """Folders are named by the bundle's hash and complete as soon as they exist (renamed into place)."""

    def __init__(self, ctx: Context) -> None:
        self._ids, self._config = ctx.ids, ctx.config
        self._blobs = ctx.part(DirectoryBlobs)
        self._root = ctx.config.data / "lambda" / "code"
        self._temporary: Path | None = None
        self._unpacking: dict[str, asyncio.Lock] = {}
        self._unpacked: dict[str, Path] = {}

    async def start(self) -> None:
        if self._config.ephemeral:
            self._temporary = Path(tempfile.mkdtemp(prefix="sundog-lambda-"))
            self._root = self._temporary / "code"
        self._root.mkdir(parents=True, exist_ok=True)

    async def stop(self) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    async def forget(self) -> None:
        self._unpacked.clear()
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir(parents=True, exist_ok=True)

    @property
    def work_dir(self) -> Path:
        """Where compute may keep what it needs beside the code."""
        return self._root.parent / "work"

    async def take(self, data: bytes) -> Bundle:
        """Check a zip and keep it. Raises what AWS answers for a bad one."""
        unzipped_bytes = check_zip(data)
        digest = hashlib.sha256(data).digest()
        key = await self._blobs.put(data)
        # Unpacking finds what only it can find (a wrong checksum), and the first start has it ready.
        await self._folder(key, data, unzipped_bytes)
        return Bundle(key, base64.b64encode(digest).decode(), len(data), unzipped_bytes)

    async def read(self, key: str) -> bytes:
        return await self._blobs.get(key)

    async def folder(self, key: str) -> Path:
        """Where the bundle stands unpacked."""
        if (known := self._unpacked.get(key) or watched_folder(key)) is not None:
            return known
        if (self._root / key).exists():
            return self._remember(key)
        data = await self.read(key)
        return await self._folder(key, data, check_zip(data))

    async def _folder(self, key: str, data: bytes, unzipped_bytes: int) -> Path:
        async with self._unpacking.setdefault(key, asyncio.Lock()):
            if not (self._root / key).exists():
                is_small = max(unzipped_bytes, len(data)) <= _INLINE_BYTES_MAX
                await self._unpack(data, self._root / key, inline=is_small)
        self._unpacking.pop(key, None)
        return self._remember(key)

    def _remember(self, key: str) -> Path:
        folder = self._unpacked[key] = self._root / key
        return folder

    async def _unpack(self, data: bytes, folder: Path, *, inline: bool) -> None:
        fresh = folder.with_name(f"{folder.name}.{self._ids.hex(8)}")
        fresh.mkdir(0o755)
        try:
            if inline:
                unpack_zip(data, fresh)
            else:
                await asyncio.to_thread(unpack_zip, data, fresh)
            fresh.rename(folder)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
