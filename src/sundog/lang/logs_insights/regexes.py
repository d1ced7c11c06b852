"""Regular expressions as Logs Insights writes them, and globs, as Python's."""

from __future__ import annotations

import re

_INLINE_FLAGS = re.compile(r"\(\?([imsx]+)\)")
_NAMED = re.compile(r"\(\?P?<(@?[A-Za-z]\w*)>")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", re.DOTALL)
_POSIX = {
    "[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:alnum:]": "a-zA-Z0-9", "[:upper:]": "A-Z",
    "[:lower:]": "a-z", "[:space:]": r"\s", "[:xdigit:]": "0-9a-fA-F", "[:word:]": r"\w",
    "[:punct:]": r"!-/:-@\[-`{-~",
}  # fmt: skip


def compile_regex(text: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """The expression, and the names of its named groups in order. Raises `re.error`."""
    names: list[str] = []
    try:
        pattern = re.compile(_translate(text, names))
    except (OverflowError, RecursionError) as error:
        raise re.error(str(error)) from None
    return pattern, tuple(names)


def compile_glob(text: str) -> tuple[re.Pattern[str], int]:
    """A glob anywhere in a text: each ``*`` takes as little as it may, the last one at the end all the rest.

    A star at the beginning takes everything before what follows. The pattern, and how many stars it has.
    """
    parts = [part.replace("\0", "*") for part in text.replace(r"\*", "\0").split("*")]
    count = len(parts) - 1
    pattern = re.escape(parts[0])
    for index, part in enumerate(parts[1:], 1):
        pattern += "(.*)" if index == count and not part else "(.*?)"
        pattern += re.escape(part)
    start = "^" if count and not parts[0] else ""
    return re.compile(start + pattern, re.DOTALL), count


def _translate(text: str, names: list[str]) -> str:
    """Inline flags hold from where they stand to the end of their group, which Python does not have."""
    written: list[str] = []
    open_flags: list[list[str]] = [[]]  # of each group we are in
    place = 0
    while place < len(text):
        if found := _INLINE_FLAGS.match(text, place):
            open_flags[-1].append(f"(?{found[1]}:")
            written.append(open_flags[-1][-1])
            place = found.end()
            continue
        piece, place = _piece(text, place, names)
        if piece.startswith("("):
            open_flags.append([])
        elif piece == ")":
            piece = ")" * len(open_flags[-1]) + piece
            if len(open_flags) > 1:
                open_flags.pop()
        elif piece == "|":
            piece = ")" * len(open_flags[-1]) + "|" + "".join(open_flags[-1])
        written.append(piece)
    return "".join(written) + ")" * len(open_flags[0])


def _piece(text: str, place: int, names: list[str]) -> tuple[str, int]:
    """One escape, class, opening of a group, or character, translated; and where the next one begins."""
    if text[place] == "\\":
        escape = text[place : place + 2]
        return {r"\z": r"\Z", r"\h": r"[ \t]"}.get(escape, escape), place + 2
    if text[place] == "[" and (found := _CLASS.match(text, place)):
        piece = found[0]
        for name, characters in _POSIX.items():
            piece = piece.replace(name, characters)
        return piece, found.end()
    if found := _NAMED.match(text, place):
        names.append(found[1])
        return f"(?P<_{len(names)}>", found.end()
    return text[place], place + 1
