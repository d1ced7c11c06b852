"""What the dialects share: tokens, comparisons of a value with text, numbers, wildcards and expressions."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Matcher = Callable[[str], Mapping[str, str] | None]
"""Extracted values of a message that matches, None for one that does not."""

Test = Callable[[object], bool]
"""Whether a value found in a message is what the pattern wants."""


class PatternError(ValueError):
    """A filter pattern is not one; the text is AWS's."""


NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_REGEX_CHARACTERS = re.compile(r"[A-Za-z0-9 :_#=@/;,\-^$?\[\]{}|\\*+.]+")
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
REGEXES_MAX = 2
"""In one JSON or delimited pattern."""


def compile_regex(source: str) -> re.Pattern[str]:
    """A ``%regex%``: letters, digits, some symbols, no groups; searched anywhere in the text."""
    if not _REGEX_CHARACTERS.fullmatch(source):
        raise PatternError(f"Invalid character(s) in term '%{source}%'")
    try:
        return re.compile(source)
    except (re.error, OverflowError):
        raise PatternError("Invalid filter pattern") from None


def wildcard(text: str) -> Callable[[str], bool]:
    """Equality, with ``*`` for any run of characters."""
    if "*" not in text:
        return lambda value: value == text
    pattern = re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", text)), re.DOTALL)
    return lambda value: pattern.fullmatch(value) is not None


def compile_test(sign: str, literal: Literal) -> Test:
    """The comparison ``sign literal`` as a function of the value found in the message."""
    if sign in _ORDER:
        return _order_test(_ORDER[sign], literal)
    equal = _equal_test(literal)
    if sign == "=":
        return equal
    return lambda value: not equal(value)


def _order_test(compare: Callable[[float, float], bool], literal: Literal) -> Test:
    wanted = literal.number
    if wanted is None:
        raise PatternError("Invalid filter pattern")

    def test(value: object) -> bool:
        number = to_number(value)
        return number is not None and compare(number, wanted)

    return test


def _equal_test(literal: Literal) -> Test:
    if literal.kind == "regex":
        pattern = compile_regex(literal.text)
        return lambda value: pattern.search(to_text(value)) is not None
    same_text = wildcard(literal.text)
    wanted = literal.number
    if wanted is None:
        return lambda value: same_text(to_text(value))
    return lambda value: to_number(value) == wanted or same_text(to_text(value))


@dataclass(frozen=True, slots=True)
class Literal:
    """The right side of a comparison: ``kind`` is word, quoted or regex."""

    kind: str
    text: str

    @property
    def number(self) -> float | None:
        """Only a bare word can be a number."""
        if self.kind == "word" and NUMBER.fullmatch(self.text):
            return float(self.text)
        return None


def to_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return None
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value)
    return None


def to_text(value: object) -> str:
    """A JSON scalar as the text a pattern compares."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


@dataclass(slots=True)
class Tokens:
    """A cursor over the tokens of one pattern: (kind, text) pairs."""

    items: list[tuple[str, str]]
    at: int = 0

    def peek(self) -> tuple[str, str]:
        return self.items[self.at] if self.at < len(self.items) else ("end", "")

    def take(self) -> tuple[str, str]:
        item = self.peek()
        self.at += 1
        return item

    def skip(self, text: str) -> bool:
        """Step over a sign if it stands here."""
        if self.peek() == ("sign", text):
            self.at += 1
            return True
        return False


_UNQUOTE = re.compile(r"\\(.)")


def tokenize(source: str, grammar: re.Pattern[str]) -> Tokens:
    """Split by a grammar whose groups name the kinds; ``space`` is dropped."""
    items, at = [], 0
    while at < len(source):
        found = grammar.match(source, at)
        if found is None or found.end() == at:
            raise PatternError("Invalid filter pattern")
        kind, text = str(found.lastgroup), found.group()
        at = found.end()
        if kind == "quoted":
            text = _UNQUOTE.sub(r"\1", text[1:-1])
        elif kind == "regex":
            text = text[1:-1]
        if kind != "space":
            items.append((kind, text))
    if sum(kind == "regex" for kind, _ in items) > REGEXES_MAX:
        raise PatternError("Invalid filter pattern")
    return Tokens(items)
