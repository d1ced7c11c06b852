"""Finding the end of brackets, quotes and arguments in a path."""

from __future__ import annotations

import re
from typing import Final

from sundog.lang.jsonpath.steps import InvalidPath

_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
NESTING_MAX: Final = 100


def balanced(text: str, at: int) -> int:
    """The position of the bracket that closes the one at ``at``; quoted text does not count."""
    waiting: list[str] = []
    while at < len(text):
        char = text[at]
        if char in "'\"":
            at = end_of_quote(text, at)
        elif char in _OPENING:
            waiting.append(_OPENING[char])
            if len(waiting) > NESTING_MAX:
                raise InvalidPath("The path is too deeply nested")
        elif waiting and char == waiting[-1]:
            waiting.pop()
            if not waiting:
                return at
        at += 1
    raise InvalidPath("Expected close bracket")


def end_of_quote(text: str, at: int) -> int:
    """The position of the quote that ends the one at ``at``."""
    quote, at = text[at], at + 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == quote:
            return at
        at += 1
    raise InvalidPath("Missing closing quote")


def split_arguments(text: str) -> list[str]:
    """What commas outside brackets and quotes separate; nothing for blank text."""
    parts: list[str] = []
    start = at = 0
    while at < len(text):
        if text[at] in "'\"":
            at = end_of_quote(text, at)
        elif text[at] in _OPENING:
            at = balanced(text, at)
        elif text[at] == ",":
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    parts.append(text[start:].strip())
    return [] if parts == [""] else parts


def unquoted(text: str) -> str:
    """The content of a quoted text, its escapes undone."""
    return _ESCAPED.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]
