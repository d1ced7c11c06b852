"""The functions on numbers, times, maps and anything, by name in lower case.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sundog.lang.logs_insights.periods import Period
from sundog.lang.logs_insights.values import Number, Time, Value, known, to_ms, to_number, to_text, truth

MANY = 100
_EARTH_KM = 6_371.0
_INT_BITS, _LONG_BITS = 32, 64


@dataclass(frozen=True, slots=True)
class Function:
    """Takes ``least`` to ``most`` values."""

    least: int
    most: int
    apply: Callable[..., Value]


def _numeric(apply: Callable[..., Number], least: int, most: int | None = None) -> Function:
    """Of numbers: missing where an argument is no number, or there is no result."""

    def guarded(*values: Value) -> Value:
        numbers = [to_number(value) for value in values]
        if None in numbers:
            return None
        try:
            return known(apply(*numbers))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return Function(least, most or least, guarded)


def _round(number: Number, digits: Number = 0) -> Number:
    scale = 10.0 ** int(digits)
    rounded = math.floor(abs(number) * scale + 0.5) / scale * (1 if number >= 0 else -1)
    return int(rounded) if digits <= 0 else rounded


def _haversine(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    first, second = math.radians(lat1), math.radians(lat2)
    half = math.sin((second - first) / 2) ** 2
    half += math.cos(first) * math.cos(second) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _integer(bits: int) -> Callable[[Number], Number]:
    def convert(number: Number) -> Number:
        value = int(number)
        if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            raise OverflowError
        return value

    return convert


def _date_floor(time: Value, period: Value) -> Value:
    ms = to_ms(time)
    return Time(period.floor(ms)) if ms is not None and isinstance(period, Period) else None


def _date_ceil(time: Value, period: Value) -> Value:
    ms = to_ms(time)
    return Time(period.ceil(ms)) if ms is not None and isinstance(period, Period) else None


def _from_millis(value: Value) -> Value:
    ms = to_ms(value)
    return None if ms is None else Time(ms)


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _case(*values: Value) -> Value:
    for index in range(0, len(values) - 1, 2):
        if truth(values[index]):
            return values[index + 1]
    return values[-1] if len(values) % 2 else None


def _size(value: Value) -> Value:
    text = to_text(value)
    return None if text is None else len(text.encode("utf-8", "surrogatepass"))


def _parsed(value: Value) -> Any:
    """The map or list a text is the JSON of."""
    if isinstance(value, list | dict):
        return value
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _stringify(value: Value) -> Value:
    return to_text(value) if isinstance(value, list | dict) else None


def _array_size(value: Value) -> Value:
    parsed = _parsed(value)
    return len(parsed) if isinstance(parsed, list) else None


def _array_contains(value: Value, item: Value) -> Value:
    parsed, text = _parsed(value), to_text(item)
    if not isinstance(parsed, list):
        return False
    return any((one if isinstance(one, str) else json.dumps(one)) == text for one in parsed)


FUNCTIONS: Mapping[str, Function] = {
    "abs": _numeric(abs, 1),
    "ceil": _numeric(math.ceil, 1),
    "floor": _numeric(math.floor, 1),
    "greatest": _numeric(lambda *numbers: max(numbers), 1, MANY),
    "least": _numeric(lambda *numbers: min(numbers), 1, MANY),
    "log": _numeric(math.log, 1),
    "round": _numeric(_round, 1, 2),
    "sqrt": _numeric(math.sqrt, 1),
    "haversine": _numeric(_haversine, 4),
    "tonumber": _numeric(lambda number: number, 1),
    "toint": _numeric(_integer(_INT_BITS), 1),
    "tolong": _numeric(_integer(_LONG_BITS), 1),
    "todouble": _numeric(float, 1),
    "datefloor": Function(2, 2, _date_floor),
    "dateceil": Function(2, 2, _date_ceil),
    "frommillis": Function(1, 1, _from_millis),
    "tomillis": Function(1, 1, to_ms),
    "ispresent": Function(1, 1, lambda value: value is not None),
    "isnumeric": Function(1, 1, lambda value: to_number(value) is not None),
    "coalesce": Function(1, MANY, _coalesce),
    "if": Function(3, 3, lambda condition, yes, no: yes if truth(condition) else no),
    "case": Function(2, 21, _case),
    "messagesize": Function(1, 1, _size),
    "jsonparse": Function(1, 1, _parsed),
    "jsonstringify": Function(1, 1, _stringify),
    "jsonarraysize": Function(1, 1, _array_size),
    "jsonarraycontains": Function(2, 2, _array_contains),
}
