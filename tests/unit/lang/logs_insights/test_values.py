"""How values are sorted and written, and periods cut time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.logs_insights.periods import Period, read_period
from sundog.lang.logs_insights.values import Time, sort_key, to_text, write_double, write_number

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html
DOCUMENTED = "!: # *%04 0# 5A 111A 2345_ @ @_ A A9876fghj a12345hfh 0 01 1 2 3"
ASCENDING = DOCUMENTED.split()


@given(st.permutations(ASCENDING))
def test_texts_are_sorted_as_the_documentation_shows(shuffled):
    assert sorted(shuffled, key=sort_key) == ASCENDING


@given(
    st.lists(
        st.none()
        | st.text(max_size=5)
        | st.integers()
        | st.floats(allow_nan=False)
        | st.builds(Time, st.integers(0))
    )
)
def test_values_of_every_kind_can_be_sorted_together(values):
    sorted(values, key=sort_key)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.28e8, "1.28E8"),
        (6.9e7, "6.9E7"),
        (100.0, "100.0"),
        (3.21, "3.21"),
        (0.0, "0.0"),
        (0.0005, "5.0E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
    ],
)
def test_figures_of_reports_are_written_as_aws_writes_them(number, text):
    assert write_double(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (122.0703125, "122.0703"),
        (0.00001, "0"),
        (-0.00001, "0"),
        (1e20, "1" + "0" * 20),
    ],
)
def test_results_have_four_decimals_at_most(number, text):
    assert write_number(number) == text


def test_a_time_before_or_after_every_date_is_a_number():
    assert to_text(Time(10**18)) == str(10**18)
    assert to_text(Time(-1)) == "1969-12-31 23:59:59.999"


UNITS = "ms msec seconds s mins m hrs h days d weeks w mon mo qtr q yrs y"


@pytest.mark.parametrize("unit", UNITS.split())
def test_units_are_known_by_their_abbreviations_and_plurals(unit):
    assert read_period(1, unit) is not None


@pytest.mark.parametrize("unit", ["ss", "hs", "x", ""])
def test_other_units_are_not(unit):
    assert read_period(1, unit) is None


PERIODS = st.builds(
    Period, st.integers(1, 60), st.sampled_from(["ms", "s", "m", "h", "d", "w", "mo", "q", "y"])
)


@given(PERIODS, st.integers(0, 4_000_000_000_000))
def test_a_time_lies_between_its_floor_and_its_ceiling_which_lie_on_themselves(period, time_ms):
    floor_ms, ceil_ms = period.floor(time_ms), period.ceil(time_ms)
    assert floor_ms <= time_ms <= ceil_ms
    assert period.floor(floor_ms) == floor_ms
    assert period.ceil(ceil_ms) == ceil_ms


def test_months_begin_on_their_first_day_and_weeks_on_monday():
    def at(time_ms):
        return datetime.fromtimestamp(time_ms / 1000, UTC)

    assert at(Period(3, "mo").floor(1_700_000_000_000)) == datetime(2023, 10, 1, tzinfo=UTC)
    assert at(Period(1, "mo").ceil(1_700_000_000_000)) == datetime(2023, 12, 1, tzinfo=UTC)
    assert at(Period(1, "w").floor(1_700_000_000_000)).weekday() == 0
