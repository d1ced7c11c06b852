"""From the text of a query to its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sundog.lang.logs_insights.problems import QueryError

Kind = Literal["name", "number", "period", "text", "regex", "sign", "end"]

_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_REGEX = re.compile(r"/(?P<regex>(?:\\.|[^\\/])+)/", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<period>\d+(?=[A-Za-z])(?![eE][+-]?\d)[A-Za-z]+)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<name>(?:`[^`]+`|[^\W\d][\w@]*|@[\w@]+)(?:\.(?:`[^`]+`|[\w@]+)|(?<!\bin)\[\d+\])*)
    | (?P<sign>!=|<=|>=|=~|[-+*/%^=<>(),\[\]|:])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Mapping[str, str] = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_OPERAND_ENDS = frozenset({"name", "number", "period", "text", "regex"})
_OPERAND_FOLLOWS = frozenset({"like", "and", "or", "not", "by"})
"""Words after which a slash begins a regular expression."""


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as it stands in the query; ``value`` without quotes, escapes and slashes."""

    kind: Kind
    text: str
    value: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """Keywords and names of functions do not care for case. Empty for what is no plain word."""
        return self.text.lower() if self.kind == "name" else ""


def tokenize(text: str) -> list[Token]:
    """The tokens, and one of kind ``end``. Raises `QueryError`."""
    tokens: list[Token] = []
    place = _skip(text, 0)
    while place < len(text):
        token = _next(text, place, tokens)
        if token is None:
            raise unexpected(text, Token("sign", text[place], text[place], place, place + 1))
        tokens.append(token)
        place = _skip(text, token.end)
    return [*tokens, Token("end", "<EOF>", "", len(text), len(text))]


def unexpected(text: str, token: Token) -> QueryError:
    """AWS's words (observed): lines count from 1, positions in a line from 0."""
    line = text.count("\n", 0, token.start) + 1
    position = token.start - (text.rfind("\n", 0, token.start) + 1)
    message = f"unexpected symbol found {token.text} at line {line} and position {position}"
    return QueryError(message, token.start, token.end)


def unescape(text: str) -> str:
    """A backslash before any other character stays: it may mean something to a glob."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), text)


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None
    return found.end()


def _next(text: str, place: int, before: list[Token]) -> Token | None:
    if text[place] == "/" and _may_be_regex(before) and (found := _REGEX.match(text, place)):
        return Token("regex", found[0], found["regex"], place, found.end())
    found = _TOKEN.match(text, place)
    if found is None:
        return None
    for kind in ("period", "number", "name", "sign"):
        if found.lastgroup == kind:
            return Token(kind, found[0], found[0], place, found.end())
    return Token("text", found[0], unescape(found[0][1:-1]), place, found.end())


def _may_be_regex(before: list[Token]) -> bool:
    """A slash divides after an operand; in ``parse field /.../`` it does not."""
    if not before:
        return True
    last = before[-1]
    if last.kind in _OPERAND_ENDS and last.word not in _OPERAND_FOLLOWS:
        return _is_in_parse(before)
    return last.text not in (")", "]")


def _is_in_parse(before: list[Token]) -> bool:
    for index in range(len(before) - 1, -1, -1):
        if index == 0 or before[index - 1].text == "|":
            return before[index].word == "parse"
    return False
