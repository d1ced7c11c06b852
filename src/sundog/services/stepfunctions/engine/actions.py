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


Action = StartTask | StartTimer | Forget
