"""Reading JSON with the refusals of AWS, which are Jackson's: used for definitions and execution inputs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.plain_json import TOO_DEEP, NotPlain, check_plain, make_decoder

_TOKEN: Final = re.compile(r"[\w$]+")
_MARK: Final = re.compile(r'[{}\[\]:,]|"(?:[^"\\]|\\.)*"', re.DOTALL)
_SHOWN_MAX: Final = 500
_VALUES: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


class InvalidJson(Exception):
    """``message`` is the first line of Jackson's; ``location`` where in the text."""

    def __init__(self, message: str, location: str) -> None:
        super().__init__(message)
        self.message, self.location = message, location


def parse_json(text: str, *, is_definition: bool = False) -> Any:
    """Raises `InvalidJson`. What follows the first value is not looked at, as AWS does not.

    Definitions have a limit of levels of their own.
    """
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        value, end = _DECODER.raw_decode(text, start)
        check_plain(text[start:end], value, is_stored=not is_definition)
    except json.JSONDecodeError as error:
        raise _in_words(text, error.msg, error.pos) from None
    except _DuplicateName as error:
        raise InvalidJson(f"Duplicate field '{error}'", _place(text, _second(text, str(error)))) from None
    except RecursionError:
        raise InvalidJson(TOO_DEEP, _place(text, 0)) from None
    except NotPlain as error:
        raise InvalidJson(str(error), _place(text, 0)) from None
    return value


class _DuplicateName(Exception):
    """An object has the same name twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _DuplicateName(name)
            seen.add(name)
    return members


_DECODER: Final = make_decoder(_object)


def _second(text: str, name: str) -> int:
    """Behind the second place where ``name`` stands as a name."""
    places = [m.end() for m in re.finditer(re.escape(json.dumps(name)), text)]
    return places[min(1, len(places) - 1)] if places else 0


def _in_words(text: str, problem: str, at: int) -> InvalidJson:
    if at >= len(text) or problem.startswith("Unterminated string"):
        return InvalidJson(f"Unexpected end-of-input{_unfinished(text)}", _place(text, len(text)))
    char = text[at]
    token = _TOKEN.match(text, at)
    if problem == "Expecting value" and token and not char.isdigit():
        message = f"Unrecognized token '{token[0]}': was expecting {_VALUES}"
        return InvalidJson(message, _place(text, token.end()))
    unexpected = f"Unexpected character ('{char}' (code {ord(char)}))"
    return InvalidJson(f"{unexpected}: {_expected(problem, text[:at])}", _place(text, at + 1))


def _expected(problem: str, before: str) -> str:
    if problem.startswith("Expecting property name"):
        return "was expecting double-quote to start field name"
    if problem.startswith("Expecting ':'"):
        return "was expecting a colon to separate field name and value"
    if problem.startswith("Expecting ','"):
        return f"was expecting comma to separate {_kind(before, _scan(before))} entries"
    return f"expected a valid value {_VALUES}"


@dataclass(frozen=True, slots=True)
class _Scan:
    """How a text ends: the brackets that are open, the last mark or string, whether inside a string."""

    opened: tuple[int, ...]
    mark: str
    in_string: bool


def _scan(text: str) -> _Scan:
    opened: list[int] = []
    mark = ""
    end = 0
    for found in _MARK.finditer(text):
        mark, end = found[0][0], found.end()
        if mark in "{[":
            opened.append(found.start())
        elif mark in "}]" and opened:
            opened.pop()
    return _Scan(tuple(opened), mark, '"' in text[end:])


def _kind(text: str, scan: _Scan) -> str:
    if not scan.opened:
        return "root"
    return "Object" if text[scan.opened[-1]] == "{" else "Array"


def _unfinished(text: str) -> str:
    """What a text that ends too early lacks."""
    scan = _scan(text)
    kind = _kind(text, scan)
    if scan.in_string:
        is_name = kind == "Object" and scan.mark in ("{", ",")
        return " in field name" if is_name else ": was expecting closing quote for a string value"
    if not scan.opened or text.rstrip().endswith((":", ",")):
        return f" within/between {kind} entries"
    place = _place(text, scan.opened[-1])
    return f": expected close marker for {kind} (start marker at {place})"


def _place(text: str, at: int) -> str:
    shown = text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX]
    more = f"[truncated {len(text) - _SHOWN_MAX} chars]" if len(text) > _SHOWN_MAX else ""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f'[Source: (String)"{shown}"{more}; line: {line}, column: {column}]'
