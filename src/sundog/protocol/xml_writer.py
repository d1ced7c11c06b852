"""Values as XML elements: one tree of closures per shape that appends text to a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.scalars import WriteText, text_writer

Parts = list[str]
WriteXml = Callable[[Any, Parts], None]

_SPECIAL = re.compile('[&<>"\r\n\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_REPLACEMENT = "\ufffd"


def escape(text: str) -> str:
    """Text for an element or attribute. XML has no way to say some characters: U+FFFD stands for them."""
    return _SPECIAL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    is_sayable = character in "\r\n" or 0x7F <= code <= 0x9F or code == 0x2028
    return f"&#x{code:X};" if is_sayable else _REPLACEMENT


class XmlWriter:
    """Compiles the writers of one model's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, tuple[dict[str, WriteXml], dict[str, tuple[str, WriteText]]]] = {}

    def element(
        self, shape: Shape, name: str, namespace: str = "", skip: frozenset[str] = frozenset()
    ) -> WriteXml:
        """How to write a value as the element ``name``, or as one element each where it is flattened.

        ``namespace`` is declared where the model names none; ``skip`` are members of a structure that stand
        elsewhere than in the document.
        """
        is_flat = bool(shape.serialization.get("flattened"))
        if isinstance(shape, StructureShape):
            return self._structure_element(shape, name, namespace, skip)
        head, tail = _tags(shape, name)
        if isinstance(shape, ListShape):
            tag = shape.member.serialization.get("name")
            inner = self.element(shape.member, tag or (name if is_flat else "member"))
            return _list(inner) if is_flat else _around(head, _list(inner), tail)
        if isinstance(shape, MapShape):
            key = self.element(shape.key, shape.key.serialization.get("name", "key"))
            value = self.element(shape.value, shape.value.serialization.get("name", "value"))
            if is_flat:
                return _map(f"<{name}>", key, value, f"</{name}>")
            return _around(head, _map("<entry>", key, value, "</entry>"), tail)
        return _scalar(head, text_writer(shape, "iso8601"), tail)

    def members(self, shape: StructureShape, skip: frozenset[str] = frozenset()) -> WriteXml:
        """What stands inside the element of a structure."""
        elements, _ = self._compiled(shape, skip)
        return _members(elements)

    def _structure_element(
        self, shape: StructureShape, name: str, namespace: str, skip: frozenset[str]
    ) -> WriteXml:
        elements, attributes = self._compiled(shape, skip)
        head, tail = _tags(shape, name, namespace)
        if not any(member.serialization.get("xmlAttribute") for member in shape.members.values()):
            return _around(head, _members(elements), tail)
        inner = _members(elements)

        def write(value: Mapping[str, Any], parts: Parts) -> None:
            parts.append(head[:-1])
            for member, (attribute, write_text) in attributes.items():
                if value.get(member) is not None:
                    parts.append(f' {attribute}="{escape(write_text(value[member]))}"')
            parts.append(">")
            inner(value, parts)
            parts.append(tail)

        return write

    def _compiled(
        self, shape: StructureShape, skip: frozenset[str]
    ) -> tuple[dict[str, WriteXml], dict[str, tuple[str, WriteText]]]:
        known = self._structures.get(shape.name)
        if known is not None and not skip:
            return known
        known = ({}, {})
        if not skip:
            self._structures[shape.name] = known  # a shape may contain itself
        for name, member in shape.members.items():
            wire_name = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                known[1][name] = (wire_name, text_writer(member, "iso8601"))
            elif name not in skip:
                known[0][name] = self.element(member, wire_name)
        return known


def _tags(shape: Shape, name: str, default: str = "") -> tuple[str, str]:
    namespace = shape.serialization.get("xmlNamespace", default)
    if not namespace:
        return f"<{name}>", f"</{name}>"
    uri = namespace if isinstance(namespace, str) else namespace["uri"]
    prefix = "" if isinstance(namespace, str) else namespace.get("prefix", "")
    declared = f"xmlns:{prefix}" if prefix else "xmlns"
    return f'<{name} {declared}="{escape(uri)}">', f"</{name}>"


def _around(head: str, inner: WriteXml, tail: str) -> WriteXml:
    def write(value: Any, parts: Parts) -> None:
        parts.append(head)
        inner(value, parts)
        parts.append(tail)

    return write


def _members(elements: Mapping[str, WriteXml]) -> WriteXml:
    def write(value: Mapping[str, Any], parts: Parts) -> None:
        for name, item in value.items():
            if item is not None and (inner := elements.get(name)) is not None:
                inner(item, parts)

    return write


def _list(inner: WriteXml) -> WriteXml:
    def write(value: Any, parts: Parts) -> None:
        for item in value:
            inner(item, parts)

    return write


def _map(head: str, key: WriteXml, value: WriteXml, tail: str) -> WriteXml:
    def write(items: Mapping[str, Any], parts: Parts) -> None:
        for name, item in items.items():
            parts.append(head)
            key(name, parts)
            value(item, parts)
            parts.append(tail)

    return write


def _scalar(head: str, write_text: WriteText, tail: str) -> WriteXml:
    if write_text is str:

        def write_same(value: Any, parts: Parts) -> None:
            parts.append(f"{head}{escape(str(value))}{tail}")

        return write_same

    def write(value: Any, parts: Parts) -> None:
        parts.append(f"{head}{escape(write_text(value))}{tail}")

    return write
