"""Names of images: ``host/repository:tag``, ``host/repository@sha256:...``; files as skopeo spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sundog.compute.images.problems import BadImageName

Kind = Literal["registry", "oci", "docker-archive"]
_DIGEST = r"sha256:[0-9a-f]{64}"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REGISTRY = re.compile(
    rf"(?P<host>localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:)|\[[0-9a-f:]+\])(?P<port>:\d+)?"
    rf"/(?P<repository>{_PART}(?:/{_PART})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>{_DIGEST}))?"
)
_FILE = re.compile(
    rf"(?P<kind>oci|docker-archive):(?P<path>/[^:@]*)(?::(?P<tag>[^@]+))?(?:@(?P<digest>{_DIGEST}))?"
)
_LOOPBACK = re.compile(r"(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?")


@dataclass(frozen=True, slots=True)
class ImageName:
    """``place`` is a registry's host and port, or the path of a file or folder."""

    kind: Kind
    place: str
    repository: str = ""
    tag: str = ""
    digest: str = ""

    @property
    def is_file(self) -> bool:
        return self.kind != "registry"

    @property
    def reference(self) -> str:
        """What a manifest is asked for by."""
        return self.digest or self.tag or ("" if self.is_file else "latest")

    @property
    def base_url(self) -> str:
        """Of the registry: in the clear only where it never leaves the machine."""
        scheme = "http" if _LOOPBACK.fullmatch(self.place) else "https"
        return f"{scheme}://{self.place}"

    @property
    def path(self) -> Path:
        return Path(self.place)

    def resolved(self, digest: str) -> str:
        """The name that means this very content for ever."""
        if self.is_file:
            return f"{self.kind}:{self.place}@{digest}"
        return f"{self.place}/{self.repository}@{digest}"


def parse_image_name(uri: str) -> ImageName:
    """Raises `BadImageName`. A registry must be named: there is no default one."""
    if found := _FILE.fullmatch(uri):
        kind: Kind = "oci" if found["kind"] == "oci" else "docker-archive"
        return ImageName(kind, found["path"], "", found["tag"] or "", found["digest"] or "")
    found = _REGISTRY.fullmatch(uri)
    if found is None:
        raise BadImageName(f"{uri!r} is not the name of an image")
    place = found["host"] + (found["port"] or "")
    return ImageName("registry", place, found["repository"], found["tag"] or "", found["digest"] or "")
