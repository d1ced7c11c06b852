"""Periods such as ``5m``: what they mean, and the times they cut a timeline at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SECOND_MS, _DAY_MS = 1_000, 86_400_000
_UNIT_MS: Mapping[str, int] = {
    "ms": 1, "s": _SECOND_MS, "m": 60 * _SECOND_MS, "h": 3_600 * _SECOND_MS, "d": _DAY_MS, "w": 7 * _DAY_MS,
}  # fmt: skip
_UNIT_MONTHS: Mapping[str, int] = {"mo": 1, "q": 3, "y": 12}
_COUNT_MAX: Mapping[str, int] = {"ms": 1_000, "s": 60, "m": 60, "h": 24}
"""``bin(300s)`` is one of 60 seconds, says the documentation."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "ms": ("ms", "msec", "millisecond"),
    "s": ("s", "sec", "second"),
    "m": ("m", "min", "minute"),
    "h": ("h", "hr", "hour"),
    "d": ("d", "day"),
    "w": ("w", "week"),
    "mo": ("mo", "mon", "month"),
    "q": ("q", "qtr", "quarter"),
    "y": ("y", "yr", "year"),
}
_UNITS: Mapping[str, str] = {
    spelling: unit
    for unit, names in _NAMES.items()
    for name in names
    for spelling in ((name, name + "s") if len(name) > 1 else (name,))
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY_MS = 4 * _DAY_MS
"""The first Monday: weeks begin there."""
_COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Period:
    count: int
    unit: str

    def floor(self, time_ms: int) -> int:
        """The last multiple of the period not after ``time_ms``."""
        if self.unit in _UNIT_MONTHS:
            return self._months_floor(time_ms, 0)
        length = self.count * _UNIT_MS[self.unit]
        origin = _MONDAY_MS if self.unit == "w" else 0
        return origin + (time_ms - origin) // length * length

    def ceil(self, time_ms: int) -> int:
        """The first multiple of the period not before ``time_ms``."""
        floor_ms = self.floor(time_ms)
        if floor_ms == time_ms:
            return time_ms
        if self.unit in _UNIT_MONTHS:
            return self._months_floor(time_ms, 1)
        return floor_ms + self.count * _UNIT_MS[self.unit]

    def _months_floor(self, time_ms: int, later: int) -> int:
        step = self.count * _UNIT_MONTHS[self.unit]
        try:
            moment = _EPOCH + timedelta(milliseconds=time_ms)
            months = ((moment.year - 1970) * 12 + moment.month - 1) // step * step + later * step
            start = datetime(1970 + months // 12, months % 12 + 1, 1, tzinfo=UTC)
        except (OverflowError, ValueError):
            return time_ms
        return int((start - _EPOCH).total_seconds()) * _SECOND_MS


def read_period(count: int, unit: str) -> Period | None:
    """The period of a number and a unit, capped as AWS does; None where there is no such unit."""
    known = _UNITS.get(unit.lower())
    if known is None or count < 1:
        return None
    return Period(min(count, _COUNT_MAX.get(known, _COUNT_LIMIT)), known)
