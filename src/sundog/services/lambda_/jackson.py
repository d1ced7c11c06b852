"""Why a payload is not JSON, in the words of the parser that Lambda uses (Jackson)."""

from __future__ import annotations

import json
import re

DEPTH_MAX = 1_000
_TOKEN = re.compile(r"[A-Za-z_$][\w$]*")


def explain(payload: bytes) -> str:
    """``Unrecognized token 'x': was expecting ...`` with the place, for bytes that are not JSON."""
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        return f"Invalid UTF-8 start byte 0x{payload[error.start]:02x}\n {_place(payload, error.start + 1)}"
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return _word(text, payload, error.pos)
    except ValueError as error:
        return _word(text, payload, text.find(str(error)))
    except RecursionError:
        return (
            f"Document nesting depth ({DEPTH_MAX + 1}) exceeds the maximum allowed ({DEPTH_MAX}, from "
            "`StreamReadConstraints.getMaxNestingDepth()`)"
        )
    return f"Unexpected content\n {_place(payload, len(text))}"


def _refuse(word: str) -> None:
    raise ValueError(word.lstrip("-"))


def _word(text: str, payload: bytes, position: int) -> str:
    if position >= len(text):
        return f"Unexpected end-of-input\n {_place(payload, len(text) + 1)}"
    if token := _TOKEN.match(text, position):
        return (
            f"Unrecognized token '{token[0]}': was expecting (JSON String, Number, Array, Object or token "
            f"'null', 'true' or 'false')\n {_place(payload, token.end() + 1)}"
        )
    found = text[position]
    return (
        f"Unexpected character ('{found}' (code {ord(found)})): was expecting a valid value "
        f"(JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n "
        f"{_place(payload, position + 1)}"
    )


def _place(payload: bytes, position: int) -> str:
    before = payload[: max(0, position - 1)].decode("utf-8", "replace")
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return (
        f'at [Source: (byte[])"{payload[:500].decode("utf-8", "replace")}"; line: {line}, column: {column}]'
    )
