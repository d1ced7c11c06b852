"""From ``States.Format('{}', $.a, States.UUID())`` to a tree of calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.intrinsics.problems import InvalidIntrinsic
from sundog.lang.jsonpath.query import Query, compile_query
from sundog.lang.jsonpath.scanner import balanced, end_of_quote
from sundog.lang.jsonpath.steps import InvalidPath
from sundog.lang.plain_json import read_json

NESTING_MAX: Final = 10

_CALL: Final = re.compile(r"\s*States\.([A-Za-z0-9]+)\s*\(")
_ATOM: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?=\s*[,)])")
_ESCAPE: Final = re.compile(r"\\(['{}\\])")
_BLANK: Final = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal in single quotes; ``raw`` still has its escapes, which States.Format needs."""

    raw: str

    @property
    def value(self) -> str:
        return _ESCAPE.sub(r"\1", self.raw)


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """``text`` is the call as written."""

    name: str
    arguments: tuple[Argument, ...]
    text: str


Argument = Text | Constant | Query | Call


def parse_call(text: str) -> Call:
    """Raises `InvalidIntrinsic`."""
    call, end = _call(text, 0, 1)
    if text[end:].strip():
        raise InvalidIntrinsic(f"Unexpected text after the call: {text[end:]}")
    return call


def _call(text: str, at: int, depth: int) -> tuple[Call, int]:
    found = _CALL.match(text, at)
    if found is None or depth > NESTING_MAX:
        raise InvalidIntrinsic(f"Not a call of an intrinsic function: {text[at:]}")
    at = _blank(text, found.end())
    arguments: list[Argument] = []
    while not text.startswith(")", at):
        if arguments:
            if not text.startswith(",", at):
                raise InvalidIntrinsic(f"Expected ',' or ')' in {text}")
            at = _blank(text, at + 1)
        argument, at = _argument(text, at, depth)
        arguments.append(argument)
        at = _blank(text, at)
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    return Call(found[1], tuple(arguments), text[start : at + 1]), at + 1


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _argument(text: str, at: int, depth: int) -> tuple[Argument, int]:
    if text.startswith("'", at):
        return _quoted(text, at)
    if text.startswith("$", at):
        return _query(text, at)
    found = _ATOM.match(text, at)
    if found:
        return Constant(_number_or_word(found[1])), found.end()
    return _call(text, at, depth + 1)


def _number_or_word(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        raise InvalidIntrinsic(f"{text} is not a number of JSON") from None


def _quoted(text: str, at: int) -> tuple[Text, int]:
    try:
        end = end_of_quote(text, at)
    except InvalidPath as error:
        raise InvalidIntrinsic(str(error)) from None
    return Text(text[at + 1 : end]), end + 1


def _query(text: str, at: int) -> tuple[Query, int]:
    """A path ends at a comma or bracket of the call around it."""
    end = at
    try:
        while end < len(text) and text[end] not in ",)":
            end = balanced(text, end) + 1 if text[end] in "[(" else end + 1
        return compile_query(text[at:end].rstrip()), end
    except InvalidPath as error:
        raise InvalidIntrinsic(str(error)) from None
