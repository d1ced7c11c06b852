"""Whether a mocked result looks like what the API answers, by its model (TestState's fieldValidationMode)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TEXT: Final = ("a string", lambda value: isinstance(value, str))
_NUMBER: Final = ("a number", _is_number)
_OBJECT: Final = ("an object", lambda value: isinstance(value, dict))
_EXPECTED: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "string": _TEXT,
    "character": _TEXT,
    "blob": _TEXT,
    "timestamp": _TEXT,
    "byte": _NUMBER,
    "short": _NUMBER,
    "integer": _NUMBER,
    "long": _NUMBER,
    "float": _NUMBER,
    "double": _NUMBER,
    "boolean": ("a boolean", lambda value: isinstance(value, bool)),
    "list": ("an array", lambda value: isinstance(value, list)),
    "structure": _OBJECT,
    "map": _OBJECT,
}
DEPTH_MAX: Final = 64


def field_name(member: str) -> str:
    """Step Functions writes members with a capital letter first, whatever the API does."""
    return member[:1].upper() + member[1:]


def find_problem(shape: StructureShape, value: Any, *, is_strict: bool) -> str | None:
    """What is wrong first, as AWS says it; None where nothing is. Fields the API has not are let be.

    ``is_strict``: required members must be there.
    """
    return _structure(shape, value, is_strict, 0) if isinstance(value, dict) else None


def _structure(shape: StructureShape, value: dict[str, Any], is_strict: bool, depth: int) -> str | None:
    for member, inner in shape.members.items():
        name = field_name(member)
        if value.get(name) is not None:
            problem = _field(name, inner, value[name], is_strict, depth + 1)
            if problem is not None:
                return problem
        elif is_strict and member in shape.required_members:
            return f"Required field '{name}' is missing"
    return None


def _field(name: str, shape: Shape, value: Any, is_strict: bool, depth: int) -> str | None:
    if depth > DEPTH_MAX:
        return None
    expected, fits = _EXPECTED[shape.type_name]
    if not fits(value):
        return f"Field '{name}' must be {expected}"
    problem = _limits(shape, value)
    if problem is not None:
        return f"Field '{name}' {problem}"
    if isinstance(shape, StructureShape):
        return _structure(shape, value, is_strict, depth)
    inner: list[tuple[str, Shape, Any]] = []
    if isinstance(shape, ListShape):
        inner = [(name, shape.member, element) for element in value]
    elif isinstance(shape, MapShape):
        inner = [(key, shape.value, element) for key, element in value.items()]
    problems = (_field(key, child, element, is_strict, depth + 1) for key, child, element in inner)
    return next((problem for problem in problems if problem is not None), None)


def _limits(shape: Shape, value: Any) -> str | None:
    """Ranges of numbers, lengths of everything else that has one, and enumerations."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in ("boolean", "timestamp", "structure"):
        return None
    if _is_number(value):
        if least is not None and value < least:
            return "is less than the minimum value"
        return "exceeds the maximum value" if most is not None and value > most else None
    if least is not None and len(value) < least:
        return "is smaller than the minimum length"
    if most is not None and len(value) > most:
        return "exceeds the maximum length"
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        return "is not an expected value"
    return None
