"""What the fields of a state see besides its input: the context object and the variables."""

from __future__ import annotations

from typing import Any

from sundog.lang.asl import State
from sundog.services.stepfunctions.engine.execution import Execution, Frame
from sundog.services.stepfunctions.engine.times import write_time


def context(execution: Execution, frame: Frame, state: State) -> dict[str, Any]:
    """The context object as the frame's state sees it."""
    seen: dict[str, Any] = {
        **execution.facts,
        "State": {"Name": frame.state, "EnteredTime": write_time(frame.entered_ms)},
    }
    if state.type in ("Task", "Parallel", "Map"):
        seen["State"]["RetryCount"] = frame.retry_count
    if frame.token:
        seen["Task"] = {"Token": frame.token}
    item = _item(execution, frame)
    if item is not None:
        seen["Map"] = {"Item": item}
    return seen


def _item(execution: Execution, frame: Frame) -> dict[str, Any] | None:
    """The item of the innermost Map around the frame."""
    around: Frame | None = frame
    while around is not None:
        if around.item is not None:
            return around.item
        around = execution.frames[around.parent] if around.parent is not None else None
    return None


def variables(execution: Execution, frame: Frame) -> dict[str, Any]:
    """Those of the flow and of all flows around it."""
    if frame.parent is None:
        return frame.variables
    return {**variables(execution, execution.frames[frame.parent]), **frame.variables}
