"""Values for JSON and CBOR documents: one tree of closures per shape; None where a value goes as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import cbor2
import orjson
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.scalars import TIMESTAMP_WRITERS, write_blob, write_float
from sundog.protocol.timestamps import write_epoch

Write = Callable[[Any], Any]
CBOR_EPOCH_TAG = 1


class JsonWriter:
    """Compiles the writers of one model's shapes; of CBOR documents with ``is_cbor``."""

    def __init__(self, *, is_cbor: bool = False) -> None:
        self._is_cbor = is_cbor
        self._structures: dict[str, dict[str, tuple[str, Write | None]]] = {}

    def structure(self, shape: StructureShape, skip: frozenset[str] = frozenset()) -> Write:
        """A structure; ``skip`` are members that stand elsewhere than in the document."""
        members = self._structures.get(shape.name)
        if members is None or skip:
            members = {}
            if not skip:
                self._structures[shape.name] = members  # a shape may contain itself
            for name, member in shape.members.items():
                if name not in skip:
                    wire_name = name if self._is_cbor else member.serialization.get("name", name)
                    members[name] = (wire_name, self.shape(member))
        return _structure(members)

    def shape(self, shape: Shape) -> Write | None:
        if shape.serialization.get("jsonvalue"):
            return lambda value: orjson.dumps(value).decode()
        if isinstance(shape, StructureShape):
            return None if shape.is_document_type else self.structure(shape)
        if isinstance(shape, ListShape):
            return _list(self.shape(shape.member))
        if isinstance(shape, MapShape):
            return _map(self.shape(shape.value))
        return self._scalar(shape)

    def _scalar(self, shape: Shape) -> Write | None:
        kind = shape.type_name
        if kind == "timestamp":
            return _write_cbor_time if self._is_cbor else _timestamp(shape)
        if kind == "blob":
            return _write_cbor_blob if self._is_cbor else write_blob
        if kind in ("float", "double"):
            return float if self._is_cbor else _write_number
        return None


def _structure(members: Mapping[str, tuple[str, Write | None]]) -> Write:
    find = members.get

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        written = {}
        for name, item in value.items():
            if item is not None and (member := find(name)) is not None:
                key, inner = member
                written[key] = item if inner is None else inner(item)
        return written

    return write


def _list(inner: Write | None) -> Write:
    if inner is None:
        return list
    write_item = inner
    return lambda value: [None if item is None else write_item(item) for item in value]


def _map(inner: Write | None) -> Write:
    if inner is None:
        return dict
    write_item = inner
    return lambda value: {key: write_item(item) for key, item in value.items() if item is not None}


def _timestamp(shape: Shape) -> Write:
    named = shape.serialization.get("timestampFormat", "unixTimestamp")
    return write_epoch if named == "unixTimestamp" else TIMESTAMP_WRITERS[named]


def _write_number(value: Any) -> Any:
    """JSON has no numbers that are none: those go as strings."""
    return value if math.isfinite(value) else write_float(value)


def _write_cbor_time(ms: int) -> Any:
    return cbor2.CBORTag(CBOR_EPOCH_TAG, write_epoch(ms))


def _write_cbor_blob(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
