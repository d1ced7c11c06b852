"""One layer: from a tar file to a folder of its own, with a note of what it takes away from those below.

Nothing of a layer is trusted: names cannot lead outside the folder, links are followed within it only,
devices, owners and set-uid bits are left out, and the content must have the digest it is known by.
"""

# pathlib would double the time of a layer with thousands of files
# ruff: noqa: PTH101, PTH102, PTH108, PTH112, PTH114, PTH115, PTH211

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from sundog.compute.images.problems import ImageBroken, ImageUnsupported

BYTES_MAX = 10 * 1024 * 1024 * 1024
"""AWS: an image's uncompressed size, including all layers."""

ENTRIES_MAX = 2_000_000
_LINKS_MAX = 40
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_MODE_MASK, _OWN_FILE, _OWN_FOLDER = 0o777, 0o400, 0o700


@dataclass(slots=True)
class LayerNotes:
    """Paths below the folder. ``implied`` folders came with something in them, but without an entry."""

    removed: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    implied: list[str] = field(default_factory=list)

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> LayerNotes:
        return cls(**json.loads(file.read_text()))


class _Measured(io.RawIOBase):
    """A file whose bytes are counted and hashed as they are read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.hash = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.hash.update(data)
        self.size += len(data)
        if self.size > BYTES_MAX:
            raise ImageBroken(f"a layer is larger than {BYTES_MAX} bytes")
        return data


def unpack_layer(archive: Path, folder: Path, diff_id: str) -> LayerNotes:
    """Write the layer's files below ``folder``. Raises `ImageBroken` or `ImageUnsupported`."""
    with archive.open("rb") as file:
        magic = file.read(4)
    if magic == _ZSTD:
        raise ImageUnsupported("a layer is compressed by zstd; build the image with gzip layers")
    with gzip.open(archive) if magic.startswith(_GZIP) else archive.open("rb") as plain:
        measured = _Measured(plain)  # type: ignore[arg-type]
        try:
            notes = _Layer(folder).unpack(measured)
            while measured.read(1 << 20):
                pass
        except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
            raise ImageBroken(f"a layer cannot be unpacked: {error}") from error
    found = f"sha256:{measured.hash.hexdigest()}"
    if found != diff_id:
        raise ImageBroken(f"a layer is {found} and should be {diff_id}")
    return notes


class _Layer:
    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.notes = LayerNotes()
        self._folders: dict[str, str] = {}  # where the folder of a name really is

    def unpack(self, source: _Measured) -> LayerNotes:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for count, member in enumerate(tar):
                if count > ENTRIES_MAX:
                    raise ImageBroken(f"a layer has more than {ENTRIES_MAX} entries")
                self._take(tar, member)
        return self.notes

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        parts = _parts(member.name)
        if not parts:
            return
        folder, name = self._folder("/".join(parts[:-1])), parts[-1]
        if name == _OPAQUE:
            self.notes.emptied.append("/".join(parts[:-1]))
        elif name.startswith(_WHITEOUT):
            self.notes.removed.append("/".join([*parts[:-1], _removed_name(name)]))
        else:
            self._place(tar, member, "/".join(parts), f"{folder}/{name}")

    def _place(self, tar: tarfile.TarFile, member: tarfile.TarInfo, name: str, path: str) -> None:
        mode = member.mode & _MODE_MASK
        if member.isdir():
            self._clear(path, but_folder=True)
            if not os.path.isdir(path):
                os.mkdir(path)
            os.chmod(path, mode | _OWN_FOLDER)
            if name in self.notes.implied:
                self.notes.implied.remove(name)
            return
        if member.isreg():
            self._clear(path)
            self._write(tar, member, path, mode)
        elif member.issym():
            self._clear(path)
            os.symlink(member.linkname, path)
        elif member.islnk():
            self._link(member.linkname, path)
        # Devices and pipes: nobody may make them here, and /dev is the environment's own

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, mode: int) -> None:
        content = tar.extractfile(member)
        assert content is not None
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            shutil.copyfileobj(content, file, 1 << 18)
        os.chmod(path, mode | _OWN_FILE)
        os.utime(path, (member.mtime, member.mtime))  # compiled Python code looks at it

    def _link(self, target: str, path: str) -> None:
        parts = _parts(target)
        if not parts:
            raise ImageBroken("a hard link leads to the root")
        source = f"{self._folder('/'.join(parts[:-1]))}/{parts[-1]}"
        if os.path.isdir(source) and not os.path.islink(source):
            raise ImageBroken(f"a hard link leads to the folder {target}")
        if source == path:
            return
        self._clear(path)
        os.link(source, path, follow_symlinks=False)

    def _clear(self, path: str, *, but_folder: bool = False) -> None:
        """A later entry wins over whatever has its name; a folder may stay for a folder.

        With a folder gone, or a link in its place, what is known of the ways below no longer holds.
        """
        if os.path.isdir(path) and not os.path.islink(path):
            if not but_folder:
                shutil.rmtree(path)
                self._folders.clear()
        elif os.path.lexists(path):
            os.unlink(path)
            self._folders.clear()

    # Folders

    def _folder(self, name: str) -> str:
        """Where this folder is, made if need be; links on the way are followed inside the root."""
        known = self._folders.get(name)
        if known is None:
            known = self._folders[name] = self._resolve(_parts(name), 0)
        return known

    def _resolve(self, parts: list[str], links: int) -> str:
        here: list[str] = []
        for index, part in enumerate(parts):
            if part == "..":
                here = here[:-1]
                continue
            path = "/".join((self.root, *here, part))
            if os.path.islink(path):
                if links >= _LINKS_MAX:
                    raise ImageBroken("a layer's links run in circles")
                target = os.readlink(path)
                rest = [p for p in (*target.split("/"), *parts[index + 1 :]) if p not in ("", ".")]
                base = [] if target.startswith("/") else here
                return self._resolve([*base, *rest], links + 1)
            if not os.path.isdir(path):
                self._clear(path)
                os.mkdir(path, 0o755)
                self.notes.implied.append("/".join((*here, part)))
            here.append(part)
        return "/".join((self.root, *here))


def _removed_name(name: str) -> str:
    removed = name.removeprefix(_WHITEOUT)
    if removed in ("", ".", ".."):
        raise ImageBroken(f"a layer takes away {name!r}")
    return removed


def _parts(name: str) -> list[str]:
    """Of a member's name: relative to the root, whatever it says."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise ImageBroken(f"a layer leads outside: {name!r}")
    return parts
