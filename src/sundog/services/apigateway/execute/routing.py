"""Resources of an API as a tree: the path of a request finds its resource, however many there are.

A literal segment goes before ``{name}``, and that before ``{name+}``, which takes the rest of the path; where
a branch leads to no resource that has methods, the next best is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
ANY = "ANY"


@dataclass(slots=True)
class _Node(Generic[T]):
    """``methods`` are those of the resource that ends here."""

    literals: dict[str, _Node[T]] = field(default_factory=dict)
    parameter: tuple[str, _Node[T]] | None = None
    greedy: tuple[str, _Node[T]] | None = None
    methods: dict[str, T] = field(default_factory=dict)

    def at(self, segment: str) -> _Node[T]:
        """The child for a segment of a resource path, made if it is not there."""
        if segment.startswith("{") and segment.endswith("+}"):
            self.greedy = self.greedy or (segment[1:-2], _Node())
            return self.greedy[1]
        if segment.startswith("{") and segment.endswith("}"):
            self.parameter = self.parameter or (segment[1:-1], _Node())
            return self.parameter[1]
        return self.literals.setdefault(segment, _Node())


class Routes(Generic[T]):
    """Methods by resource path (``/pets/{id}``) and HTTP method, with ``ANY`` for those not named.

    The path alone decides which resource is meant: if that has no such method, no other is asked.
    """

    def __init__(self, methods: Iterable[tuple[str, str, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._exact: dict[str, dict[str, T]] = {}
        self.keys: list[str] = []
        """``GET /pets/{id}``: what there is, to tell those who missed it."""
        for path, http_method, value in methods:
            node = self._root
            for segment in _segments(path):
                node = node.at(segment)
            node.methods[http_method] = value
            self.keys.append(f"{http_method} {path}")
            if "{" not in path:
                self._exact[path] = node.methods

    def find(self, http_method: str, path: str) -> tuple[T, Mapping[str, str]] | None:
        """The method for a raw request path, and its path parameters as they stand there (still encoded)."""
        parameters: dict[str, str] = {}
        methods = self._exact.get(path)
        if methods is None:
            methods = self._resource(path, parameters)
            if methods is None:
                return None
        found = methods.get(http_method) or methods.get(ANY)
        return (found, parameters) if found is not None else None

    def _resource(self, path: str, parameters: dict[str, str]) -> dict[str, T] | None:
        segments = _segments(path)
        found = self._walk(self._root, segments, 0, parameters)
        if found is None and segments and not segments[-1]:  # /pets/ is /pets where nothing takes the rest
            segments.pop()
            found = self._walk(self._root, segments, 0, parameters)
        return found

    def _walk(
        self, node: _Node[T], segments: list[str], at: int, parameters: dict[str, str]
    ) -> dict[str, T] | None:
        """The methods of the best resource below ``node`` that the rest of the path leads to."""
        if at == len(segments):
            return node.methods or None
        segment = segments[at]
        literal = node.literals.get(segment)
        if literal is None and "%" in segment:
            literal = node.literals.get(unquote(segment))
        if literal is not None:
            found = self._walk(literal, segments, at + 1, parameters)
            if found is not None:
                return found
        if node.parameter is not None and segment:
            name, child = node.parameter
            found = self._walk(child, segments, at + 1, parameters)
            if found is not None:
                parameters[name] = segment
                return found
        if node.greedy is None or not any(segments[at:]):
            return None
        name, child = node.greedy
        if child.methods:
            parameters[name] = "/".join(segments[at:])
        return child.methods or None


def _segments(path: str) -> list[str]:
    inner = path.removeprefix("/")
    return inner.split("/") if inner else []
