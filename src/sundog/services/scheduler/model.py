"""What Scheduler keeps, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.arn import Arn
from sundog.scope import Scope

ACTIVE, DELETING = "ACTIVE", "DELETING"
ENABLED, DISABLED = "ENABLED", "DISABLED"
DEFAULT_GROUP = "default"


@dataclass(frozen=True, slots=True)
class Group:
    scope: Scope
    name: str
    state: str
    tags: Mapping[str, str]
    created_ms: int
    modified_ms: int

    @property
    def arn(self) -> str:
        return str(Arn.of("scheduler", self.scope, f"schedule-group/{self.name}"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """``body``: the members of the request, with defaults. ``revision`` changes with every update.

    ``anchor_ms`` is where a rate without a start date counts from.
    """

    scope: Scope
    group: str
    name: str
    revision: str
    body: Mapping[str, Any]
    anchor_ms: int
    created_ms: int
    modified_ms: int

    @property
    def arn(self) -> str:
        return str(Arn.of("scheduler", self.scope, f"schedule/{self.group}/{self.name}"))

    @property
    def state(self) -> str:
        return str(self.body["State"])

    @property
    def target(self) -> Mapping[str, Any]:
        target: Mapping[str, Any] = self.body["Target"]
        return target
