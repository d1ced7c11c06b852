"""What a datum becomes in the store."""

from hypothesis import given
from hypothesis import strategies as st

from sundog.services.cloudwatch.datum import bucket_of, merge, read_samples
from sundog.services.cloudwatch.model import Sample

values = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(values, min_size=1, max_size=40))
def test_merging_keeps_count_sum_and_extremes(numbers):
    found = merge(sample for number in numbers for sample in read_samples({"Value": number}, 0))
    assert sum(one.count for one in found) == len(numbers)
    assert abs(sum(one.total for one in found) - sum(numbers)) <= 1e-6 * sum(map(abs, numbers))
    assert min(one.low for one in found) == min(numbers)
    assert max(one.high for one in found) == max(numbers)


@given(values)
def test_a_bucket_is_the_value_to_four_digits(value):
    assert abs(bucket_of(value) - value) <= 0.0005 * abs(value)


def test_minus_zero_and_zero_share_a_bucket():
    assert str(bucket_of(-0.0)) == "0.0"


def test_a_set_of_equal_values_is_as_good_as_the_values():
    statistics = {"SampleCount": 4, "Sum": 8, "Minimum": 2, "Maximum": 2}
    (sample,) = read_samples({"StatisticValues": statistics}, 61_000)
    assert sample == Sample(60_000, 60, "None", False, 2.0, 4.0, 8.0, 2.0, 2.0)
