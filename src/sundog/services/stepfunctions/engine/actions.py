"""What a step of an execution asks the world to do. Answers come back with the frame and its token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sundog.lang.asl import TaskResource


@dataclass(frozen=True, slots=True)
class StartTask:
    """Do the work of a Task with ``parameters``. Times are seconds, None where there is no limit."""

    frame: int
    token: str
    state: str
    resource: TaskResource
    parameters: Any
    timeout_s: int | None
    heartbeat_s: int | None
    role_arn: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Come back at ``due_ms``: a Wait is over, a retry is due, a Task has taken too long."""

    frame: int
    token: str
    due_ms: int
    purpose: Literal["wait", "retry", "timeout"]


@dataclass(frozen=True, slots=True)
class Forget:
    """Nobody waits for this token any more."""

    token: str


@dataclass(frozen=True, slots=True)
class StartMapRun:
    """Run one child execution for each of ``inputs``: the processor of the Map ``state`` at ``place``."""

    frame: int
    token: str
    arn: str
    label: str
    place: list[Any]
    state: str
    execution_type: Literal["STANDARD", "EXPRESS"]
    inputs: list[Any]
    max_concurrency: int
    tolerated_count: int
    tolerated_percentage: float


@dataclass(frozen=True, slots=True)
class StopMapRun:
    """Nobody waits for this map run any more: its children are aborted."""

    arn: str


Action = StartTask | StartTimer | Forget | StartMapRun | StopMapRun
