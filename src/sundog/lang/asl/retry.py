"""Who takes an error: `decide_retry` and `decide_catch`. Pure: attempts and chance are arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sundog.ids import Ids
from sundog.lang.asl.tree import Catcher, Retrier


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
    raise NotImplementedError


def decide_catch(catchers: Sequence[Catcher], error: str) -> tuple[int, Catcher] | None:
    """The first catcher that takes ``error``, with its index."""
    raise NotImplementedError


def takes(error_equals: Sequence[str], error: str) -> bool:
    """Whether an ErrorEquals list names ``error``, itself or by ``States.ALL`` or ``States.TaskFailed``."""
    raise NotImplementedError
