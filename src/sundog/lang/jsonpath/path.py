"""A compiled path: what it finds in a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class InvalidPath(Exception):
    """The text is no path. The message is Jayway's."""


@dataclass(frozen=True, slots=True)
class Path:
    """``find(root)`` gives the value of a definite path or MISSING, the list of all values of another."""

    text: str
    is_definite: bool
    find: Callable[[Any], Any]


def compile_path(text: str) -> Path:
    """``text`` starts at ``$``. Raises `InvalidPath`."""
    raise NotImplementedError
