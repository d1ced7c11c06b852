"""The JSON paths of EventBridge targets (InputPath, InputPathsMap): `parse_path` and `select`.

EventBridge knows a subset: ``$``, dots, names with dashes, underscores and slashes, array indices and ``*``.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import re
from typing import Any, Final

MISSING: Final = object()
"""What `select` answers where the event has nothing at the path."""

_STEP: Final = re.compile(
    r"""\.(?P<name>[^.\[\]*'"\s$()]+) | \.(?P<every>\*) | \[(?P<index>-?[0-9]{1,9}|\*)\]
      | \['(?P<single>[^']+)'\] | \["(?P<double>[^"]+)"\]""",
    re.VERBOSE,
)
EVERY: Final = "*"

Step = str | int | None
Path = tuple[Step, ...]
"""Names, array positions, and None for every member or element."""


class InvalidPath(Exception):
    """No path that EventBridge can read."""


def parse_path(text: str) -> Path:
    """Raises `InvalidPath`. ``$.`` alone is ``$``, as AWS accepts it."""
    if not text.startswith("$"):
        raise InvalidPath(text)
    steps: list[Step] = []
    at, end = 1, len(text)
    if text == "$.":
        return ()
    while at < end:
        found = _STEP.match(text, at)
        if found is None:
            raise InvalidPath(text)
        steps.append(_step(found))
        at = found.end()
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    name = found["name"] or found["single"] or found["double"]
    if name is not None:
        return name
    if found["every"] or found["index"] == EVERY:
        return None
    return int(found["index"])


def select(path: Path, event: Any) -> Any:
    """The value at ``path``, a list of values where the path has ``*``, or MISSING."""
    values = [event]
    many = False
    for step in path:
        if step is None:
            many = True
            values = [inner for value in values for inner in _members(value)]
        else:
            values = [inner for inner in (_member(value, step) for value in values) if inner is not MISSING]
    if many:
        return values
    return values[0] if values else MISSING


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _member(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    return MISSING
