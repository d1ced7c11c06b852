"""Quotas by days: when a period begins, what is left of it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigateway.usage import DayUse, left, period_start

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
QUOTAS = st.one_of(
    st.builds(dict, period=st.just("DAY"), offset=st.just(0), limit=st.integers(1, 100)),
    st.builds(dict, period=st.just("WEEK"), offset=st.integers(0, 6), limit=st.integers(1, 100)),
    st.builds(dict, period=st.just("MONTH"), offset=st.integers(0, 27), limit=st.integers(1, 100)),
)


def test_a_week_begins_on_sunday_and_an_offset_moves_it():
    wednesday = date(2026, 11, 25)
    assert period_start({"period": "WEEK"}, wednesday) == date(2026, 11, 22)
    assert period_start({"period": "WEEK", "offset": 1}, wednesday) == date(2026, 11, 23)
    assert period_start({"period": "WEEK", "offset": 4}, wednesday) == date(2026, 11, 19)


def test_a_month_begins_on_the_first_and_an_offset_moves_it():
    assert period_start({"period": "MONTH"}, date(2026, 11, 25)) == date(2026, 11, 1)
    assert period_start({"period": "MONTH", "offset": 9}, date(2026, 11, 25)) == date(2026, 11, 10)
    assert period_start({"period": "MONTH", "offset": 9}, date(2026, 11, 9)) == date(2026, 10, 10)


@given(QUOTAS, DAYS)
def test_all_days_of_a_period_agree_on_its_start(quota, day):
    start = period_start(quota, day)
    assert start <= day
    assert period_start(quota, start) == start
    assert period_start(quota, start - timedelta(days=1)) < start


@given(QUOTAS, DAYS, st.lists(st.integers(0, 50), max_size=40))
def test_only_the_days_of_the_period_count(quota, day, uses):
    days = [DayUse(day - timedelta(days=ago), used, 0) for ago, used in enumerate(uses)]
    start = period_start(quota, day)
    used = sum(one.used for one in days if one.day >= start)
    assert left(quota, days, day) == max(0, quota["limit"] - used)


def test_what_was_granted_counts_until_the_period_ends():
    quota = {"period": "WEEK", "offset": 0, "limit": 10}
    sunday = date(2026, 11, 22)
    days = [DayUse(sunday, 10, 5), DayUse(sunday + timedelta(days=1), 2, 0)]
    assert left(quota, days, sunday) == 5
    assert left(quota, days, sunday + timedelta(days=1)) == 3
    assert left(quota, days, sunday + timedelta(days=7)) == 10
