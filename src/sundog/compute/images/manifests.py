"""What stands in manifests, lists of manifests and image configurations.

https://github.com/opencontainers/image-spec and the Docker formats before it (Image Manifest V2, Schema 2).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sundog.compute.images.problems import ImageBroken, ImageMissing, ImageUnsupported

MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
ACCEPTED = ", ".join((*MANIFEST_TYPES, *INDEX_TYPES))
LAYERS_MAX = 127
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Blob:
    digest: str
    size: int
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    digest: str
    config: Blob
    layers: tuple[Blob, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """The same image for several architectures."""

    entries: tuple[tuple[str, Blob], ...]

    def choose(self, architecture: str) -> Blob:
        """The entry for a function's architecture. One that names no platform is taken for any."""
        wanted = _ARCHITECTURES[architecture]
        for name, blob in self.entries:
            if name in (wanted, ""):
                return blob
        known = ", ".join(sorted({name for name, _ in self.entries if name != "unknown"}))
        raise ImageMissing(f"there is no image for {wanted} in the list, only for {known or 'nothing'}")


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """How the image wants to be started, and the digests of its layers as plain tar files."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_dir: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    diff_ids: tuple[str, ...] = ()
    architecture: str = ""


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def read_manifest(body: bytes, media_type: str) -> Manifest | Index:
    """Raises `ImageUnsupported` for what is neither."""
    document = _object(body)
    kind = document.get("mediaType") or media_type.partition(";")[0].strip()
    try:
        if kind in INDEX_TYPES or (kind not in MANIFEST_TYPES and "manifests" in document):
            return Index(tuple((_platform(entry), _blob(entry)) for entry in document["manifests"]))
        if kind in MANIFEST_TYPES or "layers" in document:
            layers = tuple(_blob(entry) for entry in document["layers"])
            if len(layers) > LAYERS_MAX:
                raise ImageUnsupported(f"the image has more than {LAYERS_MAX} layers")
            return Manifest(digest_of(body), _blob(document["config"]), layers)
    except (KeyError, TypeError, ValueError) as error:
        raise ImageUnsupported(f"the manifest lacks something: {error}") from None
    raise ImageUnsupported(f"a manifest of type {kind or 'unknown'}")


def read_config(body: bytes) -> ImageConfig:
    document = _object(body)
    config = document.get("config") or {}
    pairs = (text.partition("=") for text in config.get("Env") or ())
    try:
        return ImageConfig(
            tuple(map(str, config.get("Entrypoint") or ())),
            tuple(map(str, config.get("Cmd") or ())),
            str(config.get("WorkingDir") or ""),
            {name: value for name, _, value in pairs},
            tuple(map(str, document["rootfs"]["diff_ids"])),
            str(document.get("architecture") or ""),
        )
    except (KeyError, TypeError) as error:
        raise ImageUnsupported(f"the image's configuration lacks something: {error}") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ImageBroken("what should describe the image is no JSON object")
    return document


def _blob(entry: Mapping[str, Any]) -> Blob:
    digest = str(entry["digest"])
    if not digest.startswith("sha256:") or len(digest) != 71 or digest[7:].strip("0123456789abcdef"):
        raise ValueError(f"{digest!r} is no sha256 digest")
    return Blob(digest, int(entry["size"]), str(entry.get("mediaType", "")))


def _platform(entry: Mapping[str, Any]) -> str:
    platform = entry.get("platform") or {}
    is_linux = platform.get("os", "linux") == "linux"
    return str(platform.get("architecture", "")) if is_linux else "unknown"
