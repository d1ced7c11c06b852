"""JSON patterns: ``{ ($.user.id = 1) && ($.users[*].email = "*@example.com" || $.gone NOT EXISTS) }``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sundog.lang.log_pattern.values import (
    Literal,
    Matcher,
    PatternError,
    Tokens,
    compile_test,
    to_text,
    tokenize,
)

_GRAMMAR = re.compile(
    r"""(?P<space>\s+)
    | (?P<selector>\$(?:\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\] | \.[\w@#/+*:-]+)*)
    | (?P<sign>&& | \|\| | != | <= | >= | [=<>()])
    | (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<regex>%[^%]*%)
    | (?P<word>[^\s=<>!&|()"%]+)""",
    re.VERBOSE | re.DOTALL,
)
_STEP = re.compile(
    r"""\.?\[(?:(?P<index>\d+|\*)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\] | \.(?P<name>[^.\[]+)""",
    re.VERBOSE,
)
_SIGNS = ("=", "!=", "<", ">", "<=", ">=")
_CONSTANTS: Mapping[str, object] = {"NULL": None, "TRUE": True, "FALSE": False}
DEPTH_MAX = 50
"""Of parentheses: a limit on recursion of ours."""

Condition = Callable[[Any], bool]
Path = tuple[int | str | None, ...]
"""Steps into a document: a name, an index, None for ``[*]``."""


def compile_json(source: str) -> Matcher:
    tokens = tokenize(source, _GRAMMAR)
    paths = {text: _path(text) for kind, text in tokens.items if kind == "selector"}
    condition = _any_of(tokens, paths, 0)
    if tokens.peek()[0] != "end":
        raise PatternError("Invalid filter pattern")
    single = {text: path for text, path in paths.items() if path}

    def match(message: str) -> Mapping[str, str] | None:
        document = _document(message)
        if document is None or not condition(document):
            return None
        return {text: found for text, path in single.items() if (found := _first(document, path)) is not None}

    return match


def select(document: Any, path: Path) -> Iterator[Any]:
    """Every value the path leads to."""
    if not path:
        yield document
        return
    step, rest = path[0], path[1:]
    if step is None:
        children = document if isinstance(document, list) else []
        for child in children:
            yield from select(child, rest)
    elif isinstance(step, int):
        if isinstance(document, list) and step < len(document):
            yield from select(document[step], rest)
    elif isinstance(document, dict):
        if step in document:
            yield from select(document[step], rest)
        elif step == "*":
            for child in document.values():
                yield from select(child, rest)


def parse_path(text: str) -> Path | None:
    """The steps of a selector such as ``$.a[0].b``; None when the text is not one."""
    found = _GRAMMAR.match(text)
    if found is None or found.lastgroup != "selector" or found.end() != len(text):
        return None
    return _path(text)


def _path(selector: str) -> Path:
    steps: list[int | str | None] = []
    for found in _STEP.finditer(selector, 1):
        index = found.group("index")
        if index is not None:
            steps.append(None if index == "*" else int(index))
        else:
            steps.append(next(t for t in found.group("single", "double", "name") if t is not None))
    return tuple(steps)


def _document(message: str) -> Any:
    text = message.strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _first(document: Any, path: Path) -> str | None:
    for value in select(document, path):
        return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else to_text(value)
    return None


def _any_of(tokens: Tokens, paths: Mapping[str, Path], depth: int) -> Condition:
    parts = [_all_of(tokens, paths, depth)]
    while tokens.skip("||"):
        parts.append(_all_of(tokens, paths, depth))
    return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)


def _all_of(tokens: Tokens, paths: Mapping[str, Path], depth: int) -> Condition:
    parts = [_unit(tokens, paths, depth)]
    while tokens.skip("&&"):
        parts.append(_unit(tokens, paths, depth))
    return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)


def _unit(tokens: Tokens, paths: Mapping[str, Path], depth: int) -> Condition:
    if depth > DEPTH_MAX:
        raise PatternError("Invalid filter pattern")
    if tokens.skip("("):
        inside = _any_of(tokens, paths, depth + 1)
        if not tokens.skip(")"):
            raise PatternError("Invalid filter pattern")
        return inside
    kind, text = tokens.take()
    if kind != "selector" or not paths[text]:
        raise PatternError("Invalid filter pattern")
    return _condition(tokens, paths[text])


def _condition(tokens: Tokens, path: Path) -> Condition:
    kind, text = tokens.take()
    if kind == "sign" and text in _SIGNS:
        return _comparison(tokens, path, text)
    if (kind, text.upper()) == ("word", "IS"):
        return _constant(tokens, path)
    if (kind, text.upper()) == ("word", "EXISTS"):
        return lambda document: any(True for _ in select(document, path))
    if (kind, text.upper()) == ("word", "NOT") and tokens.take()[1].upper() == "EXISTS":
        return lambda document: not any(True for _ in select(document, path))
    raise PatternError("Invalid filter pattern")


def _comparison(tokens: Tokens, path: Path, sign: str) -> Condition:
    kind, text = tokens.take()
    if kind not in ("word", "quoted", "regex"):
        raise PatternError("Invalid filter pattern")
    test = compile_test(sign, Literal(kind, text))

    def holds(document: Any) -> bool:
        values = (v for v in select(document, path) if v is not None and not isinstance(v, dict | list))
        return any(test(value) for value in values)

    return holds


def _constant(tokens: Tokens, path: Path) -> Condition:
    _, text = tokens.take()
    is_negated = text.upper() == "NOT"
    if is_negated:
        _, text = tokens.take()
    if text.upper() not in _CONSTANTS:
        raise PatternError("Invalid filter pattern")
    wanted = _CONSTANTS[text.upper()]
    return lambda document: any((value is wanted) != is_negated for value in select(document, path))


def read_value(message: str, path: Path) -> str | None:
    """What the path leads to in a JSON message, as text."""
    document = _document(message)
    return None if document is None else _first(document, path)
