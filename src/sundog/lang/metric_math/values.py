"""What expressions compute with: numbers, time series, and lists of time series."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sundog.lang.metric_math.syntax import MathError


@dataclass(frozen=True, slots=True)
class Series:
    """Values by the start of their period, ascending. ``label`` is what a caller sees by default."""

    points: Mapping[int, float]
    period_s: int
    label: str = ""

    def mapped(self, change: Callable[[float], float | None]) -> Series:
        """Every value changed; those that have no result are left out."""
        changed = ((time, change(value)) for time, value in self.points.items())
        return self.with_points({time: value for time, value in changed if _is_number(value)})

    def with_points(self, points: Mapping[int, float | None]) -> Series:
        known = {time: value for time, value in sorted(points.items()) if value is not None}
        return replace(self, points=known)


Value = float | Series | tuple[Series, ...]
"""A scalar, one time series (TS), or an array of them (TS[])."""

Operator = Callable[[float, float], float]


def _divide(left: float, right: float) -> float:
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        result = left**right
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return result if isinstance(result, float) else math.nan


OPERATORS: Mapping[str, Operator] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    ">": lambda left, right: float(left > right),
    "<=": lambda left, right: float(left <= right),
    ">=": lambda left, right: float(left >= right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}


def combine(name: str, left: Value, right: Value) -> Value:
    """``left name right``: scalars with anything, a series with another where both have a value."""
    apply = OPERATORS[name]
    if isinstance(left, tuple) and isinstance(right, tuple):
        raise MathError(f"Unsupported operand type(s) for {name}: '[Array[TimeSeries], Array[TimeSeries]]'")
    if isinstance(left, tuple):
        return tuple(_pair(apply, series, right) for series in left)
    if isinstance(right, tuple):
        return tuple(_pair(apply, left, series) for series in right)
    if isinstance(left, Series) or isinstance(right, Series):
        return _pair(apply, left, right)
    result = apply(left, right)
    return result if math.isfinite(result) else math.nan


def _pair(apply: Operator, left: Value, right: Value) -> Series:
    if isinstance(left, Series) and isinstance(right, Series):
        both = [time for time in left.points if time in right.points]
        return left.with_points({t: _known(apply(left.points[t], right.points[t])) for t in both})
    if isinstance(left, Series):
        assert isinstance(right, float)
        number = right
        return left.mapped(lambda value: apply(value, number))
    assert isinstance(left, float) and isinstance(right, Series)
    first = left
    return right.mapped(lambda value: apply(first, value))


def across(many: Sequence[Series], reduce: Callable[[Sequence[float]], float]) -> Series:
    """One series from many: at each time, of those that have a value there."""
    if not many:
        raise MathError("The array of time series is empty")
    times = sorted({time for series in many for time in series.points})
    points = {t: reduce([s.points[t] for s in many if t in s.points]) for t in times}
    return replace(many[0], points=points)


def is_true(value: float) -> bool:
    return value != 0


def _known(value: float) -> float | None:
    return value if _is_number(value) else None


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
