"""Reference paths: names and indexes only, so that a value can be put there (ResultPath)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sundog.lang.jsonpath.path import compile_path
from sundog.lang.jsonpath.steps import Indexes, InvalidPath, Names

INDEX_MAX = 100_000
"""How far beyond its end an array may be written to."""


class PathNotWritable(Exception):
    """The value has no place there (States.ResultPathMatchFailure). The message is AWS's cause."""


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """``steps`` lead from the root; none means the root itself."""

    text: str
    steps: tuple[str | int, ...] = ()

    def write(self, root: Any, value: Any) -> Any:
        """``root`` with ``value`` at this path: a new value, sharing what did not change.

        Names that are not there are made. Raises `PathNotWritable` where the path meets a value that
        cannot have such a member.
        """
        if not self.steps:
            return value
        try:
            return _written(root, self.steps, value)
        except _Mismatch:
            shown = json.dumps(root, separators=(",", ":"), ensure_ascii=False)
            raise PathNotWritable(f"Unable to apply ReferencePath {self.text} to input {shown}") from None


class _Mismatch(Exception):
    """A step and the value it meets do not fit."""


def compile_reference_path(text: str) -> ReferencePath:
    """Raises `InvalidPath`."""
    steps: list[str | int] = []
    for step in compile_path(text).steps:
        match step:
            case Names((name,)):
                steps.append(name)
            case Indexes((index,)) if index >= 0:
                steps.append(index)
            case _:
                raise InvalidPath("Value must be a valid reference path.")
    return ReferencePath(text, tuple(steps))


def _written(target: Any, steps: tuple[str | int, ...], value: Any) -> Any:
    if not steps:
        return value
    key, rest = steps[0], steps[1:]
    if isinstance(key, str):
        if not isinstance(target, dict):
            raise _Mismatch
        return {**target, key: _written(target.get(key, {}) if rest else None, rest, value)}
    if not isinstance(target, list) or key > len(target) or key > INDEX_MAX:
        raise _Mismatch
    inner = target[key] if key < len(target) else {}
    return [*target[:key], _written(inner, rest, value), *target[key + 1 :]]
