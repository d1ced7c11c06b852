"""Part: container images as functions' code. A version's key names the image's digest and where it was.

As on AWS a tag is looked up once, when the code is set: who moves it later calls UpdateFunctionCode.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sundog.compute.contract import ImageProgram
from sundog.compute.images.names import ImageName, parse_image_name
from sundog.compute.images.problems import (
    BadImageName,
    ImageDenied,
    ImageMissing,
    ImageProblem,
    ImageUnsupported,
)
from sundog.compute.images.store import ImageStore
from sundog.context import Context
from sundog.service import Part
from sundog.services.lambda_.bundles import Bundles
from sundog.services.lambda_.errors import InvalidParameterValueException, InvalidRuntimeException
from sundog.services.lambda_.model import Bundle, Version

_KEY = "image:"
_LOGINS = Path(".docker") / "config.json"


class Images(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._store: ImageStore | None = None

    async def start(self) -> None:
        """Only now the bundles know their folder."""
        folder = self._ctx.part(Bundles).work_dir.with_name("images")
        self._store = ImageStore(folder, self._ctx.ids.hex, Path.home() / _LOGINS)

    async def forget(self) -> None:
        """Images stay: they are the same for everybody, and long to pull."""

    @property
    def store(self) -> ImageStore:
        assert self._store is not None, "images have not been started"
        return self._store

    async def take(self, uri: str, architecture: str) -> Bundle:
        """Look up an image. Raises InvalidParameterValueException in AWS's words where it has any."""
        try:
            found = await self.store.resolve(uri, architecture)
        except ImageProblem as problem:
            raise InvalidParameterValueException(reason=_explain(uri, problem)) from None
        return Bundle(f"{_KEY}{found.digest} {uri}", found.digest.removeprefix("sha256:"), 0, 0)

    async def prepare(self, key: str) -> str:
        """Have everything of the image here; what is wrong with it, in a sentence, or nothing."""
        try:
            await self._root(key)
        except ImageProblem as problem:
            return f"The image cannot be used: {problem}"
        return ""

    async def program(self, version: Version) -> ImageProgram | None:
        """What a version runs, None where its code is no image. Raises InvalidRuntimeException."""
        if not is_image(version.code):
            return None
        digest, uri = _read(version.code)
        try:
            root = await self._root(version.code)
        except ImageProblem as problem:
            raise InvalidRuntimeException(reason=f"The image {uri} cannot be used: {problem}") from None
        config = self.store.config(digest)
        asked: Mapping[str, Any] = (version.settings.get("ImageConfigResponse") or {}).get(
            "ImageConfig"
        ) or {}
        # As Docker does: an entry point of one's own leaves the image's command aside
        command = asked.get("Command") or (() if asked.get("EntryPoint") else config.command)
        argv = (*(asked.get("EntryPoint") or config.entrypoint), *command)
        folder = asked.get("WorkingDirectory") or config.working_dir or "/"
        handler = command[0] if command else ""
        return ImageProgram(root, tuple(argv), folder, config.environment, handler)

    async def _root(self, key: str) -> Path:
        digest, uri = _read(key)
        if not self.store.knows(digest):  # the data folder was lost, the database was not
            await self.store.resolve(parse_image_name(uri).resolved(digest), "x86_64")
        return await self.store.root(digest)


def is_image(key: str) -> bool:
    return key.startswith(_KEY)


def location(key: str) -> dict[str, str]:
    """FunctionCodeLocation of an image."""
    digest, uri = _read(key)
    return {
        "RepositoryType": "ECR",
        "ImageUri": uri,
        "ResolvedImageUri": parse_image_name(uri).resolved(digest),
    }


def reads_files(uri: str) -> bool:
    """Whether the URI names a file of this machine."""
    try:
        name: ImageName = parse_image_name(uri)
    except BadImageName:
        return False
    return name.is_file


def _read(key: str) -> tuple[str, str]:
    digest, _, uri = key.removeprefix(_KEY).partition(" ")
    return digest, uri


def _explain(uri: str, problem: ImageProblem) -> str:
    match problem:
        case BadImageName():
            return f"Source image {uri} is not valid. Provide a valid source image."
        case ImageMissing():
            return f"Source image {uri} does not exist. Provide a valid source image. ({problem})"
        case ImageDenied():
            return f"Source image {uri} cannot be read: {problem}."
        case ImageUnsupported():
            return (
                f"The image manifest, config or layer media type for the source image {uri} is not "
                f"supported. ({problem})"
            )
        case _:
            return f"Source image {uri} cannot be used: {problem}."
