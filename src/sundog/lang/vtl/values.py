"""The values of templates, and how Java prints, compares and computes them.

Strings, numbers, booleans, None, dicts and lists are Python's.
A list that a template makes is an `ArrayList`, since AWS prints the lists of JSON documents as JSON and
those of templates as Java does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sundog.lang.vtl.errors import RenderError

# What one string may grow to, and one list: a loop that doubles a value ends here.
TEXT_CHARACTERS_MAX = 10 * 1024 * 1024
LIST_ITEMS_MAX = 1_000_000
PIECES_MAX = 500_000

Method = Callable[..., Any]


class ArrayList(list[Any]):
    """A list made by a template."""

    __slots__ = ()


class Scripted:
    """An object that templates may use: only what its two tables name."""

    __slots__ = ()
    properties: ClassVar[Mapping[str, Method]] = {}
    methods: ClassVar[Mapping[str, Method]] = {}

    def text(self) -> str:
        """What is printed for the object itself."""
        return ""


class Entry(Scripted):
    """One pair of a map's entrySet."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value

    def text(self) -> str:
        return f"{java_text(self.key)}={java_text(self.value)}"

    properties: ClassVar[Mapping[str, Method]] = {
        "key": lambda entry: entry.key,
        "value": lambda entry: entry.value,
    }
    methods: ClassVar[Mapping[str, Method]] = {
        "getKey": lambda entry: entry.key,
        "getValue": lambda entry: entry.value,
        "equals": lambda entry, other: entry is other,
        "toString": lambda entry: entry.text(),
    }


def java_text(value: Any) -> str:
    """``toString`` of Java's own types."""
    return _printed(value, json_lists=False)


def aws_text(value: Any) -> str:
    """As API Gateway prints: lists of JSON documents as JSON, everything else as Java does."""
    return _printed(value, json_lists=True)


def _printed(value: Any, *, json_lists: bool) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list | dict):
        return _atom(value)
    pieces = _Pieces(json_lists)
    pieces.add(value)
    return "".join(pieces.texts)


def _atom(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if value is None:
        return "null"
    if isinstance(value, Scripted):
        return value.text()
    return str(value)


class _Pieces:
    """A list or map, printed piece by piece: lists that hold a list twice can be huge when printed."""

    def __init__(self, json_lists: bool) -> None:
        self.json_lists = json_lists
        self.texts: list[str] = []
        self.length = 0

    def write(self, text: str) -> None:
        self.texts.append(text)
        self.length += len(text)
        if self.length > TEXT_CHARACTERS_MAX or len(self.texts) > PIECES_MAX:
            raise RenderError("A value is too large to be printed")

    def add(self, value: Any) -> None:
        if isinstance(value, dict):
            self._map(value)
        elif isinstance(value, list):
            if self.json_lists and not isinstance(value, ArrayList):
                self.json(value)
            else:
                self._list(value)
        else:
            self.write(value if isinstance(value, str) else _atom(value))

    def _list(self, values: list[Any]) -> None:
        self.write("[")
        for position, value in enumerate(values):
            if position:
                self.write(", ")
            self.add(value)
        self.write("]")

    def _map(self, values: dict[Any, Any]) -> None:
        self.write("{")
        for position, (key, value) in enumerate(values.items()):
            if position:
                self.write(", ")
            self.add(key)
            self.write("=")
            self.add(value)
        self.write("}")

    def json(self, value: Any) -> None:
        if isinstance(value, list):
            self._joined("[", [(None, item) for item in value], "]")
        elif isinstance(value, dict):
            self._joined("{", list(value.items()), "}")
        elif value is None or isinstance(value, str | bool | int):
            self.write(json.dumps(value, ensure_ascii=False))
        else:
            self.write(json.dumps(_atom(value)) if isinstance(value, Scripted) else _atom(value))

    def _joined(self, start: str, pairs: list[tuple[Any, Any]], end: str) -> None:
        self.write(start)
        for position, (key, value) in enumerate(pairs):
            if position:
                self.write(",")
            if start == "{":
                self.write(json.dumps(_printed(key, json_lists=True), ensure_ascii=False) + ":")
            self.json(value)
        self.write(end)


def json_text(value: Any) -> str:
    """Compact JSON, as ``$input.json`` gives it."""
    pieces = _Pieces(json_lists=True)
    pieces.json(value)
    return "".join(pieces.texts)


def double_text(value: float) -> str:
    """``Double.toString``: 1.0, 1.5E10, 1.0E-5."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "e" not in text else f"{value:.17f}".rstrip("0")
    return _scientific(value)


def _scientific(value: float) -> str:
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole.lstrip("0")) or -(len(fraction) - len(fraction.lstrip("0")))
    power = leading - 1 + int(exponent or 0)
    digits = digits.rstrip("0") or "0"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """``==``: numbers by value, values of different classes by what they print."""
    if left is None or right is None:
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    is_boolean = isinstance(left, bool)
    if is_boolean is isinstance(right, bool) and (
        isinstance(left, type(right)) or isinstance(right, type(left))
    ):
        return bool(left == right)
    return java_text(left) == java_text(right)


def equal_in_aws(left: Any, right: Any) -> bool:
    """In API Gateway null equals the empty string too."""
    return equal("" if left is None else left, "" if right is None else right)


def less(left: Any, right: Any) -> bool:
    """Only numbers have an order in Velocity 1.7."""
    return is_number(left) and is_number(right) and bool(left < right)


def less_or_equal(left: Any, right: Any) -> bool:
    return is_number(left) and is_number(right) and bool(left <= right)


def add(left: Any, right: Any, left_source: str, right_source: str) -> Any:
    """Sum of numbers, or concatenation if one side is a string; the sources stand for undefined values."""
    if not isinstance(left, str) and not isinstance(right, str):
        return left + right if is_number(left) and is_number(right) else None
    first = left_source if left is None else java_text(left)
    second = right_source if right is None else java_text(right)
    return joined((first, second))


def subtract(left: Any, right: Any) -> Any:
    return left - right if is_number(left) and is_number(right) else None


def multiply(left: Any, right: Any) -> Any:
    if not is_number(left) or not is_number(right):
        return None
    product = left * right
    if isinstance(product, int) and product.bit_length() > 65_536:
        raise RenderError("A number is too large")
    return product


def divide(left: Any, right: Any) -> Any:
    """Integers divide towards zero; nothing is divided by zero."""
    if not is_number(left) or not is_number(right) or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def remainder(left: Any, right: Any) -> Any:
    """The sign is that of the dividend."""
    if not is_number(left) or not is_number(right) or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return math.fmod(left, right)


def joined(texts: tuple[str, ...]) -> str:
    text = "".join(texts)
    if len(text) > TEXT_CHARACTERS_MAX:
        raise RenderError("A string is too long")
    return text
