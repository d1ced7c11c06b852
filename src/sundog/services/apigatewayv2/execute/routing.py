"""Which route does a request mean? A tree of path segments; its cost is that of the path, not of the routes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
A full match of method and path comes before one with a greedy variable, that before ``$default``; segments
that are texts come before variables, a method before ANY.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Route = TypeVar("Route")
ANY: Final = "ANY"
DEFAULT: Final = "$default"


@dataclass(frozen=True, slots=True)
class Match(Generic[Route]):
    """``parameters``: values of the path's variables, decoded. Empty for ``$default``."""

    route: Route
    parameters: Mapping[str, str]


@dataclass(slots=True)
class _Leaf(Generic[Route]):
    """Routes of one path by method; each with the names that it has for the variables."""

    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)

    def find(self, method: str) -> tuple[Route, tuple[str, ...]] | None:
        return self.routes.get(method) or self.routes.get(ANY)


@dataclass(slots=True)
class _Node(Generic[Route]):
    texts: dict[str, _Node[Route]] = field(default_factory=dict)
    variable: _Node[Route] | None = None
    here: _Leaf[Route] = field(default_factory=_Leaf)
    greedy: _Leaf[Route] = field(default_factory=_Leaf)


class Routes(Generic[Route]):
    """The routes of an API, by ``METHOD /path`` or ``$default``."""

    def __init__(self, routes: Iterable[tuple[str, Route]]) -> None:
        self._root: _Node[Route] = _Node()
        self._default: Match[Route] | None = None
        for key, route in routes:
            self._add(key, route)

    def find(self, method: str, segments: list[str]) -> Match[Route] | None:
        """The route for a path, given as its decoded segments: ``/`` is one empty segment."""
        found = _full(self._root, segments, 0, method, ()) or _greedy(self._root, segments, 0, method, ())
        if found is None:
            return self._default
        (route, names), values = found
        return Match(route, dict(zip(names, values, strict=True)))

    def _add(self, key: str, route: Route) -> None:
        if key == DEFAULT:
            self._default = Match(route, {})
            return
        method, _, path = key.partition(" ")
        node, names = self._root, []
        for segment in path.removeprefix("/").split("/"):
            if not segment.startswith("{"):
                node = node.texts.setdefault(segment, _Node())
                continue
            names.append(segment.strip("{+}"))
            if segment.endswith("+}"):
                node.greedy.routes[method] = route, tuple(names)
                return
            if node.variable is None:
                node.variable = _Node()
            node = node.variable
        node.here.routes[method] = route, tuple(names)


_Found = tuple[tuple[Route, tuple[str, ...]], tuple[str, ...]]


def _full(
    node: _Node[Route], segments: list[str], at: int, method: str, values: tuple[str, ...]
) -> _Found[Route] | None:
    if at == len(segments):
        found = node.here.find(method)
        return None if found is None else (found, values)
    segment = segments[at]
    child = node.texts.get(segment)
    if child is not None and (found_below := _full(child, segments, at + 1, method, values)):
        return found_below
    if node.variable is not None and segment:
        return _full(node.variable, segments, at + 1, method, (*values, segment))
    return None


def _greedy(
    node: _Node[Route], segments: list[str], at: int, method: str, values: tuple[str, ...]
) -> _Found[Route] | None:
    """The deepest greedy variable on the way; it takes at least one segment that is not empty."""
    if at == len(segments):
        return None
    segment = segments[at]
    child = node.texts.get(segment)
    if child is not None and (found_below := _greedy(child, segments, at + 1, method, values)):
        return found_below
    if (
        node.variable is not None
        and segment
        and (found_below := _greedy(node.variable, segments, at + 1, method, (*values, segment)))
    ):
        return found_below
    rest = "/".join(segments[at:])
    found = node.greedy.find(method) if rest else None
    return None if found is None else (found, (*values, rest))
