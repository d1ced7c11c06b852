"""An execution as a value: the flows that run in it, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Phase = Literal["ready", "task", "wait", "retry", "children", "done"]
"""``ready``: the next state is to be entered."""


@dataclass(slots=True)
class Frame:
    """One flow under way: the machine's own, a branch of a Parallel, an iteration of a Map.

    ``place`` leads to its states in the definition: state name and branch, from the outside in. ``last_id``
    is the event before its next one. ``token`` names what it waits for; an answer with another is late.
    ``item`` is the Map's ``Item`` of the context object. ``group`` is what a Parallel or Map under way
    remembers of its children.
    """

    id: int
    parent: int | None
    index: int
    place: list[Any]
    state: str
    input: Any
    last_id: int
    phase: Phase = "ready"
    variables: dict[str, Any] = field(default_factory=dict)
    entered_id: int = 0
    entered_ms: int = 0
    attempts: list[int] = field(default_factory=list)
    retry_count: int = 0
    token: str = ""
    item: dict[str, Any] | None = None
    group: dict[str, Any] | None = None


@dataclass(slots=True)
class Execution:
    """``facts`` are the parts of the context object that never change (``Execution``, ``StateMachine``)."""

    facts: Mapping[str, Any]
    input: Any
    role_arn: str
    region: str
    frames: dict[int, Frame] = field(default_factory=dict)
    ready: list[int] = field(default_factory=list)
    next_event: int = 1
    next_frame: int = 0
    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status != "RUNNING"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What an execution was at when it ended without success: a redrive goes on from there."""

    frames: dict[int, Frame]
    ready: list[int]


def write_execution(execution: Execution) -> dict[str, Any]:
    """As JSON; `read_execution` is its reverse."""
    body = asdict(execution)
    body["frames"] = list(body["frames"].values())
    return body


def read_execution(body: Mapping[str, Any]) -> Execution:
    frames = {frame["id"]: Frame(**frame) for frame in body["frames"]}
    return Execution(**{**body, "frames": frames})
