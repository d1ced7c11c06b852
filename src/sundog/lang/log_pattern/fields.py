"""Space-delimited patterns: ``[ip, user, ..., status_code=4*, bytes > 1000]`` over the fields of a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sundog.lang.log_pattern.values import (
    Literal,
    Matcher,
    PatternError,
    Test,
    Tokens,
    compile_test,
    tokenize,
)

_GRAMMAR = re.compile(
    r"""(?P<space>\s+)
    | (?P<sign>\.\.\. | && | \|\| | != | <= | >= | [=<>,()])
    | (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<regex>%[^%]*%)
    | (?P<word>[^\s=<>!&|,()"%]+)""",
    re.VERBOSE | re.DOTALL,
)
_FIELD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
_NAME = re.compile(r"[\w$.-]+")
_SIGNS = ("=", "!=", "<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the pattern: a name for what stands there, and what it must be."""

    name: str
    test: Test | None


def compile_fields(source: str) -> Matcher:
    tokens = tokenize(source, _GRAMMAR)
    before: list[Field] = []
    after: list[Field] = []
    has_gap = False
    while True:
        if tokens.skip("..."):
            if has_gap:
                raise PatternError("Invalid filter pattern")
            has_gap = True
        else:
            fields = after if has_gap else before
            fields.append(_field(tokens, len(before) + len(after) + 1))
        if not tokens.skip(","):
            break
    if tokens.peek()[0] != "end":
        raise PatternError("Invalid filter pattern")
    return _matcher(before, after, has_gap)


def split_fields(line: str) -> list[str]:
    """The fields of a line: quotes and brackets hold one together."""
    return [next(group for group in found.groups() if group is not None) for found in _FIELD.finditer(line)]


def _field(tokens: Tokens, position: int) -> Field:
    kind, text = tokens.peek()
    if kind == "word" and _NAME.fullmatch(text):
        tokens.take()
        name = text
    elif kind == "end" or (kind == "sign" and text in (",", *_SIGNS)):
        name = str(position)
    else:
        raise PatternError("Invalid filter pattern")
    if tokens.peek()[1] not in _SIGNS or tokens.peek()[0] != "sign":
        return Field(name, None)
    return Field(name, _any_of(tokens, name))


def _any_of(tokens: Tokens, name: str) -> Test:
    tests = [_all_of(tokens, name)]
    while tokens.skip("||"):
        _named(tokens, name)
        tests.append(_all_of(tokens, name))
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _all_of(tokens: Tokens, name: str) -> Test:
    tests = [_comparison(tokens)]
    while tokens.skip("&&"):
        _named(tokens, name)
        tests.append(_comparison(tokens))
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _named(tokens: Tokens, name: str) -> None:
    """A compound condition repeats its own field's name; AWS refuses any other."""
    if tokens.take() != ("word", name):
        raise PatternError("Invalid filter pattern")


def _comparison(tokens: Tokens) -> Test:
    (sign_kind, sign), (kind, text) = tokens.take(), tokens.take()
    if sign_kind != "sign" or sign not in _SIGNS or kind not in ("word", "quoted", "regex"):
        raise PatternError("Invalid filter pattern")
    return compile_test(sign, Literal(kind, text))


def _matcher(before: list[Field], after: list[Field], has_gap: bool) -> Matcher:
    count = len(before) + len(after)

    def match(message: str) -> Mapping[str, str] | None:
        values = split_fields(message)
        if len(values) < count or (len(values) > count and not has_gap):
            return None
        tail = values[len(values) - len(after) :] if after else []
        extracted: dict[str, str] = {}
        for field, value in zip([*before, *after], [*values[: len(before)], *tail], strict=True):
            if field.test is not None and not field.test(value):
                return None
            extracted[f"${field.name}"] = value
        return extracted

    return match
