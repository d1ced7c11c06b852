"""The parts of a path, as the parser finds them and the compiler turns them into closures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class InvalidPath(Exception):
    """The text is no path. The message says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """``.a``, ``['a']``; several names select several members (merged into one object at the end)."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexes:
    """``[0]``, ``[-1]``, ``[0,2]``."""

    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """``[1:3]``; either end may be open."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``.*`` and ``[*]``: every member or element."""


@dataclass(frozen=True, slots=True)
class Scan:
    """``..``: the value and everything inside it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?(...)]``: elements for which ``accepts(element, root)``."""

    text: str
    accepts: Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Call:
    """``.length()``: a function of what was found so far. ``arguments`` are read against the root."""

    name: str
    arguments: tuple[Callable[[Any], Any], ...]


Step = Names | Indexes | Slice | Wildcard | Scan | Filter | Call


def is_definite(step: Step) -> bool:
    """Whether the step leads to one place at most."""
    match step:
        case Names(names):
            return len(names) == 1
        case Indexes(indexes):
            return len(indexes) == 1
        case Call():
            return True
    return False


def fragment(step: Step) -> str:
    """The step as Jayway writes it in its messages."""
    match step:
        case Names(names):
            return "[" + ",".join(f"'{name}'" for name in names) + "]"
        case Indexes(indexes):
            return "[" + ",".join(map(str, indexes)) + "]"
        case Slice(start, stop):
            return f"[{'' if start is None else start}:{'' if stop is None else stop}]"
        case Wildcard():
            return "[*]"
        case Scan():
            return ".."
        case Filter():
            return "[?]"
        case Call(name):
            return f".{name}()"
