"""Where the reader of a shard stands: a value, and what follows from a batch's outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sundog.services.pipes.streams import Read

BISECT: Final = "AUTOMATIC_BISECT"
ENDLESS: Final = -1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``position``: all before it is done. ``attempts``: how often what follows has failed.

    ``count_max`` is less than the batch size while a failed batch is being split.
    """

    position: str
    attempts: int = 0
    count_max: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The next checkpoint; ``given_up`` says how many records of the batch go to the dead letters."""

    checkpoint: Checkpoint
    given_up: int = 0
    condition: str = ""


def decide(
    checkpoint: Checkpoint, read: Read, failed: frozenset[int], settings: Mapping[str, Any], now_ms: int
) -> Outcome:
    """What follows from a batch: go on after it, from the first that failed, or after what is given up.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    """
    count = len(read.positions)
    if not failed:
        return Outcome(Checkpoint(read.positions[-1]))
    first = min(failed)
    if first > 0:  # what came before the first failure is done
        return Outcome(Checkpoint(read.positions[first - 1], 1, checkpoint.count_max))
    attempts = checkpoint.attempts + 1
    condition = _exhausted(attempts, read.arrived_ms[0], settings, now_ms)
    if settings.get("OnPartialBatchItemFailure") == BISECT and count > 1:
        return Outcome(replace(checkpoint, attempts=checkpoint.attempts, count_max=(count + 1) // 2))
    if condition:
        return Outcome(Checkpoint(read.positions[-1]), count, condition)
    return Outcome(replace(checkpoint, attempts=attempts))


def _exhausted(attempts: int, arrived_ms: int, settings: Mapping[str, Any], now_ms: int) -> str:
    retries_max = settings.get("MaximumRetryAttempts", ENDLESS)
    age_s_max = settings.get("MaximumRecordAgeInSeconds", ENDLESS)
    if retries_max != ENDLESS and attempts > retries_max:
        return "RetryAttemptsExhausted"
    if age_s_max != ENDLESS and now_ms - arrived_ms > age_s_max * 1_000:
        return "MaximumRecordAgeExceeded"
    return ""
