"""Single values as text: in query parameters, paths, headers and XML."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from botocore.model import Shape

from sundog.protocol.malformed import Malformed
from sundog.protocol.timestamps import parse_timestamp, write_epoch, write_http_date, write_iso8601

ParseText = Callable[[str], Any]
WriteText = Callable[[Any], str]

INTEGER_BITS = {"integer": 32, "long": 64}
INTEGER_NAMES = {"integer": "an Integer", "long": "a Long"}
SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_INTEGER = re.compile(r"[+-]?\d{1,20}\Z", re.ASCII)
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


def text_parser(shape: Shape) -> ParseText:
    """How to read one value of this shape from text."""
    if shape.serialization.get("jsonvalue"):
        return _parse_json_text
    kind = shape.type_name
    if kind in INTEGER_BITS:
        return lambda text: check_integer(_parse_integer(text, kind), kind)
    return _PARSERS.get(kind, _same)


def text_writer(shape: Shape, timestamp_format: str) -> WriteText:
    """How to write one value of this shape as text; ``timestamp_format`` where the model names none."""
    if shape.serialization.get("jsonvalue"):
        return lambda value: orjson.dumps(value).decode()
    if shape.type_name == "timestamp":
        return TIMESTAMP_WRITERS[shape.serialization.get("timestampFormat", timestamp_format)]
    return _WRITERS.get(shape.type_name, str)


def check_integer(number: int, kind: str) -> int:
    bits = INTEGER_BITS[kind]
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise Malformed(f"NUMBER_VALUE can not be converted to {INTEGER_NAMES[kind]}")
    return number


def parse_blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("STRING_VALUE can not be converted to a Blob") from None


def write_blob(value: Any) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def write_float(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _same(text: str) -> str:
    return text


def _parse_integer(text: str, kind: str) -> int:
    if not _INTEGER.match(text.strip()):
        raise Malformed(f"STRING_VALUE can not be converted to {INTEGER_NAMES[kind]}")
    return int(text)


def parse_float(text: str) -> float:
    text = text.strip()
    if text in SPECIAL_FLOATS:
        return SPECIAL_FLOATS[text]
    if not _FLOAT.match(text):
        raise Malformed("STRING_VALUE can not be converted to a Double")
    return float(text)


def _parse_boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise Malformed("STRING_VALUE can not be converted to a Boolean")
    return word == "true"


def _parse_json_text(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        raise Malformed from None


def _write_boolean(value: Any) -> str:
    return "true" if value else "false"


def _write_epoch_text(ms: int) -> str:
    return str(write_epoch(ms))


TIMESTAMP_WRITERS: Mapping[str, WriteText] = {
    "iso8601": write_iso8601,
    "rfc822": write_http_date,
    "unixTimestamp": _write_epoch_text,
}
_PARSERS: Mapping[str, ParseText] = {
    "blob": parse_blob,
    "timestamp": parse_timestamp,
    "float": parse_float,
    "double": parse_float,
    "boolean": _parse_boolean,
}
_WRITERS: Mapping[str, WriteText] = {
    "blob": write_blob,
    "float": write_float,
    "double": write_float,
    "boolean": _write_boolean,
}
