"""Wildcards: ``*`` is any text, ``\\*`` and ``\\\\`` are themselves.

Matching splits at the stars and looks for the pieces from left to right: linear, whatever the pattern. AWS's
automaton is not, so AWS refuses patterns above a complexity; `complexity` counts as AWS does.
"""

from __future__ import annotations

from typing import Final

from sundog.lang.event_pattern.values import InvalidPattern, Test

COMPLEXITY_MAX: Final = 9
"""AWS refuses ``*:*:*:*:*:event-bus/*`` (10 by this count); all that was recorded as accepted counts less."""
_STATES_MAX: Final = 512


def parse_wildcard(text: str) -> list[str]:
    """The literal pieces between the stars. Positions in refusals count bytes, the opening quote included."""
    pieces, at = [""], 0
    while at < len(text):
        character = text[at]
        if character == "*":
            if text[at + 1 : at + 2] == "*":
                raise InvalidPattern(f"Consecutive wildcard characters at pos {_byte_position(text, at)}")
            pieces.append("")
        elif character == "\\":
            at += 1
            if text[at : at + 1] not in ("*", "\\"):
                raise InvalidPattern(f"Invalid escape character at pos {_byte_position(text, at - 1)}")
            pieces[-1] += text[at]
        else:
            pieces[-1] += character
        at += 1
    return pieces


def _byte_position(text: str, at: int) -> int:
    return 1 + len(text[:at].encode("utf-8", "surrogatepass"))


def wildcard_test(pieces: list[str]) -> Test:
    first, last, inner = pieces[0], pieces[-1], [piece for piece in pieces[1:-1] if piece]
    if len(pieces) == 1:
        return lambda value: value == first
    length_min = len(first) + len(last)

    def ends_match(value: object) -> bool:
        return (
            type(value) is str
            and len(value) >= length_min
            and value.startswith(first)
            and value.endswith(last)
        )

    if not inner:
        return ends_match

    def matches(value: str) -> bool:
        if not ends_match(value):
            return False
        at, end = len(first), len(value) - len(last)
        for piece in inner:
            at = value.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return matches


def complexity(pieces: list[str]) -> int:
    """How many prefixes of the pattern one value can match at once, at worst.

    A prefix ends at a character or at a star. Walks the sets of prefixes that can be alive together, breadth
    first, and stops once the limit is passed.
    """
    symbols: list[str | None] = []
    for number, piece in enumerate(pieces):
        symbols += ([None] if number else []) + list(piece)
    alphabet = sorted({symbol for symbol in symbols if symbol is not None} | {"\0"})
    start = _with_stars(frozenset({0}), symbols)
    seen, queue, worst = {start}, [start], len(start) - 1
    while queue and worst <= COMPLEXITY_MAX and len(seen) < _STATES_MAX:
        alive = queue.pop(0)
        for character in alphabet:
            following = _with_stars(_step(alive, symbols, character), symbols)
            if following not in seen:
                seen.add(following)
                queue.append(following)
                worst = max(worst, len(following))
    return worst


def _step(alive: frozenset[int], symbols: list[str | None], character: str) -> frozenset[int]:
    """State n: the first n symbols are matched. A star just read keeps itself alive."""
    loops = {n for n in alive if n and symbols[n - 1] is None}
    return frozenset(loops | {n + 1 for n in alive if n < len(symbols) and symbols[n] == character})


def _with_stars(alive: frozenset[int], symbols: list[str | None]) -> frozenset[int]:
    return alive | {n + 1 for n in alive if n < len(symbols) and symbols[n] is None}
