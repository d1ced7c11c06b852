"""The functions that take values and need to know nothing else."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sundog.lang.metric_math.syntax import MathError
from sundog.lang.metric_math.values import Series, Value, across

Reduce = Callable[[Sequence[float]], float]

REDUCTIONS: Mapping[str, Reduce] = {
    "AVG": lambda values: math.fsum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "STDDEV": statistics.pstdev,
}
"""Of a series: one number. Of an array: one series, time by time."""


def _logarithm(value: float) -> float | None:
    return math.log(value) if value > 0 else None


def _logarithm10(value: float) -> float | None:
    return math.log10(value) if value > 0 else None


MAPPED: Mapping[str, Callable[[float], float | None]] = {
    "ABS": abs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
    "LOG": _logarithm,
    "LOG10": _logarithm10,
}

CALENDAR: Mapping[str, Callable[[datetime], float]] = {
    "MINUTE": lambda time: float(time.minute),
    "HOUR": lambda time: float(time.hour),
    "DAY": lambda time: float(time.isoweekday()),
    "DATE": lambda time: float(time.day),
    "MONTH": lambda time: float(time.month),
    "YEAR": lambda time: float(time.year),
    "EPOCH": lambda time: float(int(time.timestamp())),
}
"""The time of each datapoint, in UTC."""


def reduce_value(name: str, value: Value) -> Value:
    reduce = REDUCTIONS[name]
    if isinstance(value, float):
        return reduce([value])
    if isinstance(value, tuple):
        return across(value, reduce)
    return reduce(list(value.points.values())) if value.points else math.nan


def each(value: Value, change: Callable[[Series], Series], name: str) -> Value:
    """``change`` applied to a series or to each of an array."""
    if isinstance(value, float):
        raise MathError(f"Unsupported operand type(s) for {name}: '[Scalar]'")
    return tuple(map(change, value)) if isinstance(value, tuple) else change(value)


def map_value(name: str, value: Value) -> Value:
    change = MAPPED[name]
    if isinstance(value, float):
        result = change(value)
        return math.nan if result is None else result
    return each(value, lambda series: series.mapped(change), name)


def calendar(name: str, series: Series) -> Series:
    read = CALENDAR[name]
    return series.with_points({t: read(datetime.fromtimestamp(t / 1_000, UTC)) for t in series.points})


def differences(series: Series) -> Series:
    """DIFF: each value less the one before it; the first has none."""
    times = list(series.points)
    pairs = itertools.pairwise(times)
    return series.with_points({b: series.points[b] - series.points[a] for a, b in pairs})


def distances(series: Series) -> Series:
    """DIFF_TIME: seconds since the value before."""
    times = list(series.points)
    return series.with_points({b: (b - a) / 1_000 for a, b in itertools.pairwise(times)})


def rates(series: Series) -> Series:
    """RATE: the change a second since the value before."""
    seconds = distances(series).points
    return series.with_points({t: change / seconds[t] for t, change in differences(series).points.items()})


def running_sums(series: Series) -> Series:
    total, points = 0.0, {}
    for time, value in series.points.items():
        total += value
        points[time] = total
    return series.with_points(points)


CHANGES: Mapping[str, Callable[[Series], Series]] = {
    "DIFF": differences,
    "DIFF_TIME": distances,
    "RATE": rates,
    "RUNNING_SUM": running_sums,
}


def fill(series: Series, filler: Value | str, times: Sequence[int]) -> Series:
    """FILL: gaps hold a number, another series, the last value (REPEAT) or a straight line (LINEAR)."""
    if isinstance(filler, Series):
        return series.with_points({t: series.points.get(t, filler.points.get(t)) for t in times})
    if isinstance(filler, float):
        number = filler
        return series.with_points({t: series.points.get(t, number) for t in times})
    if filler == "REPEAT":
        return _repeat(series, times)
    if filler == "LINEAR":
        return _linear(series, times)
    raise MathError("The second argument of FILL must be a number, a time series, REPEAT or LINEAR")


def _repeat(series: Series, times: Sequence[int]) -> Series:
    points: dict[int, float | None] = {}
    last: float | None = None
    for time in sorted({*times, *series.points}):
        last = series.points.get(time, last)
        points[time] = last
    return series.with_points(points)


def _linear(series: Series, times: Sequence[int]) -> Series:
    points: dict[int, float | None] = dict(series.points)
    known = list(series.points)
    for a, b in itertools.pairwise(known):
        step = (series.points[b] - series.points[a]) / (b - a)
        points |= {t: series.points[a] + step * (t - a) for t in times if a < t < b}
    return series.with_points(points)
