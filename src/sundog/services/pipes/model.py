"""What Pipes keeps, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.arn import Arn, parse_arn
from sundog.scope import Scope

RUNNING, STOPPED = "RUNNING", "STOPPED"
CREATING, UPDATING, DELETING, STARTING, STOPPING = "CREATING", "UPDATING", "DELETING", "STARTING", "STOPPING"
DELETED = "DELETED"
MOVING = frozenset((CREATING, UPDATING, DELETING, STARTING, STOPPING))
"""States that pass by themselves; meanwhile nothing may be changed."""
FAILED = {CREATING: "CREATE_FAILED", UPDATING: "UPDATE_FAILED", STARTING: "START_FAILED"}


@dataclass(frozen=True, slots=True)
class Pipe:
    """``body``: the members of the request, with defaults. ``revision`` changes with every change."""

    scope: Scope
    name: str
    revision: str
    body: Mapping[str, Any]
    desired: str
    current: str
    reason: str
    tags: Mapping[str, str]
    created_ms: int
    modified_ms: int

    @property
    def arn(self) -> str:
        return str(Arn.of("pipes", self.scope, f"pipe/{self.name}"))

    @property
    def source(self) -> Arn:
        return _arn(self.body["Source"])

    @property
    def target(self) -> Arn:
        return _arn(self.body["Target"])

    @property
    def enrichment(self) -> Arn | None:
        return _arn(self.body["Enrichment"]) if self.body.get("Enrichment") else None

    @property
    def queue_parameters(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body["SourceParameters"]["SqsQueueParameters"]
        return found


def is_called_over_http(arn: Arn) -> bool:
    """API destinations and methods of REST APIs: they get one event a request."""
    return arn.service == "execute-api" or (
        arn.service == "events" and arn.resource.startswith("api-destination/")
    )


def _arn(text: str) -> Arn:
    arn = parse_arn(text)
    assert arn is not None, "it was checked when the pipe was made"
    return arn
