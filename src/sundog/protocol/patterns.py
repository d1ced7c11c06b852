r"""Patterns of the service models, written for Java, as Python compiles them.

Java's ``\w``, ``\d`` and ``\s`` are ASCII; ``\p{L}`` and its like have no counterpart in ``re``, so the few
combinations that the models use are translated as a whole. What cannot be translated is not checked.
"""

from __future__ import annotations

import re
import warnings

_SEPARATORS = r"\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_UNICODE_CLASSES = {
    r"\p{L}\p{Z}\p{N}_": rf"\w{_SEPARATORS}",
    r"\p{L}\p{N}\p{Z}_": rf"\w{_SEPARATORS}",
    r"[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]": r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff]",
    r"[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]": r"[^\x00-\x1f\x7f-\x9f\ud800-\uf8ff]",
}
"""In Python ``\\w`` is letters, numbers and the underscore of every script."""

_HYPHEN_AFTER_CLASS = re.compile(r"(\\[wds])-(?=[^\]])")


def translate_pattern(pattern: str) -> re.Pattern[str] | None:
    """The pattern for ``fullmatch`` (as Java's ``matches``); None where Python cannot express it."""
    text = pattern
    for java, python in _UNICODE_CLASSES.items():
        text = text.replace(java, python)
    if r"\p{" in text or r"\P{" in text:
        return None
    flags = re.ASCII if text == pattern else re.NOFLAG
    text = _HYPHEN_AFTER_CLASS.sub(r"\1\\-", text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a nested set means something else in Java
        try:
            return re.compile(text, flags)
        except (re.error, FutureWarning):
            return None
