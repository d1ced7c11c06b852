"""A value with ``{% expression %}`` strings anywhere in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.evaluation import Environment
from sundog.lang.jsonata.expression import Expression, compile_expression

OPEN: Final = "{%"
CLOSE: Final = "%}"


@dataclass(frozen=True, slots=True)
class Template:
    """``read`` makes the value; ``expressions`` are all that stand in it, in order."""

    read: Callable[[Environment], Any]
    expressions: tuple[Expression, ...]


def expression_in(value: Any) -> str | None:
    """The expression of a ``{% ... %}`` string; None for anything else."""
    if (
        not isinstance(value, str)
        or len(value) < 4
        or not value.startswith(OPEN)
        or not value.endswith(CLOSE)
    ):
        return None
    return value[2:-2].strip()


def compile_template(value: Any, location: str) -> Template:
    """``location`` is the field's name; what stands deeper adds ``/key`` and ``[index]`` to it.

    Raises `InvalidExpression` and `UnsupportedReference`.
    """
    expressions: list[Expression] = []
    return Template(_compiled(value, location, expressions), tuple(expressions))


def _compiled(value: Any, location: str, found: list[Expression]) -> Callable[[Environment], Any]:
    text = expression_in(value)
    if text is not None:
        expression = compile_expression(text, location)
        found.append(expression)
        return expression.read
    before = len(found)
    if isinstance(value, dict):
        members = [(key, _compiled(inner, f"{location}/{key}", found)) for key, inner in value.items()]
        if len(found) > before:
            return lambda env: {key: read(env) for key, read in members}
    elif isinstance(value, list):
        elements = [_compiled(inner, f"{location}[{i}]", found) for i, inner in enumerate(value)]
        if len(found) > before:
            return lambda env: [read(env) for read in elements]
    return lambda env: value
