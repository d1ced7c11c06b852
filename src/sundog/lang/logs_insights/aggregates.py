"""The functions of ``stats``: each is a small state that takes values one by one and gives a result.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sundog.lang.logs_insights.values import (
    Number,
    SortKey,
    Time,
    Value,
    known,
    plain_text,
    sort_key,
    to_number,
)


class State(Protocol):
    def add(self, value: Value, time_ms: int) -> None: ...
    def result(self) -> Value: ...


class Count:
    """Of the values that are there."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, value: Value, time_ms: int) -> None:
        self._count += value is not None

    def result(self) -> Value:
        return self._count


class CountDistinct:
    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, value: Value, time_ms: int) -> None:
        text = plain_text(value)
        if text is not None:
            self._texts.add(text)

    def result(self) -> Value:
        return len(self._texts)


class Moments:
    """Count, sum, mean and squares of the numbers among the values, by Welford's way."""

    def __init__(self, read: Callable[[Moments], Number | None]) -> None:
        self._read = read
        self.count = 0
        self.sum: Number = 0
        self.mean = self.squares = 0.0

    def add(self, value: Value, time_ms: int) -> None:
        number = to_number(value)
        if number is None:
            return
        self.count += 1
        self.sum += number
        difference = number - self.mean
        self.mean += difference / self.count
        self.squares += difference * (number - self.mean)

    def result(self) -> Value:
        found = self._read(self) if self.count else None
        return None if found is None else known(found)


class Extreme:
    """The value that sorts first or last."""

    def __init__(self, is_last: bool) -> None:
        self._is_last = is_last
        self._key: SortKey | None = None
        self._value: Value = None

    def add(self, value: Value, time_ms: int) -> None:
        if value is None or isinstance(value, list | dict):
            return
        key = sort_key(value)
        if self._key is None or (key > self._key if self._is_last else key < self._key):
            self._key, self._value = key, value

    def result(self) -> Value:
        return _plain(self._value)


class Edge:
    """The value of the earliest or latest event that has one."""

    def __init__(self, is_latest: bool) -> None:
        self._is_latest = is_latest
        self._time_ms: int | None = None
        self._value: Value = None

    def add(self, value: Value, time_ms: int) -> None:
        if value is None:
            return
        known_ms = self._time_ms
        if known_ms is None or (time_ms >= known_ms if self._is_latest else time_ms < known_ms):
            self._time_ms, self._value = time_ms, value

    def result(self) -> Value:
        return _plain(self._value)


class Percentile:
    """Between the two nearest ranks, in proportion."""

    def __init__(self, percent: float) -> None:
        self._percent = percent
        self._numbers = array("d")

    def add(self, value: Value, time_ms: int) -> None:
        number = to_number(value)
        if number is not None:
            self._numbers.append(number)

    def result(self) -> Value:
        if not self._numbers:
            return None
        numbers = sorted(self._numbers)
        place = (len(numbers) - 1) * self._percent / 100
        below = math.floor(place)
        above = min(below + 1, len(numbers) - 1)
        return numbers[below] + (numbers[above] - numbers[below]) * (place - below)


def _plain(value: Value) -> Value:
    """Observed: times come out of an aggregation as milliseconds."""
    return value.ms if isinstance(value, Time) else value


def _deviation(moments: Moments) -> Number:
    """Of a sample."""
    return math.sqrt(moments.squares / (moments.count - 1)) if moments.count > 1 else 0


def _mean(moments: Moments) -> Number:
    return moments.sum / moments.count


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How a state is made, from the percentage where ``pct`` has one."""

    make: Callable[[float], State]
    arguments: int = 1


AGGREGATES: Mapping[str, Aggregate] = {
    "count": Aggregate(lambda _: Count()),
    "count_distinct": Aggregate(lambda _: CountDistinct()),
    "sum": Aggregate(lambda _: Moments(lambda moments: moments.sum)),
    "avg": Aggregate(lambda _: Moments(_mean)),
    "stddev": Aggregate(lambda _: Moments(_deviation)),
    "min": Aggregate(lambda _: Extreme(is_last=False)),
    "max": Aggregate(lambda _: Extreme(is_last=True)),
    "sortsfirst": Aggregate(lambda _: Extreme(is_last=False)),
    "sortslast": Aggregate(lambda _: Extreme(is_last=True)),
    "earliest": Aggregate(lambda _: Edge(is_latest=False)),
    "latest": Aggregate(lambda _: Edge(is_latest=True)),
    "pct": Aggregate(Percentile, arguments=2),
}
