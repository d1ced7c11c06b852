"""JSON-Patch as API Gateway speaks it: which paths of a resource may be patched, and what each of them does.

A `PatchTable` lists the spots of one resource; `apply` carries out operations on a copy of its body. Texts
become numbers and flags by the spot. Paths are JSON pointers: ``~1`` stands for ``/``, ``~0`` for ``~``.

Two ways of wording a refusal are recorded. Some resources say
``Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/a, /b]`` and, where nothing takes
that operation, ``Please choose supported operations``; the others say ``Invalid patch path /x``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sundog.services.apigateway.errors import BadRequestException, NotFoundException
from sundog.services.apigateway.model import Body

TAIL: Final = "<resourcePath>"
"""A segment that a path may be written into without escaping its slashes."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,10}")
_INTEGER_MAX: Final = (1 << 31) - 1
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")

Segments = Sequence[str]
Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One operation: ``segments`` is its path, unescaped; ``value`` as it came, None if it did not."""

    op: str
    path: str
    segments: tuple[str, ...]
    value: str | None
    source: str = ""
    """The ``from`` of a copy."""


Edit = Callable[[Body, Change], None]


@dataclass(frozen=True, slots=True)
class Spot:
    """``path``: a segment in braces (AWS prints some in angles) stands for any one, `TAIL` also for more.

    ``ops``: separated by blanks.
    """

    path: str
    ops: str
    edit: Edit

    @property
    def pattern(self) -> tuple[str, ...]:
        return parse_path(self.path)

    def takes(self, segments: Segments) -> bool:
        pattern, more = self.pattern, len(segments) - len(self.pattern)
        if TAIL in pattern and more > 0:
            at = pattern.index(TAIL)
            segments = (*segments[:at], *segments[at + more :])
        return len(pattern) == len(segments) and all(
            wanted == given or wanted[:1] in ("{", "<")
            for wanted, given in zip(pattern, segments, strict=True)
        )

    def allows(self, op: str) -> bool:
        return op in self.ops.split()


@dataclass(frozen=True, slots=True)
class Quoting:
    """The longer wording, about all operations that are wrong."""

    def joined(self, refusals: Sequence[BadRequestException]) -> BadRequestException:
        return BadRequestException(", ".join(refusal.message for refusal in refusals))

    def unknown(self, change: Change, spots: Iterable[Spot]) -> BadRequestException:
        return self._refuse(change, spots)

    def refused(self, change: Change, _spot: Spot, spots: Iterable[Spot]) -> BadRequestException:
        return self._refuse(change, spots)

    def _refuse(self, change: Change, spots: Iterable[Spot]) -> BadRequestException:
        listed = [spot.path for spot in spots if spot.allows(change.op)]
        rest = f"Must be one of: [{', '.join(listed)}]" if listed else "Please choose supported operations"
        return BadRequestException(
            f"Invalid patch path  '{change.path}' specified for op '{change.op}'. {rest}"
        )


@dataclass(frozen=True, slots=True)
class Plain:
    """The shorter wording, about the first; ``names_ops``: a known path tells what can be done to it."""

    names_ops: bool = False

    def joined(self, refusals: Sequence[BadRequestException]) -> BadRequestException:
        return refusals[0]

    def unknown(self, change: Change, _spots: Iterable[Spot]) -> BadRequestException:
        return BadRequestException(f"Invalid patch path {change.path}")

    def refused(self, change: Change, spot: Spot, spots: Iterable[Spot]) -> BadRequestException:
        if not self.names_ops:
            return self.unknown(change, spots)
        ops = ", ".join(spot.ops.split())
        return BadRequestException(f"Invalid patch operation specified. Must be one of: [{ops}]")


@dataclass(frozen=True, slots=True)
class PatchTable:
    """What may be patched in one kind of resource. A path may be in it twice, once for each group of ops."""

    spots: tuple[Spot, ...]
    wording: Quoting | Plain = field(default_factory=Plain)

    def match(self, change: Change) -> Spot | None:
        """The spot that takes this operation at this path."""
        found = (spot for spot in self.spots if spot.takes(change.segments) and spot.allows(change.op))
        return next(found, None)

    def refuse(self, change: Change) -> BadRequestException:
        known = next((spot for spot in self.spots if spot.takes(change.segments)), None)
        if known is None:
            return self.wording.unknown(change, self.spots)
        return self.wording.refused(change, known, self.spots)

    def apply(self, body: Mapping[str, Any], operations: Iterable[Mapping[str, Any]] | None) -> Body:
        """The body after all operations, in order, if all are allowed. The body itself is left as it was."""
        patched = copy.deepcopy(dict(body))
        matched = [(change, self.match(change)) for change in parse_operations(operations)]
        refusals = [self.refuse(change) for change, spot in matched if spot is None]
        if refusals:
            raise self.wording.joined(refusals)
        for change, spot in matched:
            assert spot is not None
            spot.edit(patched, change)
        return patched


def parse_operations(operations: Iterable[Mapping[str, Any]] | None) -> list[Change]:
    return [
        Change(
            operation.get("op") or "null",
            "null" if operation.get("path") is None else operation["path"],
            parse_path(operation.get("path") or ""),
            operation.get("value"),
            operation.get("from") or "",
        )
        for operation in operations or ()
    ]


def parse_path(path: str) -> tuple[str, ...]:
    """The segments of a pointer; a path that does not begin with a slash is none and leads nowhere."""
    if not path.startswith("/"):
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))


# How values are read


def text(value: str) -> str:
    return value


def flag(value: str) -> bool:
    """Everything but true is false."""
    return value.lower() == "true"


def integer(value: str) -> int:
    if not _INTEGER.fullmatch(value) or abs(int(value)) > _INTEGER_MAX:
        raise BadRequestException(f"Invalid patch value '{value}' specified. Must be an integer")
    return int(value)


def number(value: str) -> float:
    if not _NUMBER.fullmatch(value):
        raise BadRequestException(f"Invalid patch value '{value}' specified. Must be a number")
    return float(value)


# What happens at a spot


def member(*path: str, read: Read = text, blank: Any = None) -> Edit:
    """Sets a member, or removes it. An empty value removes it too: AWS forgets empty texts.

    ``blank``: what an empty value means for a member that must not be missing; a flag is false then.
    """
    if read is flag:
        blank = False

    def edit(body: Body, change: Change) -> None:
        holder = _holder(body, path[:-1], creates=change.op != "remove")
        if change.op != "remove" and change.value:
            holder[path[-1]] = read(change.value)
        elif blank is not None:
            holder[path[-1]] = blank
        else:
            holder.pop(path[-1], None)
        _prune(body, path[:-1])

    return edit


def entry(*path: str, read: Read = text, empty: str = "", absent: str = "") -> Edit:
    """Sets or removes the entry of a map that the last segment names.

    ``empty``: the message about an empty value, where there is one; ``absent``: about an entry to replace or
    remove that is not there, where that is a mistake.
    """

    def edit(body: Body, change: Change) -> None:
        entries, name = _holder(body, path, creates=change.op != "remove"), change.segments[-1]
        if empty and not change.value and change.op != "remove":
            raise BadRequestException(empty)
        if absent and change.op != "add" and name not in entries:
            raise NotFoundException(absent)
        if change.op == "remove":
            entries.pop(name, None)
        else:
            entries[name] = read(change.value or "")
        _prune(body, path)

    return edit


def item(*path: str) -> Edit:
    """A list as a set of texts: the last segment names the one that is added, removed, or replaced."""

    def edit(body: Body, change: Change) -> None:
        items = _list(body, path)
        if change.op == "add":
            _add(items, change.segments[-1])
        else:
            _remove(items, change.segments[-1])
        if change.op == "replace":
            _add(items, change.value or "")
        _prune(body, path)

    return edit


def items(*path: str) -> Edit:
    """A list as a set of texts: the value is added or removed; without a value everything goes."""

    def edit(body: Body, change: Change) -> None:
        found = _list(body, path)
        if change.op == "add":
            _add(found, change.value or "")
        elif change.op == "replace":
            found[:] = [part.strip() for part in (change.value or "").split(",") if part.strip()]
        elif change.value:
            _remove(found, change.value)
        else:
            found.clear()
        _prune(body, path)

    return edit


def first_item(*path: str) -> Edit:
    """A list of one text: whatever the segment says, the value takes its place."""

    def edit(body: Body, change: Change) -> None:
        _list(body, path)[:] = [change.value or ""]

    return edit


def ignored(_body: Body, _change: Change) -> None:
    """AWS takes it and does nothing."""


def _holder(body: Body, path: Segments, *, creates: bool) -> Body:
    holder = body
    for name in path:
        inner = holder.get(name)
        if inner is None:
            inner = {}
            if creates:
                holder[name] = inner
        holder = inner
    return holder


def _list(body: Body, path: Segments) -> list[str]:
    found: list[str] = _holder(body, path[:-1], creates=True).setdefault(path[-1], [])
    return found


def _add(items: list[str], value: str) -> None:
    if value and value not in items:
        items.append(value)


def _remove(items: list[str], value: str) -> None:
    if value in items:
        items.remove(value)


def _prune(body: Body, path: Segments) -> None:
    """Maps and lists that have become empty are gone: AWS does not show them."""
    for length in range(len(path), 0, -1):
        holder = _holder(body, path[: length - 1], creates=False)
        if holder.get(path[length - 1]) in ({}, []):
            del holder[path[length - 1]]
