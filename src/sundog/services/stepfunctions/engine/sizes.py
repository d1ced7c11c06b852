"""How large a value may be that goes from state to state."""

from __future__ import annotations

from typing import Any, Final

import orjson

from sundog.lang.asl import State, Task
from sundog.lang.plain_json import is_deep

PAYLOAD_BYTES_MAX: Final = 262_144


def write_limited(value: Any) -> str | None:
    """As JSON text; None where that is too large, or has too many levels to be stored."""
    try:
        text = orjson.dumps(value)
    except TypeError:
        return None
    if len(text) > PAYLOAD_BYTES_MAX or is_deep(text.count(b"[") + text.count(b"{"), value):
        return None
    return text.decode()


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
