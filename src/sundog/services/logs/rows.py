"""Rows to values and back, and how a batch of events is packed into one row."""

from __future__ import annotations

import zlib

import orjson

from sundog.scope import Scope
from sundog.services.logs.model import Group, Stream
from sundog.store import Row

_PACKED = b"z"
_PLAIN = b"j"
_PACK_BYTES_MIN = 4_096
"""Smaller chunks gain nothing: most come from one function invocation."""


def to_group(row: Row) -> Group:
    return Group(
        row["id"],
        Scope(row["account"], row["region"]),
        row["name"],
        row["created_ms"],
        row["retention_days"],
        row["kms_key"],
        row["class"],
        bool(row["is_protected"]),
        row["metric_filters"],
        orjson.loads(row["tags"]),
    )


def to_stream(row: Row) -> Stream:
    return Stream(
        row["id"],
        row["name"],
        row["created_ms"],
        row["first_event_ms"],
        row["last_event_ms"],
        row["last_ingestion_ms"],
    )


def pack(times: list[int], messages: list[str]) -> bytes:
    """Times as differences (they compress), messages as they are."""
    value: list[object] = [times[0], [time - times[0] for time in times], messages]
    try:
        plain = orjson.dumps(value)
    except TypeError:  # half a surrogate pair: no text, replaced as AWS does
        value[2] = [message.encode("utf-8", "replace").decode() for message in messages]
        plain = orjson.dumps(value)
    if len(plain) < _PACK_BYTES_MIN:
        return _PLAIN + plain
    return _PACKED + zlib.compress(plain, 1)


def unpack(payload: bytes) -> tuple[list[int], list[str]]:
    plain = zlib.decompress(payload[1:]) if payload[:1] == _PACKED else payload[1:]
    first_ms, offsets, messages = orjson.loads(plain)
    return [first_ms + offset for offset in offsets], messages
