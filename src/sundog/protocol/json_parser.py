"""Values from JSON and CBOR documents: one tree of closures per shape, in AWS's words where they do not fit.

A JSON document has base64 for blobs and epoch seconds for times; CBOR has both as types of its own, so the
same closures read both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.malformed import Malformed
from sundog.protocol.scalars import INTEGER_NAMES, SPECIAL_FLOATS, check_integer, parse_blob
from sundog.protocol.timestamps import datetime_to_ms, parse_timestamp, seconds_to_ms

Parse = Callable[[Any], Any]
ARTICLES = {"string": "a String", "boolean": "a Boolean", "float": "a Float", "double": "a Double"}
_TOKENS = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE", bytes: "STRING_VALUE"}


class JsonParser:
    """Compiles the parsers of one model's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, dict[str, tuple[str, Parse | None]]] = {}

    def structure(self, shape: StructureShape, skip: frozenset[str] = frozenset()) -> Parse:
        """A structure; ``skip`` are members that stand elsewhere than in the document."""
        members = self._structures.get(shape.name)
        if members is None or skip:
            members = {}
            if not skip:
                self._structures[shape.name] = members  # a shape may contain itself
            for name, member in shape.members.items():
                if name not in skip:
                    members[member.serialization.get("name", name)] = (name, self.shape(member))
        return _structure(members)

    def shape(self, shape: Shape) -> Parse | None:
        """None for strings, which every structure and list checks itself."""
        if shape.serialization.get("jsonvalue"):
            return _parse_json_value
        if isinstance(shape, StructureShape):
            return _parse_document if shape.is_document_type else self.structure(shape)
        if isinstance(shape, ListShape):
            return _list(self.shape(shape.member) or _parse_string)
        if isinstance(shape, MapShape):
            return _map(self.shape(shape.value) or _parse_string)
        return _scalar(shape.type_name)


def _structure(members: dict[str, tuple[str, Parse | None]]) -> Parse:
    find = members.get

    def parse(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _misplaced(value)
        parsed = {}
        for key, item in value.items():
            member = find(key)
            if member is None or item is None:
                continue
            name, inner = member
            if inner is not None:
                parsed[name] = inner(item)
            elif type(item) is str:
                parsed[name] = item
            else:
                raise _unfit(item, "a String")
        return parsed

    return parse


def _list(inner: Parse) -> Parse:
    def parse(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _misplaced(value)
        return [None if item is None else inner(item) for item in value]

    return parse


def _map(inner: Parse) -> Parse:
    def parse(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _misplaced(value)
        for key in value:
            if type(key) is not str:
                raise _unfit(key, "a String")
        return {key: inner(item) for key, item in value.items() if item is not None}

    return parse


def _scalar(kind: str) -> Parse | None:
    if kind in INTEGER_NAMES:
        return lambda value: _parse_integer(value, kind)
    if kind in ("float", "double"):
        return lambda value: _parse_float(value, kind)
    return {"boolean": _parse_boolean, "timestamp": _parse_timestamp, "blob": _parse_blob}.get(kind)


def _parse_string(value: Any) -> str:
    if type(value) is not str:
        raise _unfit(value, "a String")
    return value


def _parse_integer(value: Any, kind: str) -> int:
    if type(value) is int:
        return check_integer(value, kind)
    if type(value) is float and abs(value) < 2.0**63:
        return check_integer(int(value), kind)
    raise _unfit(value, INTEGER_NAMES[kind])


def _parse_float(value: Any, kind: str) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    if type(value) is str and value in SPECIAL_FLOATS:
        return SPECIAL_FLOATS[value]
    raise _unfit(value, ARTICLES[kind])


def _parse_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _unfit(value, "a Boolean")
    return value


def _parse_timestamp(value: Any) -> int:
    if type(value) is int or type(value) is float:
        return seconds_to_ms(value)
    if isinstance(value, datetime):
        return datetime_to_ms(value)
    if type(value) is str:
        return parse_timestamp(value)
    raise _unfit(value, "milliseconds since epoch")


def _parse_blob(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    if type(value) is str:
        return parse_blob(value)
    raise _unfit(value, "a Blob")


def _parse_document(value: Any) -> Any:
    return value


def _parse_json_value(value: Any) -> Any:
    try:
        return orjson.loads(_parse_string(value))
    except orjson.JSONDecodeError:
        raise Malformed from None


def _unfit(value: Any, wanted: str) -> Malformed:
    """The complaint about a value where a single value of another kind is wanted."""
    if isinstance(value, bool):
        return Malformed(f"{'TRUE' if value else 'FALSE'}_VALUE can not be converted to {wanted}")
    if isinstance(value, dict | list):
        return _misplaced(value)
    return Malformed(f"{_TOKENS.get(type(value), 'VALUE')} can not be converted to {wanted}")


def _misplaced(value: Any) -> Malformed:
    if isinstance(value, dict):
        return Malformed("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return Malformed("Start of list found where not expected")
    return Malformed("Unexpected field type")
