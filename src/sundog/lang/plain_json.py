"""JSON that can be written again: what Python's reader takes beyond JSON, or beyond its numbers, is refused.

Whole numbers that need more than 64 bits become floating-point numbers, as JavaScript and JSONata have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

DIGITS_MAX: Final = 1_000
DEPTH_MAX: Final = 200
"""Levels of arrays and objects. What surrounds a value when it is stored has levels of its own."""

TOO_DEEP: Final = f"Document nesting depth exceeds the maximum allowed ({DEPTH_MAX})"
_WHOLE_MIN, _WHOLE_MAX = -(2**63), 2**64 - 1
_LEVELS_AROUND: Final = 254 - DEPTH_MAX
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_Pairs = Callable[[list[tuple[str, Any]]], Any]


class NotPlain(ValueError):
    """The text is JSON that no value of ours can stand for; the message is Jackson's where it has one."""


def make_decoder(pairs_hook: _Pairs | None = None) -> json.JSONDecoder:
    """Its methods raise `NotPlain` besides what they always raise."""
    return json.JSONDecoder(
        object_pairs_hook=pairs_hook, parse_int=_whole, parse_float=_number, parse_constant=_constant
    )


def read_json(text: str) -> Any:
    """Raises ValueError, also where the text is too deep."""
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise NotPlain(TOO_DEEP) from None
    check_plain(text, value)
    return value


def check_plain(text: str, value: Any, *, is_stored: bool = True) -> None:
    """What a decoder cannot see: half surrogate pairs, and, where it is to be stored as a value, depth.

    ``value`` was read from ``text``.
    """
    if "\\u" in text and _HALF_PAIR.search(json.dumps(value, ensure_ascii=False)):
        raise NotPlain("Incomplete surrogate pair")
    if is_stored and is_deep(text.count("[") + text.count("{"), value):
        raise NotPlain(TOO_DEEP)


def is_deep(brackets: int, value: Any) -> bool:
    """Whether the value has too many levels; ``brackets`` are those in its text, which are no fewer."""
    if brackets <= DEPTH_MAX:
        return False
    for _ in range(_LEVELS_AROUND):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False


def _whole(text: str) -> int | float:
    if len(text) > DIGITS_MAX:
        raise NotPlain(f"Number value length ({len(text)}) exceeds the maximum allowed ({DIGITS_MAX})")
    value = int(text)
    return value if _WHOLE_MIN <= value <= _WHOLE_MAX else _number(text)


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotPlain(f"Numeric value ({text}) out of range")
    return value


def _constant(word: str) -> Any:
    raise NotPlain(f"Non-standard token '{word}': enable JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS to allow")


_DECODER: Final = make_decoder()
