"""The operators of filters, with Jayway's ideas of equality: a number and its text are equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sundog.lang.evaluation import MISSING


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and isinstance(right, str):
        try:
            return bool(left == float(right))
        except ValueError:
            return False
    if isinstance(left, str) and _is_number(right):
        return left == str(right)
    return _same(left, right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    comparable = type(left) is type(right) or (_is_number(left) and _is_number(right))
    return comparable and bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        both_numbers = _is_number(left) and _is_number(right)
        return (both_numbers or (isinstance(left, str) and isinstance(right, str))) and compare(left, right)

    return ordered


def _matches(left: Any, right: Any) -> bool:
    if isinstance(left, re.Pattern):
        left, right = right, left
    if not isinstance(right, re.Pattern) or left is MISSING or isinstance(left, list | dict):
        return False
    return right.fullmatch(left if isinstance(left, str) else str(left)) is not None


def _in(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(_equal(left, element) for element in right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _in(right, left)


def _subset_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and all(_in(element, right) for element in left)


def _any_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and any(_in(element, right) for element in left)


def _none_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and not _any_of(left, right)


def _all(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_in(element, left) for element in right)


def _size(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and _is_number(right) and bool(len(left) == right)


def _empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and isinstance(right, bool) and (not left) is right


def _type(left: Any, right: Any) -> bool:
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "json", dict: "json"}
    return bool(names.get(type(left), "null" if left is None else "undefined") == right)


OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": _equal,
    "===": _same,
    "!=": lambda left, right: not _equal(left, right),
    "!==": lambda left, right: not _same(left, right),
    "<": _ordered(lambda left, right: bool(left < right)),
    "<=": _ordered(lambda left, right: bool(left <= right)),
    ">": _ordered(lambda left, right: bool(left > right)),
    ">=": _ordered(lambda left, right: bool(left >= right)),
    "=~": _matches,
    "in": _in,
    "nin": lambda left, right: not _in(left, right),
    "contains": _contains,
    "subsetof": _subset_of,
    "anyof": _any_of,
    "noneof": _none_of,
    "all": _all,
    "size": _size,
    "empty": _empty,
    "type": _type,
}
