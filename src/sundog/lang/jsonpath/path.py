"""A compiled path: what it finds in a value, and in Jayway's words why it finds nothing.

A definite path (names and single indexes only) is a chain of look-ups. Any other gives a list, which is empty
where the path leads nowhere (recorded).
https://github.com/json-path/JsonPath#readme
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sundog.lang.evaluation import MISSING
from sundog.lang.jsonpath.functions import call
from sundog.lang.jsonpath.steps import (
    Call,
    Filter,
    Indexes,
    InvalidPath,
    Names,
    Scan,
    Slice,
    Step,
    Wildcard,
    fragment,
    is_definite,
)
from sundog.lang.jsonpath.syntax import parse_steps

__all__ = ["InvalidPath", "Path", "compile_path"]

PATH_LENGTH_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Path:
    """``find(root)`` gives the value of a definite path or MISSING, the list of all values of another."""

    text: str
    is_definite: bool
    find: Callable[[Any], Any]
    steps: tuple[Step, ...] = field(repr=False)

    def why_missing(self, root: Any) -> str:
        """Jayway's message for a path that found nothing in ``root``."""
        return _why_missing(self.steps, root)


def compile_path(text: str) -> Path:
    """``text`` starts at ``$``. Raises `InvalidPath`."""
    if len(text) > PATH_LENGTH_MAX:
        raise InvalidPath("The path is too long")
    steps = parse_steps(text, compile_steps)
    return Path(text, all(map(is_definite, steps)), compile_steps(steps), steps)


def compile_steps(steps: tuple[Step, ...]) -> Callable[[Any], Any]:
    """What the steps find below a root."""
    if not steps:
        return lambda root: root
    names = [step.names[0] for step in steps if isinstance(step, Names) and len(step.names) == 1]
    if len(names) == len(steps):
        return _names_reader(tuple(names))
    head = next((i for i, step in enumerate(steps) if not _is_lookup(step)), len(steps))
    lookups = tuple(
        step.names[0] if isinstance(step, Names) else step.indexes[0]
        for step in steps[:head]
        if isinstance(step, Names | Indexes)
    )
    if head == len(steps):
        return lambda root: _look_up(root, lookups)
    tail = steps[head:]
    if all(isinstance(step, Call) for step in tail):
        return lambda root: _called(_look_up(root, lookups), tail, root)
    return lambda root: _found(_look_up(root, lookups), tail, root)


def _is_lookup(step: Step) -> bool:
    return isinstance(step, Names | Indexes) and is_definite(step)


def _names_reader(names: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(names) == 1:
        name = names[0]
        return lambda root: root.get(name, MISSING) if isinstance(root, dict) else MISSING

    def read(root: Any) -> Any:
        value = root
        for name in names:
            if not isinstance(value, dict) or name not in value:
                return MISSING
            value = value[name]
        return value

    return read


def _look_up(value: Any, lookups: tuple[str | int, ...]) -> Any:
    for key in lookups:
        value = _at(value, key)
        if value is MISSING:
            return MISSING
    return value


def _at(value: Any, key: str | int) -> Any:
    if isinstance(key, str):
        return value.get(key, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= key < len(value):
        return value[key]
    return MISSING


def _called(value: Any, calls: tuple[Step, ...], root: Any) -> Any:
    for step in calls:
        assert isinstance(step, Call)
        if value is MISSING:
            return MISSING
        value = call(step.name, value, [read(root) for read in step.arguments])
    return value


def _found(value: Any, steps: tuple[Step, ...], root: Any) -> Any:
    """The values that ``steps``, of which the first is indefinite, find below ``value``."""
    if value is MISSING:
        return []
    if len(steps) == 1 and isinstance(steps[0], Names) and isinstance(value, dict):
        return _merged(value, steps[0].names)
    values: Iterator[Any] = iter([value])
    for position, step in enumerate(steps):
        if isinstance(step, Call) and any(isinstance(s, Scan) for s in steps[:position]):
            # A function after ".." is one of all that was found; elsewhere it is one of each.
            return _called(list(values), steps[position:], root)
        values = _next(values, step, root)
    return list(values)


def _merged(value: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}


def _next(values: Iterator[Any], step: Step, root: Any) -> Iterator[Any]:
    for value in values:
        yield from _selected(value, step, root)


def _selected(value: Any, step: Step, root: Any) -> Iterator[Any]:
    match step:
        case Names(keys):
            yield from (found for key in keys if (found := _at(value, key)) is not MISSING)
        case Indexes(indexes):
            yield from (found for i in indexes if (found := _at(value, i)) is not MISSING)
        case Slice(start, stop):
            yield from value[start:stop] if isinstance(value, list) else ()
        case Wildcard():
            yield from _inside(value)
        case Scan():
            yield from _everything(value)
        case Filter(_, accepts):
            candidates = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
            yield from (candidate for candidate in candidates if accepts(candidate, root))
        case Call(name, arguments):
            yield call(name, value, [read(root) for read in arguments])


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _everything(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        yield value
        waiting.extend(reversed(_inside(value)))


def _why_missing(steps: tuple[Step, ...], root: Any) -> str:
    """Walks once more, as Jayway words its PathNotFoundException."""
    whole = "$" + "".join(map(fragment, steps))
    value, place = root, "$"
    for position, step in enumerate(steps):
        if not _is_lookup(step):
            break
        reason = _why_not(value, step, place, is_last=position == len(steps) - 1)
        if reason:
            return reason
        key = step.names[0] if isinstance(step, Names) else step.indexes[0]  # type: ignore[union-attr]
        value, place = _at(value, key), place + fragment(step)
        if value is MISSING:
            break
    return f"No results for path: {whole}"


def _why_not(value: Any, step: Step, place: str, *, is_last: bool) -> str | None:
    if isinstance(step, Names):
        if not isinstance(value, dict):
            return (
                f"Expected to find an object with property {fragment(step)} in path {place} but found "
                f"'{_java_class(value)}'. This is not a json object according to the JsonProvider: "
                "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
            )
        if step.names[0] not in value and not is_last:
            return f"Missing property in path {place}{fragment(step)}"
        return None
    if value is None:
        return f"The path {place} is null"
    if not isinstance(value, list):
        shown = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return f"Filter: {fragment(step)} can only be applied to arrays. Current context is: {shown}"
    return None


def _java_class(value: Any) -> str:
    names = {str: "TextNode", bool: "BooleanNode", int: "IntNode", float: "DoubleNode", list: "ArrayNode"}
    return "com.fasterxml.jackson.databind.node." + names.get(type(value), "NullNode")
