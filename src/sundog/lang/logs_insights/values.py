"""What queries compute with, and how values meet: texts that look like numbers are numbers where it matters.

A missing value (None) makes what is computed from it missing too, and a condition that is missing does not
hold, nor does its negation.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sundog.lang.logs_insights.periods import Period


@dataclass(frozen=True, slots=True)
class Time:
    """A moment, shown as date and time."""

    ms: int


Value = str | int | float | bool | Time | Period | list[Any] | dict[str, Any] | None
Number = int | float

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_INTEGER = re.compile(r"\s*[+-]?\d{1,18}\s*")
_NUMBER_LENGTH_MAX = 400
_CHUNK = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_MIN, _PLAIN_MAX = 1e-3, 1e7
_LONG_MAX = 1 << 63

SortKey = tuple[Any, ...]


def to_number(value: Value) -> Number | None:
    """The number a value is or reads as."""
    if isinstance(value, str):
        if _INTEGER.fullmatch(value):
            return int(value)
        if len(value) > _NUMBER_LENGTH_MAX or not _NUMBER.fullmatch(value):
            return None
        return known(float(value))
    if isinstance(value, Time):
        return value.ms
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, int | float) else None


def known(number: Number) -> Number | None:
    """None for what is no finite number. Integers beyond 64 bits go on as floats."""
    if isinstance(number, int) and abs(number) >= _LONG_MAX:
        try:
            number = float(number)
        except OverflowError:
            return None
    return number if math.isfinite(number) else None


def to_text(value: Value) -> str | None:
    """As functions on texts and results see it. Maps and lists are written as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Time):
        return _write_time(value.ms)
    if isinstance(value, int | float):
        return write_number(value)
    if isinstance(value, Period):
        return None
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def well_formed(text: str) -> str:
    """Half a surrogate pair is no text: replaced, as AWS does."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def plain_text(value: Value) -> str | None:
    """As `to_text`; maps and lists count as missing for functions."""
    return None if isinstance(value, list | dict) else to_text(value)


def to_ms(value: Value) -> int | None:
    number = to_number(value)
    return None if number is None else int(number)


def truth(value: Value) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    number = to_number(value)
    return None if number is None else number != 0


def equal(left: Value, right: Value) -> bool | None:
    """Two texts are equal letter by letter; otherwise numbers count, and ``true`` is 1."""
    if left is None or right is None:
        return None
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return truth(left) is not None and truth(left) == truth(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    first, second = to_number(left), to_number(right)
    if first is not None and second is not None:
        return first == second
    return to_text(left) == to_text(right)


def order(left: Value, right: Value) -> int | None:
    """Negative, 0 or positive; as numbers where both are, else by Unicode. None where one is missing."""
    if left is None or right is None or isinstance(left, list | dict) or isinstance(right, list | dict):
        return None
    first, second = to_number(left), to_number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    one, other = to_text(left) or "", to_text(right) or ""
    return (one > other) - (one < other)


def sort_key(value: Value) -> SortKey:
    """The order of ``sort``: missing, texts by chunks, numbers.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html
    """
    if value is None or isinstance(value, list | dict):
        return (0,)
    number, text = to_number(value), to_text(value) or ""
    if number is not None:
        return (2, number, text)
    return (1, tuple(_chunk_key(chunk) for chunk in _CHUNK.findall(text)))


def _chunk_key(chunk: str) -> tuple[int, int, str]:
    """Digits by length, then value; against other chunks by Unicode."""
    if "0" <= chunk[0] <= "9":
        return (1, len(chunk), chunk)
    return (0 if chunk[0] < "0" else 2, 0, chunk)


def write_number(number: Number) -> str:
    """Up to four decimals, as AWS shows what it has computed."""
    if isinstance(number, int):
        return str(number)
    text = f"{number:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def write_double(number: float) -> str:
    """As AWS writes the figures it finds in Lambda's reports: ``100.0``, ``1.28E8``."""
    if number == 0 or _PLAIN_MIN <= abs(number) < _PLAIN_MAX:
        return repr(float(number))
    digits, _, exponent = f"{number:e}".partition("e")
    mantissa = repr(float(digits))
    return f"{mantissa}E{int(exponent)}"


def _write_time(time_ms: int) -> str:
    try:
        text = (_EPOCH + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S")
    except OverflowError:
        return str(time_ms)
    return f"{text}.{time_ms % 1000:03d}"
