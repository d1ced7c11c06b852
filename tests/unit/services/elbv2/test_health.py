"""From check to check: when a target counts as healthy and when not."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sundog.scope import Scope
from sundog.services.elbv2.health import FAILED, Condition, after_check, judge
from sundog.services.elbv2.model import Resource

CHECKS = {
    "HealthyThresholdCount": 3,
    "UnhealthyThresholdCount": 2,
    "HealthCheckIntervalSeconds": 30,
    "Matcher": {"HttpCode": "200,301-302"},
}
GROUP = Resource(Scope(), "targetgroup", "arn", "name", CHECKS, 0)


def after(results, condition=None):
    condition = condition or Condition()
    for well in results:
        condition = after_check(condition, GROUP, None if well else FAILED, 0)
    return condition.state


def test_the_first_success_is_enough_for_a_new_target():
    assert after([True]) == "healthy"
    assert after([False, True]) == "healthy"


def test_later_it_takes_the_thresholds():
    assert after([True, False]) == "healthy"
    assert after([True, False, False]) == "unhealthy"
    assert after([False, False, True, True]) == "unhealthy"
    assert after([False, False, True, True, True]) == "healthy"


def test_the_next_check_is_an_interval_away():
    assert after_check(Condition(), GROUP, None, 1_000).next_ms == 31_000


@settings(deadline=None)
@given(st.lists(st.booleans()))
def test_the_end_decides_alone_once_it_is_long_enough(results):
    assert after([*results, False, False]) == "unhealthy"
    assert after([*results, True, True, True]) == "healthy"


def test_codes_are_lists_and_ranges():
    assert [judge(GROUP, status) is None for status in (200, 201, 301, 302, 303)] == [
        True,
        False,
        True,
        True,
        False,
    ]
    narrow = replace(GROUP, shape={**CHECKS, "Matcher": {"HttpCode": "200-299"}})
    assert judge(narrow, 299) is None and judge(narrow, 300).reason == "Target.ResponseCodeMismatch"
