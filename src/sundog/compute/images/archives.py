"""Images from this machine's files: an OCI layout (folder or tar), or what ``docker save`` writes."""

from __future__ import annotations

import asyncio
import json
import shutil
import tarfile
from pathlib import Path
from typing import IO, Any

from sundog.compute.images.manifests import INDEX_TYPES, MANIFEST_TYPES, Blob, digest_of, read_config
from sundog.compute.images.names import ImageName
from sundog.compute.images.problems import ImageBroken, ImageMissing, ImageProblem

_REF_NAME = "org.opencontainers.image.ref.name"


class _Files:
    """Files by their path in a folder or in a tar file."""

    def __init__(self, place: Path) -> None:
        self._folder = place
        try:
            self._tar = None if place.is_dir() else tarfile.open(place)  # noqa: SIM115 (closed by `close`)
        except (OSError, tarfile.TarError) as error:
            raise ImageMissing(f"{place} cannot be read as an image: {error}") from None

    def open(self, path: str) -> IO[bytes]:
        try:
            if self._tar is None:
                return (self._folder / path).open("rb")
            found = self._tar.extractfile(path)
        except (OSError, KeyError, tarfile.TarError):
            found = None
        if found is None:
            raise ImageMissing(f"{self._folder} has no {path}")
        return found

    def read(self, path: str) -> bytes:
        with self.open(path) as file:
            return file.read()

    def close(self) -> None:
        if self._tar is not None:
            self._tar.close()


class Layout:
    """An OCI layout as an `ImageSource`."""

    def __init__(self, name: ImageName) -> None:
        self._name = name
        self._files = _Files(name.path)

    async def close(self) -> None:
        self._files.close()

    async def manifest(self, reference: str) -> tuple[bytes, str]:
        """By digest, or the part of the layout's index that has the tag."""
        if reference.startswith("sha256:"):
            return self._files.read(_blob_path(reference)), ""
        entries = _json(self._files.read("index.json")).get("manifests") or []
        tagged = [e for e in entries if (e.get("annotations") or {}).get(_REF_NAME) == reference]
        if reference and not tagged:
            raise ImageMissing(f"{self._name.place} has no image {reference}")
        return json.dumps({"manifests": tagged or entries}).encode(), INDEX_TYPES[0]

    async def fetch(self, blob: Blob, target: Path) -> None:
        await asyncio.to_thread(_copy, self._files, _blob_path(blob.digest), target)


class DockerArchive:
    """What ``docker save`` writes, as an `ImageSource`: its manifest is made up from the layers it lists."""

    def __init__(self, name: ImageName) -> None:
        self._name = name
        self._files = _Files(name.path)
        self._paths: dict[str, str] = {}

    async def close(self) -> None:
        self._files.close()

    async def manifest(self, reference: str) -> tuple[bytes, str]:
        listed = json.loads(self._files.read("manifest.json"))
        tag = "" if reference.startswith("sha256:") else reference
        images = [image for image in listed if not tag or tag in (image.get("RepoTags") or ())]
        if not images:
            raise ImageMissing(f"{self._name.place} has no image {reference}")
        config = self._files.read(images[0]["Config"])
        diff_ids = read_config(config).diff_ids
        if len(diff_ids) != len(images[0]["Layers"]):
            raise ImageBroken("the image lists other layers than its configuration")
        self._paths = dict(zip(diff_ids, images[0]["Layers"], strict=True))
        self._paths[digest_of(config)] = images[0]["Config"]
        document = {
            "mediaType": MANIFEST_TYPES[0],
            "config": {"digest": digest_of(config), "size": len(config)},
            "layers": [{"digest": digest, "size": 0} for digest in diff_ids],
        }
        return json.dumps(document).encode(), MANIFEST_TYPES[0]

    async def fetch(self, blob: Blob, target: Path) -> None:
        if not self._paths:
            await self.manifest(self._name.reference)
        await asyncio.to_thread(_copy, self._files, self._paths[blob.digest], target)


def _copy(files: _Files, path: str, target: Path) -> None:
    with files.open(path) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


def _blob_path(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"blobs/{algorithm}/{value}"


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ImageProblem("the layout's index is no JSON object")
    return document
