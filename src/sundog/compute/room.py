"""What one environment gets on this machine's disk: its layers laid over one another, a folder for /tmp."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sundog.compute.contract import FunctionSpec
from sundog.compute.variables import Places
from sundog.compute.zygote import INSIDE, Walls


@dataclass(frozen=True, slots=True)
class Room:
    """``opt`` is None without layers; ``tmp`` matters where the function has no root of its own."""

    opt: Path | None
    tmp: Path

    def places(self, spec: FunctionSpec, walls: Walls) -> Places:
        """Where the function finds its things behind these walls."""
        if walls == "namespaces":
            return Places()
        return Places(str(spec.code_dir), str(INSIDE), str(self.opt or "/opt"), str(self.tmp))

    def extension_names(self, spec: FunctionSpec) -> list[str]:
        """Every file in /opt/extensions is an external extension, named as the file."""
        opt = spec.image.root / "opt" if spec.image is not None else self.opt
        folder = opt / "extensions" if opt is not None else None
        if folder is None or not folder.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_file())

    def has_bootstrap(self, spec: FunctionSpec) -> bool:
        return bool(self.bootstrap(spec, Places()))

    def bootstrap(self, spec: FunctionSpec, places: Places) -> str:
        """Where a custom runtime's program is, as the function sees it; empty when there is none."""
        if (spec.code_dir / "bootstrap").is_file():
            return f"{places.task}/bootstrap"
        if self.opt is not None and (self.opt / "bootstrap").is_file():
            return f"{places.opt}/bootstrap"
        return ""


def make_room(folder: Path, layers: tuple[Path, ...]) -> Room:
    """``folder`` is an empty one of the environment's own."""
    tmp = folder / "tmp"
    tmp.mkdir()
    return Room(_merge_layers(layers, folder / "opt"), tmp)


def _merge_layers(layers: tuple[Path, ...], target: Path) -> Path | None:
    """One folder with all layers laid over one another in order; links instead of copies where possible."""
    if not layers:
        return None
    if len(layers) == 1:
        return layers[0]
    for layer in layers:
        shutil.copytree(layer, target, symlinks=True, dirs_exist_ok=True, copy_function=_link_over)
    return target


def _link_over(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
