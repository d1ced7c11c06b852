"""CloudWatch's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sundog.arn import Arn
from sundog.scope import Scope

Dimensions = tuple[tuple[str, str], ...]
"""Name and value, in the order of the names: AWS tells metrics apart without regard to the order sent."""


@dataclass(frozen=True, slots=True)
class Metric:
    namespace: str
    name: str
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Values put for one unit and one period of ``tier_s`` seconds that are equal to four digits.

    ``is_set``: several values of which only count, sum and extremes are known.
    """

    start_ms: int
    tier_s: int
    unit: str
    is_set: bool
    bucket: float
    count: float
    total: float
    low: float
    high: float

    @property
    def key(self) -> tuple[int, int, str, bool, float]:
        return self.start_ms, self.tier_s, self.unit, self.is_set, self.bucket


@dataclass(slots=True)
class Summary:
    """What is known of the values of one period. ``values``: (value, count), ascending, where asked for."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    has_sets: bool = False
    values: list[tuple[float, float]] = field(default_factory=list)

    def add(self, count: float, total: float, low: float, high: float) -> None:
        self.count += count
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)


AlarmType = Literal["MetricAlarm", "CompositeAlarm"]
State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """``configuration``: the members of its PutMetricAlarm or PutCompositeAlarm, with their wire names."""

    id: int
    scope: Scope
    name: str
    type: AlarmType
    configuration: Mapping[str, Any]
    state: State
    reason: str
    reason_data: str
    actions_enabled: bool
    configured_ms: int
    updated_ms: int
    transitioned_ms: int
    tags: Mapping[str, str]

    @property
    def arn(self) -> str:
        return str(Arn.of("cloudwatch", self.scope, f"alarm:{self.name}"))

    @property
    def is_composite(self) -> bool:
        return self.type == "CompositeAlarm"

    def actions(self, state: State) -> list[str]:
        """What to do when it enters ``state``."""
        return list(self.configuration.get(ACTIONS[state]) or ())


ACTIONS: Mapping[State, str] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
