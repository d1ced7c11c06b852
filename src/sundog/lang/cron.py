"""Schedule expressions of EventBridge rules and EventBridge Scheduler: ``rate()``, ``cron()`` and ``at()``.

`parse_schedule` reads one or raises `InvalidSchedule` with the service's words; a schedule's ``next_after``
gives the first occurrence after a moment, both in milliseconds since the epoch. Cron has six fields (minutes,
hours, day of month, month, day of week, year) in a time zone: an hour that the clock skips in spring has no
occurrences, an hour that it repeats in autumn has them once, the first time.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import calendar
import enum
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2199
_UNITS_MS: Final = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_MONTHS: Final = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905
_DAYS: Final = "SUN MON TUE WED THU FRI SAT".split()  # noqa: SIM905
_RATE: Final = re.compile(r"rate\(([0-9]{1,12}) +(minute|hour|day)(s?)\)", re.ASCII)
_AT: Final = re.compile(r"at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)", re.ASCII)
_CRON: Final = re.compile(r"cron\(([^()]*)\)")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class InvalidSchedule(Exception):
    """No schedule expression; ``message`` is what the service answers."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Dialect(enum.Enum):
    """Whose expression it is. Rules know no ``at()``."""

    RULE = "rule"
    SCHEDULER = "scheduler"

    def word(self, text: str) -> str:
        if self is Dialect.RULE:
            return "Parameter ScheduleExpression is not valid."
        return f"Invalid Schedule Expression {text}."


