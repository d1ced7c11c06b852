"""Paths of REST operations as a tree of segments, compiled once per service.

A literal segment beats a label, a label beats a greedy label. Where several operations share method and
path, the one that names more of the query string (``?list-type=2``) or has more of its required query
and header parameters present wins, as S3 tells ListObjectsV2 from ListObjects and CopyObject from PutObject.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel


@dataclass(frozen=True, slots=True)
class PathMatch:
    operation: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One operation: what it wants besides method and path, and its labels in the order of the path."""

    operation: str
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str], ...]
    query: frozenset[str]
    headers: frozenset[str]
    is_deprecated: bool

    @property
    def demands(self) -> tuple[int, int, bool]:
        return len(self.literals), len(self.query) + len(self.headers), not self.is_deprecated


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    label: _Node | None = None
    greedy: _Node | None = None
    leaves: dict[str, list[_Leaf]] = field(default_factory=dict)


class Paths:
    """The operations of one REST service by method and path."""

    def __init__(self, model: ServiceModel) -> None:
        self._root = _Node()
        for name in model.operation_names:
            self._add(model.operation_model(name))

    def match(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> PathMatch | None:
        """The operation that a raw path and query mean, with its labels decoded."""
        segments = path.split("/")[1:]
        for node, values in _walk(self._root, segments, 0, ()):
            leaf = _choose(node.leaves.get(method, ()), query, headers)
            if leaf is not None:
                return PathMatch(leaf.operation, dict(zip(leaf.labels, map(unquote, values), strict=True)))
        return None

    def _add(self, operation: OperationModel) -> None:
        path, _, literals = operation.http["requestUri"].partition("?")
        node, labels = self._root, []
        for segment in path.rstrip("/").split("/")[1:]:
            if not segment.startswith("{"):
                node = node.children.setdefault(segment, _Node())
                continue
            labels.append(segment.strip("{+}"))
            if segment.endswith("+}"):
                node.greedy = node.greedy or _Node()
                node = node.greedy
            else:
                node.label = node.label or _Node()
                node = node.label
        leaves = node.leaves.setdefault(operation.http["method"], [])
        leaves.append(_leaf(operation, tuple(labels), literals))
        leaves.sort(key=lambda leaf: leaf.demands, reverse=True)


def _leaf(operation: OperationModel, labels: tuple[str, ...], literals: str) -> _Leaf:
    shape = operation.input_shape
    required = [shape.members[name] for name in shape.required_members] if shape else []
    locations: dict[str, set[str]] = {"querystring": set(), "header": set()}
    for member in required:
        where = member.serialization
        if where.get("location") in locations:
            locations[where["location"]].add(where["name"])
    return _Leaf(
        operation.name,
        labels,
        tuple(parse_qsl(literals, keep_blank_values=True)),
        frozenset(locations["querystring"]),
        frozenset(name.lower() for name in locations["header"]),
        operation.deprecated,
    )


def _walk(
    node: _Node, segments: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Every node that the path reaches, best first, with the label values on the way."""
    if at == len(segments) or segments[at:] == [""]:
        if node.leaves:
            yield node, values
        return
    segment = segments[at]
    if (child := node.children.get(segment)) is not None:
        yield from _walk(child, segments, at + 1, values)
    if node.label is not None and segment:
        yield from _walk(node.label, segments, at + 1, (*values, segment))
    if node.greedy is not None:
        for end in range(len(segments), at, -1):
            yield from _walk(node.greedy, segments, end, (*values, "/".join(segments[at:end])))


def _choose(leaves: list[_Leaf] | tuple[()], query: str, headers: Mapping[str, str]) -> _Leaf | None:
    if not leaves or (len(leaves) == 1 and not leaves[0].literals):
        return leaves[0] if leaves else None
    given = dict(parse_qsl(query, keep_blank_values=True))
    fitting = [leaf for leaf in leaves if all(given.get(k) == v for k, v in leaf.literals)]
    complete = [leaf for leaf in fitting if leaf.query <= given.keys() and leaf.headers <= headers.keys()]
    return next(iter(complete or reversed(fitting)), None)
