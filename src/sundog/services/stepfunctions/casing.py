"""Parameters and answers of APIs as Step Functions writes them: PascalCase names, times as text.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from botocore.model import ListShape, MapShape, Shape, StructureShape


def to_request(shape: Shape | None, value: Any) -> Any:
    """A task's parameters as the operation's model has them: times in milliseconds, blobs as bytes."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = {name.lower(): name for name in shape.members}
        named = {members.get(name.lower(), name): each for name, each in value.items()}
        return {
            name: to_request(shape.members[name], each)
            for name, each in named.items()
            if name in shape.members
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_request(shape.member, each) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: to_request(shape.value, each) for name, each in value.items()}
    return _scalar(shape.type_name if shape else "", value)


def _scalar(kind: str, value: Any) -> Any:
    if kind == "blob":
        return _bytes(value)
    if kind == "timestamp" and isinstance(value, str):
        return _time_ms(value)
    if kind == "timestamp" and isinstance(value, int | float):
        return int(value * 1_000)
    if kind == "string" and not isinstance(value, str):
        return value if value is None else orjson.dumps(value).decode()
    return value


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return orjson.dumps(value)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value.encode()


def _time_ms(text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


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
