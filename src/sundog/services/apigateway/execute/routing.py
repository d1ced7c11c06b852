"""Resources of an API as a tree: the path of a request finds its resource, however many there are.

A literal segment goes before ``{name}``, and that before ``{name+}``, which takes the rest of the path; where
a branch leads to no resource with a method for the request, the next best is tried.
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
    """Methods by resource path (``/pets/{id}``) and HTTP method, with ``ANY`` for those not named."""

    def __init__(self, methods: Iterable[tuple[str, str, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._exact: dict[tuple[str, str], T] = {}
        for path, http_method, value in methods:
            node = self._root
            for segment in _segments(path):
                node = node.at(segment)
            node.methods[http_method] = value
            if "{" not in path:
                self._exact[http_method, path] = value

    def find(self, http_method: str, path: str) -> tuple[T, Mapping[str, str]] | None:
        """The method for a raw request path, and its path parameters as they stand there (still encoded)."""
        exact = self._exact.get((http_method, path))
        if exact is not None:
            return exact, {}
        parameters: dict[str, str] = {}
        segments = _segments(path)
        found = self._walk(self._root, http_method, segments, 0, parameters)
        if found is None and segments and not segments[-1]:  # /pets/ is /pets where nothing takes the rest
            segments.pop()
            found = self._walk(self._root, http_method, segments, 0, parameters)
        return (found, parameters) if found is not None else None

    def _walk(
        self, node: _Node[T], http_method: str, segments: list[str], at: int, parameters: dict[str, str]
    ) -> T | None:
        if at == len(segments):
            return node.methods.get(http_method) or node.methods.get(ANY)
        segment = segments[at]
        literal = node.literals.get(segment)
        if literal is None and "%" in segment:
            literal = node.literals.get(unquote(segment))
        if literal is not None:
            found = self._walk(literal, http_method, segments, at + 1, parameters)
            if found is not None:
                return found
        if node.parameter is not None and segment:
            name, child = node.parameter
            found = self._walk(child, http_method, segments, at + 1, parameters)
            if found is not None:
                parameters[name] = segment
                return found
        return self._rest(node, http_method, segments, at, parameters)

    def _rest(
        self, node: _Node[T], http_method: str, segments: list[str], at: int, parameters: dict[str, str]
    ) -> T | None:
        if node.greedy is None or not any(segments[at:]):
            return None
        name, child = node.greedy
        found = child.methods.get(http_method) or child.methods.get(ANY)
        if found is not None:
            parameters[name] = "/".join(segments[at:])
        return found


def _segments(path: str) -> list[str]:
    inner = path.removeprefix("/")
    return inner.split("/") if inner else []
