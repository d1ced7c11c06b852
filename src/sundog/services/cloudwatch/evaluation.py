"""Whether an alarm changes its state: M of N datapoints, and what missing ones stand for.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sundog.services.cloudwatch.model import State

RANGE_EXTRA = 2
"""How many periods more than those that count are looked at, as in AWS's own examples."""

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_TREATED = {
    "breaching": "Breaching",
    "notBreaching": "NonBreaching",
    "missing": "Missing",
    "ignore": "Ignored",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """When an alarm is in ALARM."""

    comparison: str
    threshold: float
    evaluated: int
    to_alarm: int
    missing: str = "missing"

    def is_breaching(self, value: float) -> bool:
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``used``: the datapoints that counted, newest first, as (time, value)."""

    state: State
    reason: str
    used: tuple[tuple[int, float], ...] = ()


def decide_state(
    condition: Condition, datapoints: Sequence[tuple[int, float | None]], current: State
) -> Verdict | None:
    """The state that ``datapoints`` (oldest first, None where missing) mean; None: it stays as it is."""
    known = [(time, value) for time, value in datapoints if value is not None]
    used = tuple(reversed(known[-condition.evaluated :]))
    needed = condition.evaluated - len(used)
    state = _state(condition, datapoints, used, needed)
    if state is None or state == current:
        return None
    return Verdict(state, _reason(condition, used, needed, current, state), used)


def _state(
    condition: Condition,
    datapoints: Sequence[tuple[int, float | None]],
    used: Sequence[tuple[int, float]],
    needed: int,
) -> State | None:
    breaching = sum(condition.is_breaching(value) for _, value in used)
    if breaching >= condition.to_alarm:
        return "ALARM"
    if needed <= 0:
        return "OK"
    if condition.missing == "breaching":
        return "ALARM" if breaching + needed >= condition.to_alarm else "OK"
    if condition.missing == "notBreaching":
        return "OK"
    if condition.missing == "ignore":
        return "OK" if breaching < len(used) else None
    if not used:
        return "INSUFFICIENT_DATA"
    # Too few are known, but all are breaching, and for long enough: AWS does not wait for the others.
    age = next(len(datapoints) - i for i, (_, value) in enumerate(datapoints) if value is not None)
    return "ALARM" if breaching == len(used) and age >= condition.to_alarm else "OK"


def _reason(
    condition: Condition, used: Sequence[tuple[int, float]], needed: int, current: State, state: State
) -> str:
    if state == "INSUFFICIENT_DATA":
        count = condition.evaluated
        return f"Insufficient Data: {_plural(count, 'datapoint')} {_were(count)} unknown."
    missing = ""
    if needed > 0:
        treated = _TREATED[condition.missing]
        missing = f" and {needed} missing {_noun(needed, 'datapoint')} {_were(needed)} treated as [{treated}]"
    if not used:
        periods = _plural(condition.evaluated, "period")
        return f"Threshold Crossed: no datapoints were received for {periods}{missing}."
    wanted = [(t, v) for t, v in used if condition.is_breaching(v) == (state == "ALARM")]
    told = wanted or list(used)
    is_not = "" if condition.is_breaching(told[0][1]) else "not "
    shown = ", ".join(f"{value} ({_short(time)})" for time, value in told)
    fewest = condition.to_alarm if state == "ALARM" else condition.evaluated - condition.to_alarm + 1
    return (
        f"Threshold Crossed: {len(told)} out of the last {condition.evaluated} datapoints [{shown}] "
        f"{_were(len(told))} {is_not}{COMPARISONS[condition.comparison][1]} the threshold "
        f"({condition.threshold}) (minimum {_plural(fewest, 'datapoint')} for {_before(current, state)} -> "
        f"{state} transition){missing}."
    )


def _before(current: State, state: State) -> State:
    """AWS speaks of the transition between OK and ALARM, also where data was missing before."""
    return "OK" if state == "ALARM" else "ALARM"


def _short(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%d/%m/%y %H:%M:%S")


def _noun(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _plural(count: int, noun: str) -> str:
    return f"{count} {_noun(count, noun)}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
