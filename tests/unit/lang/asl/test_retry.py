"""Retry and Catch as pure decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.ids import SeededIds
from sundog.lang.asl import Catcher, Exhausted, Retrier, Retry, decide_catch, decide_retry
from sundog.lang.asl.retry import takes

IDS = SeededIds(1)


@pytest.mark.parametrize(
    ("names", "error", "expected"),
    [
        (["E"], "E", True),
        (["E"], "F", False),
        (["States.ALL"], "E", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.DataLimitExceeded", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.TaskFailed"], "E", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
    ],
)
def test_an_error_is_taken_by_its_name_or_by_one_that_includes_it(names, error, expected):
    assert takes(names, error) is expected


def test_the_first_retrier_that_takes_the_error_decides_alone():
    retriers = (Retrier(("E",), max_attempts=1), Retrier(("States.ALL",)))
    assert decide_retry(retriers, "E", (0, 0), IDS) == Retry(0, 1_000, 1)
    assert decide_retry(retriers, "E", (1, 0), IDS) == Exhausted(0)
    assert decide_retry(retriers, "F", (1, 2), IDS) == Retry(1, 4_000, 4)
    assert decide_retry(retriers, "States.Runtime", (0, 0), IDS) is None


def test_the_back_off_grows_up_to_its_maximum():
    retrier = Retrier(("E",), interval_seconds=3, backoff_rate=2.0, max_attempts=9, max_delay_seconds=10)
    delays = [decide_retry((retrier,), "E", (n,), IDS).delay_ms for n in range(4)]
    assert delays == [3_000, 6_000, 10_000, 10_000]
    endless = Retrier(("E",), backoff_rate=1e300, max_attempts=99_999_999)
    assert decide_retry((endless,), "E", (1_000_000,), IDS).interval_seconds == 31_622_400


@given(st.integers(0, 20), st.integers(0, 2**32))
def test_full_jitter_is_between_nothing_and_the_whole_back_off(retried, seed):
    retrier = Retrier(("E",), max_attempts=99, jitter_strategy="FULL")
    decision = decide_retry((retrier,), "E", (retried,), SeededIds(seed))
    assert 0 <= decision.delay_ms <= decision.interval_seconds * 1_000


def test_the_first_catcher_that_takes_the_error_catches_it():
    catchers = (Catcher(("F",), "x"), Catcher(("States.ALL",), "y"))
    assert decide_catch(catchers, "E") == (1, catchers[1])
    assert decide_catch(catchers[:1], "E") is None
