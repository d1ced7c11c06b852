"""Parameters and answers of APIs as Step Functions writes them: PascalCase names, times as text.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.malformed import Malformed
from sundog.protocol.timestamps import parse_timestamp, seconds_to_ms


class WrongType(Exception):
    """A parameter cannot be what its operation takes; the message is AWS's."""


def to_request(shape: Shape | None, value: Any, field: str = "") -> Any:
    """A task's parameters as the operation's model has them: times in milliseconds, blobs as bytes.

    Raises `WrongType`. Members that the operation does not have are left out.
    """
    if isinstance(shape, StructureShape):
        members = {name.lower(): name for name in shape.members}
        named = (
            (members.get(name.lower()), name, each) for name, each in _fit(value, Mapping, field).items()
        )
        return {
            member: to_request(shape.members[member], each, name)
            for member, name, each in named
            if member is not None
        }
    if isinstance(shape, ListShape):
        return [to_request(shape.member, each, field) for each in _fit(value, list, field)]
    if isinstance(shape, MapShape):
        return {
            name: to_request(shape.value, each, name) for name, each in _fit(value, Mapping, field).items()
        }
    return _scalar(shape.type_name if shape else "", value, field)


def _fit(value: Any, kind: type, field: str) -> Any:
    if not isinstance(value, kind):
        raise WrongType(f"The value for the field '{field}' must be {_CALLED[kind]}")
    return value


_CALLED: Final[Mapping[type, str]] = {
    Mapping: "a valid JSON object",
    list: "an ARRAY",
    bool: "a BOOLEAN",
    int: "an INTEGER",
    float: "a NUMBER",
    str: "a STRING",
}
_NUMBERS: Final[Mapping[str, type]] = {"integer": int, "long": int, "float": float, "double": float}


def _scalar(kind: str, value: Any, field: str) -> Any:
    if value is None:
        return value
    if kind == "blob":
        return _bytes(value)
    if kind == "timestamp":
        return _time_ms(value, field)
    if kind == "string" and not isinstance(value, str):
        return orjson.dumps(value).decode()
    if kind == "boolean":
        return _fit(value, bool, field)
    if kind in _NUMBERS:
        return _number(_NUMBERS[kind], value, field)
    return value


def _number(kind: type, value: Any, field: str) -> Any:
    """A number without a fraction is a whole one, however it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float) or (kind is int and value != int(value)):
        raise WrongType(f"The value for the field '{field}' must be {_CALLED[kind]}")
    return kind(value)


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return orjson.dumps(value)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value.encode()


def _time_ms(value: Any, field: str) -> int:
    try:
        return parse_timestamp(value) if isinstance(value, str) else seconds_to_ms(value)
    except (Malformed, TypeError):
        raise WrongType(f"The value for the field '{field}' must be a TIMESTAMP") from None


def to_answer(shape: Shape | None, value: Any) -> Any:
    """An operation's result as a state sees it."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            name[:1].upper() + name[1:]: to_answer(shape.members.get(name), each)
            for name, each in value.items()
            if each is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_answer(shape.member, each) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: to_answer(shape.value, each) for name, each in value.items()}
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, int):
        return write_instant(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def write_instant(ms: int) -> str:
    """As Java prints an Instant: no fraction where there is none."""
    moment = datetime.fromtimestamp(ms // 1_000, UTC)
    fraction = f".{ms % 1_000:03d}" if ms % 1_000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
