"""Schedule expressions: what is one, and when it occurs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.cron import Cron, Dialect, InvalidSchedule, Rate, occurrences, parse_schedule

NEW_YORK = ZoneInfo("America/New_York")


def ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def iso(at_ms: int | None, zone: ZoneInfo | None = None) -> str | None:
    return at_ms and datetime.fromtimestamp(at_ms / 1000, zone or UTC).strftime("%Y-%m-%dT%H:%M%z")[:16]


VALID = [
    "rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(24 hours)", "rate(1 day)", "rate(7 days)",
    "cron(*/15 * * * ? *)", "cron(0 18 ? * MON-FRI *)", "cron(0 8 1 * ? *)", "cron(0/15 * * * ? *)",
    "cron(0/30 20-23 ? * MON-FRI *)", "cron(1-31/30 1-1 ? * 1,7 *)", "cron(15 10 ? * 6L 2002-2005)",
    "cron(15 12 * * ? *)", "cron(5,35 14 * * ? *)", "cron(0 10 LW * ? *)", "cron(0 10 3W * ? *)",
    "cron(0 10 ? * 3#2 *)", "cron(0 0 L JAN,JUL ? 2199)", "cron(0 9 ? * FRI-MON *)",
]  # fmt: skip
INVALID = [
    "", "rate()", "rate(10)", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(10 minutess)",
    "rate(10 years)", "rate(foo minutes)", "rate(-1 minutes)", "rate(1.5 hours)", " rate(1 minute)",
    "cron(INVALID)", "cron(0 1 * * * *)", "cron(0 1 ? * ? *)", "cron(0 dummy ? * MON-FRI *)",
    "cron(7 20 * * NOT *)", "cron(71 8 1 * ? *)", "cron(0 24 * * ? *)", "cron(0 0 32 * ? *)",
    "cron(0 0 0 * ? *)", "cron(0 0 * 13 ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * 0 *)",
    "cron(0 0 * * ? 1969)",
    "cron(0 0 * * ? 2200)", "cron(0 0 * * ?)", "cron(0 0 * * ? * *)", "cron(? 0 * * ? *)",
    "cron(0 0 ? * 3#6 *)",
    "cron(0 0 ? * 3#1,4#1 *)", "cron(0 0 1W,2 * ? *)", "cron(*/0 0 * * ? *)", "cron(, 0 * * ? *)",
    "CRON(0 0 * * ? *)", "at(2021-12-31)",
]  # fmt: skip


@pytest.mark.parametrize("text", VALID)
def test_aws_accepts(text: str) -> None:
    parse_schedule(text)


@pytest.mark.parametrize("text", INVALID)
def test_aws_refuses_in_each_service_s_words(text: str) -> None:
    with pytest.raises(InvalidSchedule, match=r"^Parameter ScheduleExpression is not valid\.$"):
        parse_schedule(text, Dialect.RULE)
    with pytest.raises(InvalidSchedule) as caught:
        parse_schedule(text, Dialect.SCHEDULER)
    assert caught.value.message == f"Invalid Schedule Expression {text}."


def test_only_the_scheduler_knows_at() -> None:
    with pytest.raises(InvalidSchedule):
        parse_schedule("at(2026-11-24T12:00:00)", Dialect.RULE)
    schedule = parse_schedule("at(2026-11-24T12:00:00)", Dialect.SCHEDULER)
    assert schedule.next_after(0, zone=NEW_YORK) == ms("2026-11-24T17:00")
    assert schedule.next_after(ms("2026-11-24T17:00"), zone=NEW_YORK) is None
    with pytest.raises(InvalidSchedule):
        parse_schedule("at(2026-02-30T12:00:00)", Dialect.SCHEDULER)


NEXT = [
    ("cron(15 12 * * ? *)", "2026-11-24T12:15", "2026-11-25T12:15"),
    ("cron(0/15 * * * ? *)", "2026-11-24T23:50", "2026-11-25T00:00"),
    ("cron(0 18 ? * MON-FRI *)", "2026-11-27T18:00", "2026-11-30T18:00"),
    ("cron(0 9 ? * FRI-MON *)", "2026-11-23T09:00", "2026-11-27T09:00"),
    ("cron(0 10 L * ? *)", "2027-02-01T00:00", "2027-02-28T10:00"),
    ("cron(0 10 L * ? *)", "2028-02-01T00:00", "2028-02-29T10:00"),
    ("cron(0 10 LW * ? *)", "2026-10-01T00:00", "2026-10-30T10:00"),
    ("cron(0 10 1W * ? *)", "2026-08-01T00:00", "2026-08-03T10:00"),
    ("cron(0 10 31W * ? *)", "2026-10-01T00:00", "2026-10-30T10:00"),
    ("cron(0 10 ? * 3#2 *)", "2026-11-01T00:00", "2026-11-10T10:00"),
    ("cron(0 10 ? * L *)", "2026-11-24T00:00", "2026-11-28T10:00"),
    ("cron(0 10 ? * 6L *)", "2026-11-24T00:00", "2026-11-27T10:00"),
    ("cron(0 0 29 2 ? *)", "2026-11-24T00:00", "2028-02-29T00:00"),
    ("cron(0 0 30 2 ? *)", "2026-11-24T00:00", None),
    ("cron(15 10 ? * 6L 2002-2005)", "2026-11-24T00:00", None),
    ("cron(59 23 31 12 ? 2199)", "2026-11-24T00:00", "2199-12-31T23:59"),
]


@pytest.mark.parametrize(("text", "after", "expected"), NEXT)
def test_the_next_occurrence(text: str, after: str, expected: str | None) -> None:
    assert iso(parse_schedule(text).next_after(ms(after))) == expected


def test_an_hour_that_the_clock_skips_has_no_occurrence() -> None:
    schedule = parse_schedule("cron(30 2 * * ? *)")
    found = occurrences(schedule, ms("2026-03-07T12:00"), 2, zone=NEW_YORK)
    assert [iso(at, NEW_YORK) for at in found] == ["2026-03-09T02:30", "2026-03-10T02:30"]


def test_an_hour_that_the_clock_repeats_has_its_occurrences_once() -> None:
    schedule = parse_schedule("cron(0/30 1,2 1 11 ? 2026)")
    found = occurrences(schedule, ms("2026-10-31T12:00"), 9, zone=NEW_YORK)
    assert found == [ms(f"2026-11-01T{at}") for at in ("05:00", "05:30", "07:00", "07:30")]


def test_a_day_is_24_hours_for_a_rate() -> None:
    schedule = parse_schedule("rate(1 day)")
    start = ms("2026-03-07T12:00-05:00")
    found = occurrences(schedule, start, 2, anchor_ms=start, zone=NEW_YORK)
    assert [iso(at, NEW_YORK) for at in found] == ["2026-03-08T13:00", "2026-03-09T13:00"]


MOMENTS = st.integers(ms("1969-12-31T00:00"), ms("2199-12-31T23:59"))


@given(st.integers(1, 10_000), MOMENTS, MOMENTS)
def test_a_rate_occurs_on_its_grid_and_misses_nothing(minutes: int, anchor: int, after: int) -> None:
    rate = Rate(minutes * 60_000)
    found = rate.next_after(after, anchor)
    assert found is not None
    assert found >= anchor
    assert (found - anchor) % rate.period_ms == 0
    assert found > after or found == anchor
    assert found - rate.period_ms <= max(after, anchor)


CRONS = st.builds(
    lambda minute, hour, days, month: f"cron({minute} {hour} {days[0]} {month} {days[1]} *)",
    st.sampled_from(["0", "*/20", "7,59", "10-20/5"]),
    st.sampled_from(["*", "2", "0/6", "1-3"]),
    st.sampled_from([("*", "?"), ("L", "?"), ("15W", "?"), ("?", "MON-FRI"), ("?", "1#1"), ("?", "6L")]),
    st.sampled_from(["*", "3", "JAN-MAR,11"]),
)
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"])


@given(CRONS, ZONES, st.integers(ms("2020-01-01T00:00"), ms("2030-01-01T00:00")))
def test_an_occurrence_is_later_and_none_lies_between(text: str, name: str, after: int) -> None:
    schedule, zone = parse_schedule(text), ZoneInfo(name)
    first = schedule.next_after(after, zone=zone)
    assert first is not None
    assert first > after
    assert first % 60_000 == 0
    middle = after + (first - after) // 2
    assert schedule.next_after(middle, zone=zone) == first
    assert schedule.next_after(first - 1, zone=zone) == first


@given(CRONS, ZONES, st.integers(ms("2020-01-01T00:00"), ms("2030-01-01T00:00")))
def test_an_occurrence_has_the_minute_hour_and_month_of_its_fields(text: str, name: str, after: int) -> None:
    schedule, zone = parse_schedule(text), ZoneInfo(name)
    assert isinstance(schedule, Cron)
    found = schedule.next_after(after, zone=zone)
    assert found is not None
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found)
    local = local.astimezone(zone)
    assert local.minute in schedule.minutes
    assert local.hour in schedule.hours
    assert local.month in schedule.months
    assert local.day in schedule.days.of(local.year, local.month)
    assert local.fold == 0


@given(st.text(alphabet="cronratef()0123456789*/,-?LW# MONJAN", max_size=30), st.sampled_from(Dialect))
def test_any_text_is_a_schedule_or_refused(text: str, dialect: Dialect) -> None:
    for tried in (text, f"cron({text})", f"rate({text})", f"at({text})"):
        try:
            parse_schedule(tried, dialect)
        except InvalidSchedule:
            continue
