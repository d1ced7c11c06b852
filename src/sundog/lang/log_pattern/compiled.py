"""One door to the three dialects of filter patterns."""

from __future__ import annotations

from sundog.lang.log_pattern.fields import compile_fields
from sundog.lang.log_pattern.selectors import compile_json
from sundog.lang.log_pattern.terms import compile_terms
from sundog.lang.log_pattern.values import Matcher, PatternError

__all__ = ["Matcher", "compile_pattern"]


def compile_pattern(pattern: str) -> Matcher:
    """The function that says what a message gives: extracted values (maybe none), or None for no match.

    Raises `PatternError` with AWS's text for a pattern that is not one.
    """
    text = pattern.strip()
    if text.startswith("{"):
        _closed(text, "{", "}")
        return compile_json(text[1:-1])
    if text.startswith("["):
        _closed(text, "[", "]")
        return compile_fields(text[1:-1])
    return compile_terms(text)


def _closed(text: str, first: str, last: str) -> None:
    if len(text) < 2 or not text.endswith(last):
        raise PatternError(f"If a filter pattern starts with '{first}' it must end with '{last}'")
