"""Values from query parameters (``Action=...&Attribute.1.Name=...``): one tree of closures per shape.

The flat names become a tree first, so the cost is that of the parameters sent, whatever the model allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.malformed import Malformed
from sundog.protocol.scalars import ParseText, text_parser

PARAMETERS_MAX = 20_000
DEPTH_MAX = 64
INDEX_DIGITS_MAX = 9


@dataclass(slots=True)
class Node:
    """What stands under one dotted name: its own value, if any, and the names below it."""

    text: str | None = None
    below: dict[str, Node] = field(default_factory=dict)


ParseNode = Callable[[Node], Any]
Member = tuple[str, tuple[str, ...], ParseNode]


def read_tree(*forms: str) -> Node:
    """The parameters of forms (URL query, body) as a tree; the first value of a name counts."""
    root = Node()
    for form in forms:
        for name, text in _read_form(form):
            node = root
            parts = name.split(".", DEPTH_MAX)
            for part in parts:
                node = node.below.setdefault(part, Node())
            if node.text is None:
                node.text = text
    return root


def _read_form(form: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(form, keep_blank_values=True, max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise Malformed from None


class QueryParser:
    """Compiles the parsers of one model's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, list[Member]] = {}

    def structure(self, shape: StructureShape) -> ParseNode:
        members = self._structures.get(shape.name)
        if members is None:
            members = self._structures[shape.name] = []  # a shape may contain itself
            for name, member in shape.members.items():
                members.append((name, _wire_names(name, member), self._shape(member)))
        return _structure(members)

    def _shape(self, shape: Shape) -> ParseNode:
        is_flat = bool(shape.serialization.get("flattened"))
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            name = shape.member.serialization.get("name", "member")
            return _list(self._shape(shape.member), () if is_flat else tuple(dict.fromkeys((name, "member"))))
        if isinstance(shape, MapShape):
            key_name = shape.key.serialization.get("name", "key")
            value_name = shape.value.serialization.get("name", "value")
            return _map(self._shape(shape.key), self._shape(shape.value), key_name, value_name, is_flat)
        return _scalar(text_parser(shape))


def _wire_names(name: str, shape: Shape) -> tuple[str, ...]:
    """Names of a member, best first. What is flattened goes by the name of one of its items, or by its own.

    Recorded: SQS takes ``MessageAttributes.1.Name`` for ``MessageAttribute.1.Name``.
    """
    own: str = shape.serialization.get("name", name)
    if not shape.serialization.get("flattened"):
        return (own,)
    item = shape.member.serialization.get("name", own) if isinstance(shape, ListShape) else own
    return tuple(dict.fromkeys((item, own, name)))


def _structure(members: list[Member]) -> ParseNode:
    def parse(node: Node) -> dict[str, Any]:
        below, parsed = node.below, {}
        for name, wire_names, inner in members:
            for wire_name in wire_names:
                if (found := below.get(wire_name)) is not None:
                    parsed[name] = inner(found)
                    break
        return parsed

    return parse


def _list(inner: ParseNode, wrappers: tuple[str, ...]) -> ParseNode:
    def parse(node: Node) -> list[Any]:
        for wrapper in wrappers:
            if (found := node.below.get(wrapper)) is not None:
                return [inner(item) for item in _numbered(found)]
        return [inner(item) for item in _numbered(node)]

    return parse


def _map(key: ParseNode, value: ParseNode, key_name: str, value_name: str, is_flat: bool) -> ParseNode:
    def parse(node: Node) -> dict[str, Any]:
        entries = node if is_flat else node.below.get("entry", Node())
        parsed = {}
        for entry in _numbered(entries):
            if (named := entry.below.get(key_name)) is None:
                raise Malformed("Keys must alternate")
            if (held := entry.below.get(value_name)) is not None:
                parsed[key(named)] = value(held)
        return parsed

    return parse


def _scalar(parse_text: ParseText) -> ParseNode:
    def parse(node: Node) -> Any:
        if node.text is None:
            raise Malformed("Unexpected complex element termination")
        return parse_text(node.text)

    return parse


def _numbered(node: Node) -> list[Node]:
    """The nodes below that have numbers for names, in the order of these."""
    if len(node.below) == 1 and "1" in node.below:
        return [node.below["1"]]
    numbers = sorted((int(name), name) for name in node.below if _is_index(name))
    return [node.below[name] for _, name in numbers]


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= INDEX_DIGITS_MAX
