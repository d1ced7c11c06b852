"""The values EventBridge decides with: buses, rules, targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.arn import Arn
from sundog.scope import Scope

DEFAULT: Final = "default"
DEFAULT_CREATED_MS: Final = 1_420_070_400_000
"""Accounts have their default bus from the beginning; here that is 2015."""

Event = dict[str, Any]
"""An event as it passes a bus: the envelope of EventBridge."""


@dataclass(frozen=True, slots=True)
class Bus:
    """``body`` are further members of DescribeEventBus; ``policy`` is JSON text, empty where there is
    none.
    """

    scope: Scope
    name: str
    body: Mapping[str, Any]
    policy: str
    tags: Mapping[str, str]
    created_ms: int
    modified_ms: int

    @property
    def arn(self) -> str:
        return bus_arn(self.scope, self.name)


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` and ``schedule`` are empty where there is none. ``body``: Description, RoleArn,
    ManagedBy.
    """

    scope: Scope
    bus: str
    name: str
    pattern: str
    schedule: str
    state: str
    body: Mapping[str, Any]
    tags: Mapping[str, str]
    created_ms: int

    @property
    def arn(self) -> str:
        where = self.name if self.bus == DEFAULT else f"{self.bus}/{self.name}"
        return str(Arn.of("events", self.scope, f"rule/{where}"))

    @property
    def is_enabled(self) -> bool:
        return self.state != "DISABLED"


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """``body`` is the Target as it was put."""

    rule: str
    id: str
    arn: str
    body: Mapping[str, Any]


def bus_arn(scope: Scope, name: str) -> str:
    return str(Arn.of("events", scope, f"event-bus/{name}"))
