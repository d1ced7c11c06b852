"""What one shape demands of a value (length, range, enum, pattern), and how AWS prints values and demands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.patterns import translate_pattern
from sundog.protocol.validation_rules import Rules

Kind = Literal["pattern", "enum", "max", "min"]

REPORTED: tuple[Kind, ...] = ("pattern", "enum", "max", "min")
"""The order of several problems of one value."""

LISTED: tuple[Kind, ...] = ("enum", "max", "min", "pattern")
"""The order of the demands on a member inside ``Member must satisfy constraint: [...]``."""

NUMBERS = frozenset(("integer", "long", "float", "double", "short", "byte", "bigdecimal"))
MAX_MIN: Mapping[str, str] = {"max": "less than or equal to", "min": "greater than or equal to"}


@dataclass(frozen=True, slots=True)
class Constraint:
    """``text`` names the demand; ``alone`` is the whole message where a service has its own."""

    kind: Kind
    text: str
    holds: Callable[[Any], bool]
    alone: str = ""


def constraints_of(shape: Shape, rules: Rules, order: tuple[Kind, ...]) -> list[Constraint]:
    """The demands of ``shape`` on its value itself, not on its members."""
    if shape.name in rules.exempt:
        return []
    found = [*_pattern(shape, rules), *_enum(shape, rules), *_bounds(shape)]
    return sorted(found, key=lambda constraint: order.index(constraint.kind))


def _pattern(shape: Shape, rules: Rules) -> list[Constraint]:
    pattern = shape.metadata.get("pattern", "")
    compiled = translate_pattern(pattern) if pattern and shape.type_name == "string" else None
    if compiled is None:
        return []
    matches = compiled.fullmatch
    said = rules.patterns.get(pattern, "")
    is_demand = said.startswith("Member must")
    text = said if is_demand else f"Member must satisfy regular expression pattern: {pattern}"
    alone = "" if is_demand else said
    return [Constraint("pattern", text, lambda value: matches(value) is not None, alone)]


def _enum(shape: Shape, rules: Rules) -> list[Constraint]:
    values = rules.enums.get(shape.name) or tuple(shape.metadata.get("enum", ()))
    return [one_of(values)] if values else []


def one_of(values: tuple[str, ...], more: tuple[str, ...] = ()) -> Constraint:
    """``values`` are named and accepted, ``more`` are accepted only."""
    text = f"Member must satisfy enum value set: [{', '.join(values)}]"
    return Constraint("enum", text, frozenset(values + more).__contains__)


def _bounds(shape: Shape) -> list[Constraint]:
    is_number = shape.type_name in NUMBERS
    if not is_number and shape.type_name not in ("string", "list", "map", "blob"):
        return []
    noun = "value" if is_number else "length"
    size: Callable[[Any], Any] = _same if is_number else len
    found = []
    for kind, words in MAX_MIN.items():
        if (bound := shape.metadata.get(kind)) is not None:
            text = f"Member must have {noun} {words} {bound}"
            found.append(_bound(kind, text, size, bound))
    return found


def _bound(kind: str, text: str, size: Callable[[Any], Any], bound: float) -> Constraint:
    if kind == "max":
        return Constraint("max", text, lambda value: size(value) <= bound)
    return Constraint("min", text, lambda value: size(value) >= bound)


def _same(value: Any) -> Any:
    return value


def show(value: Any, shape: Shape, rules: Rules) -> str:
    """The words before ``at 'path'``: the value, unless it is secret."""
    if shape.metadata.get("sensitive") or shape.name in rules.hidden:
        return "Value"
    return f"Value '{write_java(value, shape, rules)}'"


def write_java(value: Any, shape: Shape, rules: Rules) -> str:
    """A value as Java's toString prints it, which is what AWS's messages hold."""
    if value is None:
        return "null"
    if isinstance(shape, StructureShape):
        members = [f"{lower_first(k)}={write_java(value.get(k), v, rules)}" for k, v in shape.members.items()]
        members += [f"{name}=null" for name in rules.unmodelled.get(shape.name, ())]
        return f"{shape.name}({', '.join(members)})"
    if isinstance(shape, ListShape):
        return f"[{', '.join(write_java(item, shape.member, rules) for item in value)}]"
    if isinstance(shape, MapShape):
        return f"{{{', '.join(f'{k}={write_java(v, shape.value, rules)}' for k, v in value.items())}}}"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def lower_first(name: str) -> str:
    """Members in messages begin with a small letter, whatever the wire calls them."""
    return name[:1].lower() + name[1:]
