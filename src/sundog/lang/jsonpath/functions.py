"""The functions at the end of a path: ``$.items.length()``, ``$.numbers.sum()``."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from typing import Any, Final

from sundog.lang.evaluation import MISSING


def call(name: str, value: Any, arguments: list[Any]) -> Any:
    """The function of ``value``; MISSING where Jayway would refuse to compute it."""
    return FUNCTIONS[name](value, arguments)


def _numbers(value: Any, arguments: list[Any]) -> list[float]:
    given = [*(value if isinstance(value, list) else []), *arguments]
    return [n for n in given if isinstance(n, int | float) and not isinstance(n, bool)]


def _aggregate(compute: Callable[[list[float]], float]) -> Callable[[Any, list[Any]], Any]:
    def aggregate(value: Any, arguments: list[Any]) -> Any:
        numbers = _numbers(value, arguments)
        try:
            return float(compute(numbers)) if numbers else MISSING
        except OverflowError:
            return MISSING

    return aggregate


def _length(value: Any, arguments: list[Any]) -> Any:
    subject = arguments[0] if arguments else value
    return len(subject) if isinstance(subject, list | dict) else None


def _keys(value: Any, arguments: list[Any]) -> Any:
    return list(value) if isinstance(value, dict) else MISSING


def _concat(value: Any, arguments: list[Any]) -> str:
    texts = [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
    return "".join([*texts, *map(str, arguments)])


def _append(value: Any, arguments: list[Any]) -> Any:
    return [*value, *arguments] if isinstance(value, list) else value


def _at(position: int) -> Callable[[Any, list[Any]], Any]:
    return lambda value, arguments: value[position] if isinstance(value, list) and value else MISSING


def _index(value: Any, arguments: list[Any]) -> Any:
    position = arguments[0] if len(arguments) == 1 else None
    if not isinstance(value, list) or not isinstance(position, int) or isinstance(position, bool):
        return MISSING
    return value[position] if -len(value) <= position < len(value) else MISSING


FUNCTIONS: Final[Mapping[str, Callable[[Any, list[Any]], Any]]] = {
    "length": _length,
    "size": _length,
    "sum": _aggregate(sum),
    "min": _aggregate(min),
    "max": _aggregate(max),
    "avg": _aggregate(statistics.fmean),
    "stddev": _aggregate(statistics.pstdev),
    "keys": _keys,
    "concat": _concat,
    "append": _append,
    "first": _at(0),
    "last": _at(-1),
    "index": _index,
}
