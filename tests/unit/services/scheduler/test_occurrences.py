"""When a schedule fires next: laws."""

from hypothesis import given
from hypothesis import strategies as st

from sundog.scope import Scope
from sundog.services.scheduler.model import Schedule
from sundog.services.scheduler.occurrences import decide_due, decide_next

EXPRESSIONS = ("rate(7 minutes)", "rate(1 day)", "cron(0/20 * * * ? *)", "cron(30 2 ? * SUN *)")
START_MS = 1_700_000_000_000


def make(expression, window=0, **more):
    body = {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": window},
        **more,
    }
    return Schedule(Scope(), "default", "s", "r", body, START_MS, START_MS, START_MS)


@given(
    st.sampled_from(EXPRESSIONS), st.integers(-(10**9), 10**10), st.integers(0, 10**9), st.integers(0, 10**9)
)
def test_occurrences_follow_one_another_between_start_and_end(expression, after, start, length):
    start_ms, end_ms = START_MS + start, START_MS + start + length
    schedule = make(expression, StartDate=start_ms, EndDate=end_ms)
    before_ms = START_MS + after
    for _ in range(5):
        next_ms = decide_next(schedule, before_ms)
        if next_ms is None:
            break
        assert next_ms > before_ms
        assert start_ms <= next_ms <= end_ms
        before_ms = next_ms


@given(st.sampled_from(EXPRESSIONS))
def test_a_schedule_that_is_off_has_no_occurrence(expression):
    assert decide_next(make(expression, State="DISABLED"), START_MS) is None


@given(st.integers(1, 1_440), st.floats(0, 1, exclude_max=True))
def test_an_occurrence_is_due_within_its_window(window, chance):
    due_ms = decide_due(make("rate(1 day)", window), START_MS, chance)
    assert START_MS <= due_ms < START_MS + window * 60_000


def test_a_one_time_schedule_ignores_both_dates():
    schedule = make("at(2030-01-01T00:00:00)", StartDate=START_MS, EndDate=START_MS + 1)
    assert decide_next(schedule, START_MS) == 1_893_452_400_000
