"""How large a value may be that goes from state to state."""

from __future__ import annotations

from typing import Any, Final

import orjson

from sundog.lang.asl import State, Task
from sundog.lang.evaluation import EvaluationFailed

PAYLOAD_BYTES_MAX: Final = 262_144


def is_too_large(value: Any) -> bool:
    return len(orjson.dumps(value)) > PAYLOAD_BYTES_MAX


def check_size(state: State, output: Any) -> None:
    """Refuse what is too large to go from state to state."""
    if is_too_large(output):
        raise EvaluationFailed("States.DataLimitExceeded", too_large(state))


def too_large(state: State) -> str:
    """AWS names the function or integration of a task, else the state."""
    name = state.name
    if isinstance(state.work, Task):
        resource = state.work.resource
        name = resource.arn if resource.kind in ("lambda", "activity") else resource.service
    return (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit."
    )
