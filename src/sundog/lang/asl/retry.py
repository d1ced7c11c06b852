"""Who takes an error: `decide_retry` and `decide_catch`. Pure: attempts and chance are arguments.

https://states-language.net/spec.html#errors
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sundog.ids import Ids
from sundog.lang.asl.tree import Catcher, Retrier

DELAY_SECONDS_MAX: Final = 31_622_400
_NOT_FAILED: Final = frozenset({"States.Timeout", "States.HeartbeatTimeout"})


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after ``delay_ms``; ``index`` is the retrier whose count goes up by one.

    ``interval_seconds`` is the back-off before jitter (TestState shows it).
    """

    index: int
    delay_ms: int
    interval_seconds: int


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Retrier ``index`` takes the error, but has retried as often as it may: catchers come next."""

    index: int


def decide_retry(
    retriers: Sequence[Retrier], error: str, attempts: Sequence[int], ids: Ids
) -> Retry | Exhausted | None:
    """None: no retrier takes the error.

    ``attempts[i]`` is how often retrier ``i`` has retried so far in this visit of the state.
    """
    for index, retrier in enumerate(retriers):
        if takes(retrier.error_equals, error):
            if attempts[index] >= retrier.max_attempts:
                return Exhausted(index)
            seconds = _interval(retrier, attempts[index])
            share = ids.random() if retrier.jitter_strategy == "FULL" else 1.0
            return Retry(index, int(seconds * 1_000 * share), int(seconds))
    return None


def _interval(retrier: Retrier, retried: int) -> float:
    """The first wait is the interval; each later one is longer by the rate, up to the maximum."""
    longest = DELAY_SECONDS_MAX if retrier.max_delay_seconds is None else retrier.max_delay_seconds
    try:
        return min(float(longest), retrier.interval_seconds * retrier.backoff_rate**retried)
    except OverflowError:
        return float(longest)


def decide_catch(catchers: Sequence[Catcher], error: str) -> tuple[int, Catcher] | None:
    """The first catcher that takes ``error``, with its index."""
    for index, catcher in enumerate(catchers):
        if takes(catcher.error_equals, error):
            return index, catcher
    return None


def takes(error_equals: Sequence[str], error: str) -> bool:
    """Whether an ErrorEquals list names ``error``, itself or by ``States.ALL`` or ``States.TaskFailed``."""
    if error == "States.Runtime":
        return False  # not even by its own name (recorded)
    if error in error_equals or "States.ALL" in error_equals:
        return True
    if error == "States.HeartbeatTimeout" and "States.Timeout" in error_equals:
        return True
    return "States.TaskFailed" in error_equals and error not in _NOT_FAILED
