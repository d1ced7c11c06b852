"""Metric math: its grammar, its laws and what it refuses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.metric_math import Environment, MathError, Series, evaluate, matches, parse, parse_search

TIMES = range(0, 600_000, 60_000)
series = st.dictionaries(st.sampled_from(list(TIMES)), st.integers(-50, 50).map(float), max_size=10).map(
    lambda points: Series(dict(sorted(points.items())), 60)
)
numbers = st.integers(-50, 50).map(float)


def value_of(text, **values):
    return evaluate(parse(text), Environment(values, list(values), TIMES, 60, {}))


def points_of(text, **values):
    return dict(value_of(text, **values).points)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("10 - 4 - 3", 3),
        ("1 < 2 AND 2 < 1", 0),
        ("1 == 2 || 2 >= 2", 1),
        ("1.5e2", 150),
        ("ABS(-3) + CEIL(1.2) + FLOOR(1.8)", 6),
    ],
)
def test_operators_bind_as_in_arithmetic(text, expected):
    assert value_of(text) == expected


@given(series, series)
def test_addition_knows_no_order_and_subtraction_undoes_it(a, b):
    assert points_of("a + b", a=a, b=b) == points_of("b + a", a=a, b=b)
    both = {time: value for time, value in a.points.items() if time in b.points}
    assert points_of("a + b - b", a=a, b=b) == both


@given(series, series)
def test_a_sum_of_series_is_at_each_time_the_sum_of_what_is_there(a, b):
    expected = {
        time: math.fsum(one.points[time] for one in (a, b) if time in one.points)
        for time in sorted({*a.points, *b.points})
    }
    assert points_of("SUM([a, b])", a=a, b=b) == expected
    assert points_of("SUM(METRICS())", a=a, b=b) == expected


@given(series)
def test_running_sums_and_differences_undo_each_other(a):
    assert points_of("DIFF(RUNNING_SUM(a))", a=a) == dict(list(a.points.items())[1:])


@given(series, numbers)
def test_filling_leaves_what_is_there_and_no_gap(a, number):
    filled = points_of("FILL(a, n)", a=a, n=number)
    assert filled == {time: a.points.get(time, number) for time in TIMES}


@given(series)
def test_a_choice_takes_each_value_from_one_side(a):
    assert points_of("IF(a > 0, a, -a)", a=a) == points_of("ABS(a)", a=a)


@given(series)
def test_dividing_by_zero_leaves_a_gap(a):
    assert points_of("a / (a - a)", a=a) == {}


@given(st.lists(series, min_size=1, max_size=4))
def test_sorting_orders_by_the_figure_and_keeps_empty_series_last(many):
    values = {f"s{number}": one for number, one in enumerate(many)}
    found = value_of("SORT(METRICS(), MAX, DESC)", **values)
    figures = [max(one.points.values()) for one in found if one.points]
    assert figures == sorted(figures, reverse=True)
    assert all(not one.points for one in found[len(figures) :])
    assert value_of("SLICE(METRICS(), 0, 1)", **values) == (many[0],)


def test_linear_filling_draws_a_line():
    a = Series({0: 0.0, 180_000: 3.0}, 60)
    assert points_of("FILL(a, LINEAR)", a=a) == {0: 0.0, 60_000: 1.0, 120_000: 2.0, 180_000: 3.0}


def test_the_calendar_is_utc():
    a = Series({1_700_000_040_000: 1.0}, 60)
    found = [
        points_of(f"{name}(a)", a=a).popitem()[1]
        for name in ("YEAR", "MONTH", "DATE", "DAY", "HOUR", "MINUTE")
    ]
    assert found == [2023, 11, 14, 2, 22, 14]


@given(st.text(alphabet="am12+-*/^()[],<>=&|\"' SUMIF", max_size=30))
def test_any_text_is_computed_or_refused(text):
    a = Series({0: 1.0}, 60)
    try:
        value_of(text, a=a)
    except MathError as refusal:
        assert str(refusal)


NONSENSE = ["", "1 +", "(1", "SUM(", "1 2", "nobody", "a ? b", "[a] + [a]", "FILL(1, 2)"]
NONSENSE += ["SORT([a], MEDIAN, ASC)", "(" * 100 + "1" + ")" * 100, "1" + "+1" * 1_000]


@pytest.mark.parametrize("text", NONSENSE)
def test_what_makes_no_sense_is_refused(text):
    with pytest.raises(MathError):
        value_of(text, a=Series({0: 1.0}, 60))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ('{app,Shop} MetricName="Orders"', True),
        ("{app,Shop} orders", True),
        ("{app,Shop,Till} orders", False),
        ("{other,Shop} orders", False),
        ("berlin", True),
        ('"berlin"', False),
        ('"berlin-north"', True),
        ("paris OR berlin", True),
        ("NOT berlin", False),
        ("orders NOT paris", True),
        ("(paris OR rome) orders", False),
        ("Shop=north", True),
        ("", True),
    ],
)
def test_a_search_means_metrics_by_schema_and_terms(search, found):
    assert matches(parse_search(search), "app", "Orders", [("Shop", "berlin-north")]) == found


@pytest.mark.parametrize("search", ["(a", "a )", "NOT", "a OR", "=", "NOT NOT a"])
def test_a_malformed_search_is_refused(search):
    with pytest.raises(MathError):
        parse_search(search)
