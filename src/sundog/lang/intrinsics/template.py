"""States.Format: ``{}`` takes the next argument; values are written as Java writes them (recorded)."""

from __future__ import annotations

import re
from typing import Any, Final

from sundog.lang.intrinsics.problems import IntrinsicFailure

_PART: Final = re.compile(r"\\(.)|(\{\})|([^\\{}]+)|(.)", re.DOTALL)


def fill_template(template: str, values: list[Any]) -> str:
    r"""``\{``, ``\}``, ``\'`` and ``\\`` stand for the character itself."""
    waiting = iter(values)
    written: list[str] = []
    used = 0
    for found in _PART.finditer(template):
        if found[2]:
            used += 1
            written.append(java_text(next(waiting, None)))
        elif found[1] and found[1] not in "'{}\\":
            written.append(found[0])
        else:
            written.append(found[1] or found[3] or found[4])
    if used != len(values):
        raise IntrinsicFailure(
            f"Number of arguments do not match the occurrences of {{}}: {len(values)} for {used}"
        )
    return "".join(written)


def java_text(value: Any) -> str:
    """A value as Java's String.valueOf shows it: ``{a=1, b=[x, y]}``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    return str(value)
