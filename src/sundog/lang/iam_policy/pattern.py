"""Wildcards and policy variables: ``*``, ``?``, ``${key}``, ``${key, 'default'}``, ``${*}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sundog.lang.iam_policy.request import ContextValue

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_WILDCARDS = re.compile(r"([*?])")
_ESCAPES = {"*", "?", "$"}
_SEGMENTS = 5  # of an ARN before the resource


@lru_cache(maxsize=4096)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)


def _glob(text: str) -> str:
    parts = _WILDCARDS.split(text)
    return "".join({"*": ".*", "?": "."}.get(p, re.escape(p)) for p in parts)


def pattern_source(
    text: str, values: Mapping[str, ContextValue] | None, *, wildcards: bool = True
) -> str | None:
    """A regular expression for ``text``; None when a variable has neither value nor default.

    ``values`` is None in documents without variables. What a variable brings in is literal text.
    """
    plain = _glob if wildcards else re.escape
    if values is None:
        return plain(text)
    source, end = "", 0
    for found in _VARIABLE.finditer(text):
        source += plain(text[end : found.start()])
        end = found.end()
        name = found[1]
        value = name if name in _ESCAPES else values.get(name.lower())
        if not isinstance(value, str):
            value = found[2]
        if value is None:
            return None
        source += re.escape(value)
    return source + plain(text[end:])


def matches(text: str, value: str, values: Mapping[str, ContextValue] | None) -> bool:
    """``value`` as a whole is like the pattern ``text``."""
    source = pattern_source(text, values)
    return source is not None and _compiled(source).fullmatch(value) is not None


def matches_action(text: str, action: str) -> bool:
    return _compiled("(?i)" + _glob(text)).fullmatch(action) is not None


def matches_arn(text: str, value: str, values: Mapping[str, ContextValue] | None) -> bool:
    """Each of the six parts by itself, as ArnLike and ArnEquals compare."""
    if text == "*":
        return True
    # A variable may hold colons of its own; it is put aside while the pattern is cut.
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"\0{len(held) - 1}\0"

    cut = _VARIABLE.sub(hold, text) if values is not None else text
    patterns, parts = cut.split(":", _SEGMENTS), value.split(":", _SEGMENTS)
    if values is not None and cut.startswith("\0"):
        return matches(text, value, values)
    if len(patterns) != len(parts):
        return False
    restored = (re.sub("\0(\\d+)\0", lambda f: held[int(f[1])], p) for p in patterns)
    return all(matches(p, v, values) for p, v in zip(restored, parts, strict=True))
