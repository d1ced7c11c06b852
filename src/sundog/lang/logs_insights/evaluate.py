"""From an expression to a function over records."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sundog.lang.logs_insights.functions import FUNCTIONS, Function
from sundog.lang.logs_insights.records import Record
from sundog.lang.logs_insights.syntax import Binary, Call, Field, In, Like, Literal, Node, Unary
from sundog.lang.logs_insights.texts import TEXT_FUNCTIONS
from sundog.lang.logs_insights.values import (
    Number,
    Value,
    equal,
    known,
    order,
    plain_text,
    to_number,
    truth,
)

SCALARS: Mapping[str, Function] = {**FUNCTIONS, **TEXT_FUNCTIONS}
_EXACT_EXPONENT_MAX = 64

Evaluate = Callable[[Record], Value]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a query may ask about itself: when it was started and the window it looks at."""

    now_ms: int = 0
    start_ms: int = 0
    end_ms: int = 0
    limit: int | None = None
    """Of the request; None for the default of AWS."""


def compile_expression(node: Node, settings: Settings) -> Evaluate:
    """The function that computes ``node`` for a record."""
    if isinstance(node, Literal):
        constant = node.value
        return lambda record: constant
    if isinstance(node, Field):
        name, path = node.name, node.path
        return lambda record: record.get(name, path)
    if isinstance(node, Call):
        return _call(node, settings)
    if isinstance(node, Like):
        return _like(compile_expression(node.operand, settings), node.pattern)
    if isinstance(node, In):
        return _in(node, settings)
    if isinstance(node, Unary):
        operand = compile_expression(node.operand, settings)
        return _negation(operand) if node.operator == "not" else _minus(operand)
    return _binary(node, settings)


def _call(node: Call, settings: Settings) -> Evaluate:
    asked = {
        "now": settings.now_ms // 1000,
        "querystarttime": settings.start_ms,
        "queryendtime": settings.end_ms,
        "querytimerange": settings.end_ms - settings.start_ms,
    }
    if node.name in asked:
        constant = asked[node.name]
        return lambda record: constant
    if node.name == "bin":
        time = Field(("@timestamp",))
        return _call(Call("datefloor", (time, *node.arguments)), settings)
    apply = SCALARS[node.name].apply
    arguments = [compile_expression(argument, settings) for argument in node.arguments]
    return lambda record: apply(*[argument(record) for argument in arguments])


def _like(operand: Evaluate, pattern: str | re.Pattern[str]) -> Evaluate:
    def contains(record: Record) -> Value:
        text = plain_text(operand(record))
        return None if text is None else pattern in text  # type: ignore[operator]  # it is a text

    def matches(record: Record) -> Value:
        text = plain_text(operand(record))
        return None if text is None else pattern.search(text) is not None  # type: ignore[union-attr]

    return contains if isinstance(pattern, str) else matches


def _in(node: In, settings: Settings) -> Evaluate:
    operand = compile_expression(node.operand, settings)
    items = [compile_expression(item, settings) for item in node.items]

    def test(record: Record) -> Value:
        value = operand(record)
        return None if value is None else any(equal(value, item(record)) for item in items)

    return test


def _negation(operand: Evaluate) -> Evaluate:
    def negate(record: Record) -> Value:
        value = truth(operand(record))
        return None if value is None else not value

    return negate


def _minus(operand: Evaluate) -> Evaluate:
    def negate(record: Record) -> Value:
        number = to_number(operand(record))
        return None if number is None else -number

    return negate


def _binary(node: Binary, settings: Settings) -> Evaluate:
    left, right = compile_expression(node.left, settings), compile_expression(node.right, settings)
    if node.operator in ("and", "or"):
        return _junction(left, right, is_or=node.operator == "or")
    if node.operator in _COMPARISONS:
        compare = _COMPARISONS[node.operator]
        return lambda record: compare(left(record), right(record))
    compute = _ARITHMETIC[node.operator]

    def arithmetic(record: Record) -> Value:
        first, second = to_number(left(record)), to_number(right(record))
        if first is None or second is None:
            return None
        try:
            return known(compute(first, second))
        except (ZeroDivisionError, OverflowError, TypeError):
            return None

    return arithmetic


def _junction(left: Evaluate, right: Evaluate, *, is_or: bool) -> Evaluate:
    """A missing side decides nothing: the other one may."""

    def join(record: Record) -> Value:
        first = truth(left(record))
        if first is is_or:
            return is_or
        second = truth(right(record))
        if second is is_or:
            return is_or
        return None if first is None or second is None else not is_or

    return join


def _ordered(holds: Callable[[int, int], bool]) -> Callable[[Value, Value], Value]:
    def compare(left: Value, right: Value) -> Value:
        found = order(left, right)
        return None if found is None else holds(found, 0)

    return compare


def _unequal(left: Value, right: Value) -> Value:
    found = equal(left, right)
    return None if found is None else not found


def _divide(left: Number, right: Number) -> Number:
    quotient = left / right
    return (
        int(quotient) if isinstance(left, int) and isinstance(right, int) and left % right == 0 else quotient
    )


def _power(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int) and 0 <= right <= _EXACT_EXPONENT_MAX:
        return int(left**right)
    result = float(left) ** float(right)
    if isinstance(result, complex):
        raise OverflowError
    return float(result)


def _remainder(left: Number, right: Number) -> Number:
    """Of the sign of the left side, as in Java."""
    rest = abs(left) % abs(right)
    return rest if left >= 0 else -rest


_COMPARISONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "=": equal,
    "!=": _unequal,
    "<": _ordered(operator.lt),
    ">": _ordered(operator.gt),
    "<=": _ordered(operator.le),
    ">=": _ordered(operator.ge),
}
_ARITHMETIC: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
    "^": _power,
}
