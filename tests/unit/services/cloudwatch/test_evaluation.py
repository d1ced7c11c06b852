"""AWS's own tables of missing data: three of three datapoints, and two of three.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import pytest

from sundog.services.cloudwatch.evaluation import Condition, decide_state

STAYS = "stays"
THREE_OF_THREE = [
    # datapoints, missing, ignore, breaching, notBreaching
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("0----", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", STAYS, "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", STAYS, "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", "OK", "OK", "ALARM", "OK"),
    ("----0", "OK", "OK", "ALARM", "OK"),
    ("---X-", "ALARM", STAYS, "ALARM", "OK"),
]
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
CASES = [
    (shown, to_alarm, treatment, expected)
    for to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for shown, *row in table
    for treatment, expected in zip(TREATMENTS, row, strict=True)
]


def decided(shown, to_alarm, treatment, current):
    values = {"0": 0.0, "X": 9.0, "-": None}
    datapoints = [(number * 60_000, values[one]) for number, one in enumerate(shown)]
    condition = Condition("GreaterThanThreshold", 5.0, 3, to_alarm, treatment)
    verdict = decide_state(condition, datapoints, current)
    return STAYS if verdict is None else verdict.state


@pytest.mark.parametrize(("shown", "to_alarm", "treatment", "expected"), CASES)
def test_missing_data_counts_as_in_the_tables_of_aws(shown, to_alarm, treatment, expected):
    for current in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        wanted = STAYS if expected == current else expected
        assert decided(shown, to_alarm, treatment, current) == wanted


@pytest.mark.parametrize(
    ("comparison", "value", "is_breaching"),
    [
        ("GreaterThanThreshold", 5.0, False),
        ("GreaterThanOrEqualToThreshold", 5.0, True),
        ("LessThanThreshold", 5.0, False),
        ("LessThanOrEqualToThreshold", 5.0, True),
    ],
)
def test_the_threshold_itself_breaches_where_the_comparison_includes_it(comparison, value, is_breaching):
    assert Condition(comparison, 5.0, 1, 1).is_breaching(value) == is_breaching


def test_the_reason_counts_the_datapoints_that_calmed_an_alarm():
    condition = Condition("GreaterThanThreshold", 5.0, 2, 2)
    verdict = decide_state(condition, [(0, 9.0), (60_000, 1.0)], "ALARM")
    assert verdict.reason == (
        "Threshold Crossed: 1 out of the last 2 datapoints [1.0 (01/01/70 00:01:00)] was not greater than "
        "the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )
