"""Values from XML documents: a tree of elements, read by one tree of closures per shape.

A document that declares a type or entities is refused before any of them is expanded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.malformed import Malformed
from sundog.protocol.scalars import text_parser

DEPTH_MAX = 200


@dataclass(slots=True)
class Element:
    """Names are local: prefixes of namespaces are cut off elements and kept on attributes."""

    name: str
    attributes: dict[str, str]
    below: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


ParseElement = Callable[[Element], Any]
ParseElements = Callable[[list[Element]], Any]


def read_xml(body: bytes) -> Element:
    """The root element of a document."""
    tree = _Tree()
    reader = expat.ParserCreate()
    reader.buffer_text = True
    reader.StartElementHandler = tree.start
    reader.EndElementHandler = tree.end
    reader.CharacterDataHandler = tree.text
    reader.StartDoctypeDeclHandler = tree.refuse
    reader.EntityDeclHandler = tree.refuse
    try:
        reader.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise Malformed from None
    if not tree.root.below:
        raise Malformed
    return tree.root.below[0]


class _Tree:
    def __init__(self) -> None:
        self.root = Element("", {})
        self._open = [self.root]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEPTH_MAX:
            raise Malformed
        element = Element(name.rpartition(":")[2], attributes)
        self._open[-1].below.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def refuse(self, *_declared: Any) -> None:
        raise Malformed


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    parse: ParseElements


class XmlParser:
    """Compiles the parsers of one model's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, tuple[dict[str, _Member], dict[str, _Member]]] = {}

    def structure(self, shape: StructureShape, skip: frozenset[str] = frozenset()) -> ParseElement:
        """A structure; ``skip`` are members that stand elsewhere than in the document."""
        known = self._structures.get(shape.name)
        if known is None or skip:
            known = ({}, {})
            if not skip:
                self._structures[shape.name] = known  # a shape may contain itself
            for name, member in shape.members.items():
                if name not in skip:
                    self._add(known, name, member)
        return _structure(*known)

    def _add(self, known: tuple[dict[str, _Member], dict[str, _Member]], name: str, member: Shape) -> None:
        elements, attributes = known
        wire_name = member.serialization.get("name", name)
        if member.serialization.get("xmlAttribute"):
            parse_text = text_parser(member)
            attributes[wire_name] = _Member(name, lambda found: parse_text(found[0].texts[0]))
            return
        elements[wire_name] = _Member(name, self._elements(member))

    def _elements(self, shape: Shape) -> ParseElements:
        """How to read all elements of one name: several only where a list or map is flattened."""
        is_flat = bool(shape.serialization.get("flattened"))
        if isinstance(shape, ListShape):
            inner = self.element(shape.member)
            tag = shape.member.serialization.get("name", "member")
            return _each(inner) if is_flat else _wrapped(_each(inner), tag)
        if isinstance(shape, MapShape):
            entries = self._entries(shape)
            return entries if is_flat else _wrapped(entries, "entry")
        one = self.element(shape)
        return lambda found: one(found[0])

    def element(self, shape: Shape) -> ParseElement:
        """How to read one element."""
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape | MapShape):
            elements = self._elements(shape)
            return lambda element: elements([element])
        parse_text = text_parser(shape)
        return lambda element: parse_text("".join(element.texts))

    def _entries(self, shape: MapShape) -> ParseElements:
        key, value = self.element(shape.key), self.element(shape.value)
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")

        def parse(found: list[Element]) -> dict[str, Any]:
            parsed = {}
            for entry in found:
                named = {element.name: element for element in entry.below}
                if key_name not in named or value_name not in named:
                    raise Malformed
                parsed[key(named[key_name])] = value(named[value_name])
            return parsed

        return parse


def _structure(elements: dict[str, _Member], attributes: dict[str, _Member]) -> ParseElement:
    def parse(element: Element) -> dict[str, Any]:
        grouped: dict[str, list[Element]] = {}
        for inner in element.below:
            grouped.setdefault(inner.name, []).append(inner)
        parsed = {
            member.name: member.parse(found)
            for name, found in grouped.items()
            if (member := elements.get(name)) is not None
        }
        for name, text in element.attributes.items() if attributes else ():
            if (member := attributes.get(name)) is not None:
                parsed[member.name] = member.parse([Element(name, {}, texts=[text])])
        return parsed

    return parse


def _each(inner: ParseElement) -> ParseElements:
    return lambda found: [inner(element) for element in found]


def _wrapped(inner: ParseElements, tag: str) -> ParseElements:
    return lambda found: inner([element for element in found[0].below if element.name == tag])
