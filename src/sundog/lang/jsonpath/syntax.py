"""From the text of a path to its steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sundog.lang.jsonpath.functions import FUNCTIONS
from sundog.lang.jsonpath.predicates import parse_predicate
from sundog.lang.jsonpath.scanner import balanced, split_arguments, unquoted
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
)
from sundog.lang.plain_json import read_json

Compile = Callable[[tuple[Step, ...]], Callable[[Any], Any]]

_NAME: Final = re.compile(r"[^.\[\]()\s*,'\"]+")
_SLICE: Final = re.compile(r"\s*(-?[0-9]{1,9})?\s*:\s*(-?[0-9]{1,9})?\s*")
_INDEX: Final = re.compile(r"\s*(-?[0-9]{1,9})\s*")
_QUOTED: Final = re.compile(r"\s*('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*", re.DOTALL)


def parse_steps(text: str, compile_steps: Compile) -> tuple[Step, ...]:
    """``compile_steps`` is for the paths inside filters and arguments. Raises `InvalidPath`."""
    if not text.startswith(("$", "@")):
        raise InvalidPath("Path must start with '$' or '@'")
    steps: list[Step] = []
    at = 1
    while at < len(text):
        at = _parse_step(text, at, steps, compile_steps)
    first_call = next((i for i, step in enumerate(steps) if isinstance(step, Call)), len(steps))
    if not all(isinstance(step, Call) for step in steps[first_call:]):
        raise InvalidPath("A function must be at the end of a path")
    if steps and isinstance(steps[-1], Scan):
        raise InvalidPath("Path must not end with a '.' or '..'")
    return tuple(steps)


def _parse_step(text: str, at: int, steps: list[Step], compile_steps: Compile) -> int:
    """Append the steps at ``at``; the position after them."""
    if text.startswith("..", at):
        steps.append(Scan())
        at += 2
        return at if text.startswith("[", at) else _parse_name(text, at, steps, compile_steps)
    if text[at] == "[":
        return _parse_bracket(text, at, steps, compile_steps)
    if text[at] == ".":
        if text.startswith("[", at + 1):  # "$.[0]" is taken for "$[0]"
            return at + 1
        return _parse_name(text, at + 1, steps, compile_steps)
    raise InvalidPath(f"Illegal character at position {at} expected '.' or '['")


def _parse_name(text: str, at: int, steps: list[Step], compile_steps: Compile) -> int:
    if at >= len(text):
        raise InvalidPath("Path must not end with a '.' or '..'")
    if text[at] == "*":
        steps.append(Wildcard())
        return at + 1
    found = _NAME.match(text, at)
    if found is None:
        raise InvalidPath(f"Illegal character at position {at}: expected a property name")
    end = found.end()
    if text.startswith("(", end):
        close = balanced(text, end)
        steps.append(_call(found[0], text[end + 1 : close], compile_steps))
        return close + 1
    steps.append(Names((found[0],)))
    return end


def _call(name: str, arguments: str, compile_steps: Compile) -> Call:
    if name not in FUNCTIONS:
        raise InvalidPath(f"Function with name: {name} does not exist.")
    return Call(name, tuple(_argument(part, compile_steps) for part in split_arguments(arguments)))


def _argument(text: str, compile_steps: Compile) -> Callable[[Any], Any]:
    if text.startswith("$"):
        return compile_steps(parse_steps(text, compile_steps))
    try:
        value = read_json(text)
    except ValueError:
        raise InvalidPath(f"Arguments to function: {text}") from None
    return lambda root: value


def _parse_bracket(text: str, at: int, steps: list[Step], compile_steps: Compile) -> int:
    close = balanced(text, at)
    inside = text[at + 1 : close]
    steps.append(_bracket(inside, compile_steps))
    return close + 1


def _bracket(inside: str, compile_steps: Compile) -> Step:
    stripped = inside.strip()
    if stripped == "*":
        return Wildcard()
    if stripped.startswith("?"):
        return Filter(
            stripped, parse_predicate(stripped, lambda t: compile_steps(parse_steps(t, compile_steps)))
        )
    if stripped[:1] in ("'", '"'):
        return Names(_quoted_names(inside))
    found = _SLICE.fullmatch(inside)
    if found:
        start, stop = (None if part is None else int(part) for part in found.groups())
        if start is None and stop is None:
            raise InvalidPath(f"Failed to parse SliceOperation: {inside}")
        return Slice(start, stop)
    parts = inside.split(",")
    if not all(_INDEX.fullmatch(part) for part in parts):
        raise InvalidPath(f"Could not parse token starting at position: [{inside}]")
    return Indexes(tuple(map(int, parts)))


def _quoted_names(inside: str) -> tuple[str, ...]:
    names: list[str] = []
    at = 0
    while True:
        found = _QUOTED.match(inside, at)
        if found is None:
            raise InvalidPath(f"Property has not been closed - missing closing quote in [{inside}]")
        names.append(unquoted(found[1]))
        at = found.end()
        if at == len(inside):
            return tuple(names)
        if inside[at] != ",":
            raise InvalidPath(f"Properties must be separated by comma in [{inside}]")
        at += 1