@dataclass(frozen=True, slots=True)
class Rate:
    """Every ``period_ms`` from ``anchor_ms`` on; a day is 24 hours whatever the clocks do."""

    period_ms: int

    def next_after(self, after_ms: int, anchor_ms: int = 0, zone: ZoneInfo | None = None) -> int | None:
        if after_ms < anchor_ms:
            return anchor_ms
        return anchor_ms + ((after_ms - anchor_ms) // self.period_ms + 1) * self.period_ms


@dataclass(frozen=True, slots=True)
class At:
    """Once, at a local time. A time that the clock skips counts with the offset before the skip."""

    local: datetime

    def next_after(self, after_ms: int, anchor_ms: int = 0, zone: ZoneInfo | None = None) -> int | None:
        at_ms = _to_ms(self.local.replace(tzinfo=zone or UTC))
        return at_ms if at_ms > after_ms else None


@dataclass(frozen=True, slots=True)
class MonthDays:
    """The days of a month that a day field allows: plain ones, counted from the end, nearest to a weekday."""

    plain: frozenset[int] = frozenset()
    last: bool = False
    last_workday: bool = False
    nearest: int | None = None

    def of(self, year: int, month: int) -> set[int]:
        first_weekday, length = calendar.monthrange(year, month)
        days = {day for day in self.plain if day <= length}
        if self.last:
            days.add(length)
        if self.last_workday:
            days.add(max(day for day in range(1, length + 1) if (first_weekday + day - 1) % 7 < 5))
        if self.nearest is not None and self.nearest <= length:
            days.add(_nearest_workday(self.nearest, first_weekday, length))
        return days


def _nearest_workday(day: int, first_weekday: int, length: int) -> int:
    """The workday nearest to ``day`` without leaving the month."""
    weekday = (first_weekday + day - 1) % 7
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < length else day - 2
    return day


@dataclass(frozen=True, slots=True)
class WeekDays:
    """The days of a month by day of week, 1 = Sunday: every one, the last one, or the nth one."""

    plain: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    nth: tuple[int, int] | None = None

    def of(self, year: int, month: int) -> set[int]:
        first_weekday, length = calendar.monthrange(year, month)
        found = set()
        for day in range(1, length + 1):
            weekday = (first_weekday + day) % 7 + 1
            in_last_week = day > length - 7
            is_nth = self.nth == (weekday, (day - 1) // 7 + 1)
            if weekday in self.plain or (in_last_week and weekday in self.last) or is_nth:
                found.add(day)
        return found


@dataclass(frozen=True, slots=True)
class Cron:
    """The six fields; of the two day fields the one that was not ``?``."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: MonthDays | WeekDays
    months: frozenset[int]
    years: tuple[int, ...]

    def next_after(self, after_ms: int, anchor_ms: int = 0, zone: ZoneInfo | None = None) -> int | None:
        """The first occurrence after both moments (``anchor_ms`` itself may be one), or None."""
        after_ms = max(after_ms, anchor_ms - 1)
        zone_or_utc = zone or UTC
        last_ms = _to_ms(datetime(YEAR_MAX, 12, 31, tzinfo=UTC)) + 86_400_000
        if after_ms >= last_ms:
            return None
        after = (_EPOCH + timedelta(milliseconds=max(after_ms, -86_400_000))).astimezone(zone_or_utc)
        for local in self._locals_from(after.replace(tzinfo=None)):
            moment = local.replace(tzinfo=zone_or_utc)
            at_ms = _to_ms(moment)
            back = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone_or_utc)
            # A skipped local time comes back as another one; a repeated one maps to its first pass.
            if at_ms > after_ms and back.replace(tzinfo=None) == local:
                return at_ms
        return None

    def _locals_from(self, start: datetime) -> Iterator[datetime]:
        """Local times at or after the minute of ``start``, in order."""
        start = start.replace(second=0, microsecond=0)
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in sorted(self.months):
                if (year, month) < (start.year, start.month):
                    continue
                for day in sorted(self.days.of(year, month)):
                    if datetime(year, month, day) + timedelta(days=1) > start:
                        yield from self._locals_of_day(datetime(year, month, day), start)

    def _locals_of_day(self, day: datetime, start: datetime) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                local = day.replace(hour=hour, minute=minute)
                if local >= start:
                    yield local


Schedule = Rate | Cron | At


def _to_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


# -- reading ------------------------------------------------------------------------------------------------


def parse_schedule(text: str, dialect: Dialect = Dialect.RULE) -> Schedule:
    try:
        if found := _RATE.fullmatch(text):
            return _rate(int(found[1]), found[2], plural=bool(found[3]))
        if found := _CRON.fullmatch(text):
            return _cron(found[1].split())
        if (found := _AT.fullmatch(text)) and dialect is Dialect.SCHEDULER:
            return At(datetime(*(int(part) for part in found.groups())))  # type: ignore[arg-type]
    except ValueError:
        pass
    raise InvalidSchedule(dialect.word(text))


def occurrences(
    schedule: Schedule, after_ms: int, count: int, *, anchor_ms: int = 0, zone: ZoneInfo | None = None
) -> list[int]:
    """The next ``count`` occurrences, fewer where the schedule ends."""
    found: list[int] = []
    while len(found) < count:
        next_ms = schedule.next_after(after_ms, anchor_ms, zone)
        if next_ms is None:
            break
        found.append(next_ms)
        after_ms = next_ms
    return found


def _rate(value: int, unit: str, *, plural: bool) -> Rate:
    """1 takes the singular, everything else the plural."""
    if value < 1 or plural == (value == 1):
        raise ValueError(value)
    return Rate(value * _UNITS_MS[unit])


def _cron(fields: list[str]) -> Cron:
    minutes, hours, month_day, months, week_day, years = fields
    if (month_day == "?") == (week_day == "?"):
        raise ValueError("exactly one of the day fields must be ?")
    return Cron(
        tuple(sorted(_numbers(minutes, 0, 59))),
        tuple(sorted(_numbers(hours, 0, 23))),
        _month_days(month_day) if week_day == "?" else _week_days(week_day),
        frozenset(_numbers(months, 1, 12, _MONTHS)),
        tuple(sorted(_numbers(years, YEAR_MIN, YEAR_MAX))),
    )


def _numbers(field: str, low: int, high: int, names: list[str] | None = None) -> set[int]:
    """Lists, ranges and steps: ``*`` ``5`` ``MON`` ``1-5`` ``*/15`` ``0/15`` ``1-31/10`` ``1,7``."""
    found: set[int] = set()
    for item in field.split(","):
        span, slash, step_text = item.partition("/")
        step = _number(step_text, 1, max(high, 1)) if slash else 1
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = low, high
        else:
            first = _number(first_text, low, high, names)
            last = _number(last_text, low, high, names) if dash else (high if slash else first)
        if last < first:
            last += high - low + 1  # FRI-MON goes over the end of the week
        found |= {(number - low) % (high - low + 1) + low for number in range(first, last + 1, step)}
    return found


def _number(text: str, low: int, high: int, names: list[str] | None = None) -> int:
    if names and text.upper() in names:
        return names.index(text.upper()) + low
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and low <= int(text) <= high):
        raise ValueError(text)
    return int(text)


def _month_days(field: str) -> MonthDays:
    if field == "L":
        return MonthDays(last=True)
    if field == "LW":
        return MonthDays(last_workday=True)
    if field.endswith("W"):
        return MonthDays(nearest=_number(field[:-1], 1, 31))
    return MonthDays(plain=frozenset(_numbers(field, 1, 31)))


def _week_days(field: str) -> WeekDays:
    if field == "L":
        return WeekDays(plain=frozenset({7}))
    if field.endswith("L"):
        return WeekDays(last=frozenset({_number(field[:-1], 1, 7, _DAYS)}))
    if "#" in field:
        day, _, nth = field.partition("#")
        return WeekDays(nth=(_number(day, 1, 7, _DAYS), _number(nth, 1, 5)))
    return WeekDays(plain=frozenset(_numbers(field, 1, 7, _DAYS)))
