"""What Elastic Load Balancing keeps: resources as AWS shows them, and targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sundog.scope import Scope

Kind = Literal["loadbalancer", "targetgroup", "listener", "listener-rule"]
DEFAULT_POSITION: Final = 1_000_000
"""Of the default rule of a listener: behind every priority."""


@dataclass(frozen=True, slots=True)
class Resource:
    """``shape`` is what Describe… answers; ``attributes`` are those that were set, ``parent`` is an ARN."""

    scope: Scope
    kind: Kind
    arn: str
    name: str
    shape: Mapping[str, Any]
    created_ms: int
    parent: str = ""
    position: int = 0
    handle: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """``app/name/id``: how metrics and the ARNs of listeners name a load balancer."""
        return self.arn.partition(f":{self.kind}/")[2]


@dataclass(frozen=True, slots=True)
class Target:
    """``port`` is 0 for functions; ``drained_ms`` is when a deregistered target is forgotten, else 0."""

    id: str
    port: int
    zone: str
    registered_ms: int
    drained_ms: int = 0

    @property
    def shape(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"Id": self.id}
        if self.port:
            shown["Port"] = self.port
        if self.zone:
            shown["AvailabilityZone"] = self.zone
        return shown
