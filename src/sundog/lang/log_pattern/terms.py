"""Terms over any text: all plain ones, at least one ``?optional``, none of the ``-excluded``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sundog.lang.log_pattern.values import Matcher, PatternError, compile_regex

Contains = Callable[[str], bool]

_TERM = re.compile(r'\s*([?-]?)("(?:[^"\\]|\\.)*"|%[^%]*%|\S+)', re.DOTALL)
_WORD = re.compile(r"\w+")
_NOTHING: Mapping[str, str] = MappingProxyType({})


def compile_terms(source: str) -> Matcher:
    """An empty pattern matches every message."""
    terms: dict[str, list[Contains]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(source):
        found = _TERM.match(source, at)
        if found is None:
            raise PatternError("Invalid filter pattern")
        terms[found.group(1)].append(_contains(found.group(2)))
        at = found.end()
    return _matcher(terms[""], terms["?"], terms["-"])


def _contains(term: str) -> Contains:
    if term.startswith('"') and term.endswith('"') and len(term) > 1:
        phrase = re.sub(r"\\(.)", r"\1", term[1:-1])
        if not phrase:
            raise PatternError(f"Invalid character(s) in term '{term}'")
        return lambda message: phrase in message
    if term.startswith("%") and term.endswith("%") and len(term) > 1:
        pattern = compile_regex(term[1:-1])
        return lambda message: pattern.search(message) is not None
    if not _WORD.fullmatch(term):
        raise PatternError(f"Invalid character(s) in term '{term}'")
    return lambda message: term in message


def _matcher(required: list[Contains], optional: list[Contains], excluded: list[Contains]) -> Matcher:
    # "If you combine the question mark with other filter patterns, it will be ignored" (the syntax page).
    alternatives = optional if not required and not excluded else []

    def match(message: str) -> Mapping[str, str] | None:
        if any(contains(message) for contains in excluded):
            return None
        if not all(contains(message) for contains in required):
            return None
        if alternatives and not any(contains(message) for contains in alternatives):
            return None
        return _NOTHING

    return match
