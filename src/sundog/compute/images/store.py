"""Images on this machine: what is known of each, its layers by content, and a root folder for each image.

Everything is named by its digest and complete as soon as it exists (renamed into place), so a server that
was killed goes on where it stood, and two images share the layers they have in common.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sundog.compute.images.archives import DockerArchive, Layout
from sundog.compute.images.manifests import (
    Blob,
    ImageConfig,
    Index,
    Manifest,
    digest_of,
    read_config,
    read_manifest,
)
from sundog.compute.images.merging import merge_layers
from sundog.compute.images.names import ImageName, parse_image_name
from sundog.compute.images.problems import ImageBroken, ImageUnsupported
from sundog.compute.images.registry import Registry, read_logins
from sundog.compute.images.unpacking import LayerNotes, unpack_layer

CONFIG_BYTES_MAX = 8 * 1024 * 1024


class ImageSource(Protocol):
    """Where the parts of one image come from. Raises `ImageProblem`."""

    async def manifest(self, reference: str) -> tuple[bytes, str]:
        """(its bytes, its media type as far as it is known)"""
        ...

    async def fetch(self, blob: Blob, target: Path) -> None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Resolved:
    """An image found: ``digest`` is that of its manifest, ``uri`` names this content for ever."""

    digest: str
    uri: str
    config: ImageConfig


class ImageStore:
    """``folder`` is its own. ``hex`` gives names nobody else uses."""

    def __init__(self, folder: Path, hex: Callable[[int], str], logins: Path) -> None:
        self._folder = folder
        self._hex = hex
        self._logins = logins
        self._at_work: dict[str, tuple[asyncio.Lock, int]] = {}

    # Finding

    async def resolve(self, uri: str, architecture: str) -> Resolved:
        """Look the image up and remember it. Raises `ImageProblem`; the layers come later, with `root`."""
        name = parse_image_name(uri)
        async with self._source(name) as source:
            body, media_type = await source.manifest(name.reference)
            self._check(name.digest, body)
            manifest = read_manifest(body, media_type)
            if isinstance(manifest, Index):
                chosen = manifest.choose(architecture)
                body, media_type = await source.manifest(chosen.digest)
                self._check(chosen.digest, body)
                manifest = read_manifest(body, media_type)
            if isinstance(manifest, Index):
                raise ImageUnsupported("a list of lists of images")
            config_body = await self._fetch_config(source, manifest.config)
        config = read_config(config_body)
        if len(config.diff_ids) != len(manifest.layers):
            raise ImageBroken("the image has other layers than its configuration says")
        record = {"uri": uri, "manifest": body.decode(), "type": media_type, "config": config_body.decode()}
        self._write(self._record(manifest.digest), json.dumps(record))
        return Resolved(manifest.digest, name.resolved(manifest.digest), config)

    def config(self, digest: str) -> ImageConfig:
        """Of an image that was found once."""
        return read_config(json.loads(self._record(digest).read_text())["config"].encode())

    def knows(self, digest: str) -> bool:
        return self._record(digest).exists()

    async def _fetch_config(self, source: ImageSource, blob: Blob) -> bytes:
        if blob.size > CONFIG_BYTES_MAX:
            raise ImageUnsupported("the image's configuration is larger than 8 MB")
        async with self._temporary() as file:
            await source.fetch(blob, file)
            body = file.read_bytes()
        self._check(blob.digest, body)
        return body

    # Unpacking

    async def root(self, digest: str) -> Path:
        """The image's root folder, made now if it is not there. Raises `ImageProblem`."""
        root = self._folder / "roots" / _plain(digest)
        async with self._alone(digest):
            if not root.exists():
                record = json.loads(self._record(digest).read_text())
                manifest = read_manifest(record["manifest"].encode(), record["type"])
                assert isinstance(manifest, Manifest)
                await self._make_root(record["uri"], manifest, self.config(digest), root)
        return root

    async def _make_root(self, uri: str, manifest: Manifest, config: ImageConfig, root: Path) -> None:
        async with self._source(parse_image_name(uri)) as source:
            for blob, diff_id in zip(manifest.layers, config.diff_ids, strict=True):
                async with self._alone(diff_id):
                    if not self._layer(diff_id).exists():
                        await self._take_layer(source, blob, diff_id)
        layers = [
            (self._layer(id) / "files", LayerNotes.read(self._layer(id) / "notes")) for id in config.diff_ids
        ]
        async with self._temporary() as fresh:
            fresh.mkdir(0o755)
            await asyncio.to_thread(merge_layers, layers, fresh)
            root.parent.mkdir(parents=True, exist_ok=True)
            fresh.rename(root)

    async def _take_layer(self, source: ImageSource, blob: Blob, diff_id: str) -> None:
        async with self._temporary() as archive, self._temporary() as fresh:
            await source.fetch(blob, archive)
            (fresh / "files").mkdir(0o755, parents=True)
            notes = await asyncio.to_thread(unpack_layer, archive, fresh / "files", diff_id)
            notes.write(fresh / "notes")
            self._layer(diff_id).parent.mkdir(parents=True, exist_ok=True)
            fresh.rename(self._layer(diff_id))

    # Places

    def _layer(self, diff_id: str) -> Path:
        return self._folder / "layers" / _plain(diff_id)

    def _record(self, digest: str) -> Path:
        return self._folder / "records" / f"{_plain(digest)}.json"

    def _write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{self._hex(8)}")
        fresh.write_text(text)
        fresh.rename(file)

    @asynccontextmanager
    async def _temporary(self) -> AsyncIterator[Path]:
        """A path nobody uses; what is there in the end is removed."""
        place = self._folder / "new" / self._hex(16)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield place
        finally:
            if place.is_dir():
                await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            place.unlink(missing_ok=True)

    @asynccontextmanager
    async def _source(self, name: ImageName) -> AsyncIterator[ImageSource]:
        source: ImageSource
        if name.kind == "registry":
            source = Registry(name, read_logins(self._logins))
        else:
            source = Layout(name) if name.kind == "oci" else DockerArchive(name)
        try:
            yield source
        finally:
            await source.close()

    @asynccontextmanager
    async def _alone(self, digest: str) -> AsyncIterator[None]:
        """Nobody else makes the thing of this digest meanwhile."""
        lock, users = self._at_work.get(digest, (asyncio.Lock(), 0))
        self._at_work[digest] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            users = self._at_work[digest][1] - 1
            if users:
                self._at_work[digest] = (lock, users)
            else:
                del self._at_work[digest]

    def _check(self, digest: str, body: bytes) -> None:
        if digest and digest_of(body) != digest:
            raise ImageBroken(f"what came as {digest} is {digest_of(body)}")


def _plain(digest: str) -> str:
    return digest.removeprefix("sha256:")
