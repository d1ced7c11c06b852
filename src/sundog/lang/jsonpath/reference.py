"""Reference paths: names and indexes only, so that a value can be put there (ResultPath)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class PathNotWritable(Exception):
    """The value has no place there (States.ResultPathMatchFailure). The message is AWS's cause."""


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """``steps`` lead from the root; none means the root itself."""

    text: str
    steps: tuple[str | int, ...] = ()

    def write(self, root: Any, value: Any) -> Any:
        """``root`` with ``value`` at this path: a new value, sharing what did not change.

        Raises `PathNotWritable`.
        """
        raise NotImplementedError


def compile_reference_path(text: str) -> ReferencePath:
    """Raises `sundog.lang.jsonpath.path.InvalidPath`."""
    raise NotImplementedError
