"""Statistics against their naive definitions over the plain list of values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.cloudwatch.model import Summary
from sundog.services.cloudwatch.statistics import compute, parse_statistic

counted = st.lists(
    st.tuples(st.integers(0, 999).map(float), st.integers(1, 5)),
    min_size=1,
    max_size=20,
    unique_by=lambda one: one[0],
)
percents = st.integers(0, 100)


def summary_of(pairs):
    summary = Summary()
    for value, count in sorted(pairs):
        summary.add(float(count), value * count, value, value)
        summary.values.append((value, float(count)))
    return summary


def expand(pairs):
    return sorted(value for value, count in pairs for _ in range(count))


def computed(name, pairs):
    return compute(parse_statistic(name), summary_of(pairs))


@given(counted)
def test_the_plain_statistics_are_those_of_the_list(pairs):
    values = expand(pairs)
    found = [computed(name, pairs) for name in ("SampleCount", "Sum", "Minimum", "Maximum", "Average")]
    assert found == [len(values), sum(values), values[0], values[-1], sum(values) / len(values)]


@given(counted, percents)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(pairs, percent):
    values = expand(pairs)
    rank = max(1, math.ceil(len(values) * percent / 100))
    assert computed(f"p{percent}", pairs) == values[rank - 1]


@given(counted, st.integers(0, 9), st.integers(1, 10))
def test_a_trimmed_mean_is_the_mean_of_the_middle(pairs, low, length):
    high = min(10, low + length)
    tenfold = [(value, count * 10) for value, count in pairs]
    values = expand(tenfold)
    middle = values[len(values) * low // 10 : len(values) * high // 10]
    assert computed(f"tm({low * 10}%:{high * 10}%)", tenfold) == pytest.approx(sum(middle) / len(middle))
    assert computed(f"tc({low * 10}%:{high * 10}%)", tenfold) == pytest.approx(len(middle))
    assert computed(f"ts({low * 10}%:{high * 10}%)", tenfold) == pytest.approx(sum(middle))
    held = [min(max(value, middle[0]), middle[-1]) for value in values]
    assert computed(f"wm({low * 10}%:{high * 10}%)", tenfold) == pytest.approx(sum(held) / len(held))


@given(counted, st.integers(0, 500), st.integers(1, 500))
def test_a_percentile_rank_is_the_share_between_two_values(pairs, low, width):
    values = expand(pairs)
    inside = [value for value in values if low < value <= low + width]
    assert computed(f"PR({low}:{low + width})", pairs) == pytest.approx(100 * len(inside) / len(values))
    assert computed(f"TC({low}:{low + width})", pairs) == len(inside)


@given(counted)
def test_short_names_mean_ranges(pairs):
    assert computed("tm90", pairs) == computed("tm(0%:90%)", pairs)
    assert computed("IQM", pairs) == computed("tm(25%:75%)", pairs)


def test_percentiles_of_negative_values_are_not_available():
    assert computed("p50", [(-1.0, 1)]) is None
    assert computed("Minimum", [(-1.0, 1)]) == -1


@pytest.mark.parametrize(
    "text", ["", "p", "p101", "P50", "avg", "tm", "tm(:)", "tm(20%:10%)", "PR(1%:2%)", "tm(1:2%)", "p5 "]
)
def test_what_is_no_statistic_is_none(text):
    assert parse_statistic(text) is None
