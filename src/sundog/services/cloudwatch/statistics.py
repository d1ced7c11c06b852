"""Statistics of one period: the plain five, and those that need to know every value.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sundog.services.cloudwatch.model import Summary

Kind = Literal["plain", "p", "tm", "wm", "tc", "ts", "pr"]
PLAIN: Mapping[str, Callable[[Summary], float]] = {
    "SampleCount": lambda summary: summary.count,
    "Average": lambda summary: summary.total / summary.count,
    "Sum": lambda summary: summary.total,
    "Minimum": lambda summary: summary.low,
    "Maximum": lambda summary: summary.high,
}
_NUMBER = r"\d+(?:\.\d{0,10})?"
_SHORT = re.compile(rf"(p|tm|wm|tc|ts)({_NUMBER})")
_RANGE = re.compile(rf"(tm|wm|tc|ts|pr)\(({_NUMBER})?(%)?:({_NUMBER})?(%)?\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statistic:
    """``low`` and ``high`` are percentages where ``is_percent``, values otherwise; None: unbounded."""

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    is_percent: bool = True

    @property
    def is_plain(self) -> bool:
        return self.kind == "plain"


def parse_statistic(text: str) -> Statistic | None:
    """``Average``, ``p99.9``, ``tm90``, ``TM(10%:90%)``, ``PR(:300)``, ``IQM``; None for anything else."""
    if text in PLAIN:
        return Statistic(text, "plain")
    if text == "IQM":
        return Statistic(text, "tm", 25.0, 75.0)
    if (short := _SHORT.fullmatch(text)) is not None:
        bound = float(short[2])
        return Statistic(text, short[1], None, bound) if bound <= 100 else None  # type: ignore[arg-type]
    found = _RANGE.fullmatch(text)
    return _range(text, found) if found is not None else None


def _range(text: str, found: re.Match[str]) -> Statistic | None:
    kind = found[1].lower()
    low, high = (float(part) if part else None for part in (found[2], found[4]))
    is_percent = found[3] is not None or found[5] is not None
    whole = (low is None or found[3] is not None) and (high is None or found[5] is not None)
    if (low is None and high is None) or (is_percent and (not whole or kind == "pr")):
        return None
    if low is not None and high is not None and low >= high:
        return None
    if is_percent and max(low or 0, high or 0) > 100:
        return None
    return Statistic(text, kind, low, high, is_percent)  # type: ignore[arg-type]


def compute(statistic: Statistic, summary: Summary) -> float | None:
    """The statistic, or None where it cannot be known: of sets of values, percentiles of negative values."""
    if summary.count <= 0:
        return None
    if statistic.is_plain:
        return PLAIN[statistic.name](summary)
    if summary.has_sets or (statistic.kind == "p" and summary.low < 0):
        return None
    if statistic.kind == "p":
        return percentile(summary.values, statistic.high or 0.0)
    return _of_range(statistic, summary)


def percentile(values: list[tuple[float, float]], percent: float) -> float:
    """The smallest value that at least ``percent`` of all values do not exceed."""
    count = sum(count for _, count in values)
    # Rounded: 0.07 * 100 must not become the eighth of a hundred values.
    rank, seen = round(count * percent / 100, 9), 0.0
    for value, weight in values:
        seen += weight
        if seen >= rank:
            return value
    return values[-1][0]


def _of_range(statistic: Statistic, summary: Summary) -> float | None:
    inside = list(_inside(statistic, summary))
    count = sum(weight for _, weight in inside)
    if statistic.kind == "pr":
        return 100 * count / summary.count
    if statistic.kind == "tc":
        return count
    if statistic.kind == "ts":
        return sum(value * weight for value, weight in inside)
    if not count:
        return None
    if statistic.kind == "wm":
        return _winsorized(inside, statistic, summary)
    return sum(value * weight for value, weight in inside) / count


def _inside(statistic: Statistic, summary: Summary) -> Iterator[tuple[float, float]]:
    """The values between the bounds: above the lower one, up to and with the upper one."""
    low = statistic.low if statistic.low is not None else float("-inf")
    high = statistic.high if statistic.high is not None else float("inf")
    if not statistic.is_percent:
        yield from ((value, weight) for value, weight in summary.values if low < value <= high)
        return
    first = max(0.0, round(summary.count * low / 100, 9)) if low > 0 else 0.0
    last = round(summary.count * high / 100, 9) if high < 100 else summary.count
    seen = 0.0
    for value, weight in summary.values:
        share = min(seen + weight, last) - max(seen, first)
        seen += weight
        if share > 0:
            yield value, share


def _winsorized(inside: list[tuple[float, float]], statistic: Statistic, summary: Summary) -> float:
    """The mean where what is outside counts as the nearest value inside."""
    low, high = inside[0][0], inside[-1][0]
    return sum(min(max(value, low), high) * weight for value, weight in summary.values) / summary.count
