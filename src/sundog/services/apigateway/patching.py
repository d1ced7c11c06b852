"""JSON-Patch as API Gateway speaks it: which paths of a resource may be patched, and what each of them does.

A `PatchTable` lists the spots of one resource; `apply` carries out operations on a copy of its body, by the
edit of each spot (`edits`). Paths are JSON pointers: ``~1`` stands for ``/``, ``~0`` for ``~``.

Two ways of wording a refusal are recorded. Some resources say
``Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/a, /b]`` and, where nothing takes
that operation, ``Please choose supported operations``; the others say ``Invalid patch path /x``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.model import Body

TAIL: Final = "<resourcePath>"
"""A segment that a path may be written into without escaping its slashes."""

Segments = Sequence[str]


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
    """What may be patched in one kind of resource, each path once."""

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
