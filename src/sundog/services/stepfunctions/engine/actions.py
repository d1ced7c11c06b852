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
    """Run one child execution for each of ``inputs``: the processor of the Map ``state`` at ``place``.

    With a ``reader`` the inputs come later: it is to be read, and the items given back. ``writer`` says
    what form the results have, and where they go.
    """

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
    reader: dict[str, Any] | None = None
    writer: dict[str, Any] | None = None
    is_batched: bool = False


@dataclass(frozen=True, slots=True)
class FillMapRun:
    """What its reader has found, as the inputs of its children."""

    arn: str
    inputs: list[Any]


@dataclass(frozen=True, slots=True)
class RedriveMapRun:
    """The children that have not succeeded are to be run again, and the frame waits for it anew."""

    frame: int
    token: str
    arn: str


@dataclass(frozen=True, slots=True)
class StopMapRun:
    """Nobody waits for this map run any more: its children are aborted."""

    arn: str


Action = StartTask | StartTimer | Forget | StartMapRun | FillMapRun | RedriveMapRun | StopMapRun
