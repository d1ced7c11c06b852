"""JSON text as a stream of tokens, with the wording and the positions of the reader that AWS uses (Jackson).

AWS's messages name a line and a column: how far its reader had got, not where a token starts. So this reader
is as lazy as Jackson's: a string value is read only when its text is asked for, and a field name is read with
the first character of its value. Only what a message can show is promised; numbers are kept as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from sundog.lang.event_pattern.values import InvalidPattern

SOURCE_CHARS_MAX: Final = 500
"""Jackson quotes at most this much of the text in a message."""
NESTING_MAX: Final = 400
"""Far above any pattern within AWS's 4,096 characters that means something; Jackson itself stops at 1,000."""

END_OF_INPUT: Final = ""
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_HALVES: Final = re.compile("[\ud800-\udfff]")
_WORD: Final = re.compile(r"[\w$]{0,256}")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FRACTION: Final = re.compile(r"\.[0-9]+")
_EXPONENT: Final = re.compile(r"[eE][+-]?[0-9]+")
_ESCAPES: Final = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_VALUES: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@dataclass(slots=True)
class _Scope:
    """One open ``{`` or ``[``: which, where, and how many entries were read."""

    marker: str
    start: int
    entries: int = 0

    @property
    def noun(self) -> str:
        return "Object" if self.marker == "{" else "Array"


class Tokens:
    """Reads ``text`` token by token; every complaint is an `InvalidPattern` with a location."""

    __slots__ = ("_literal", "_name", "_pending", "_scopes", "_string_at", "_text", "at", "kind", "source")

    def __init__(self, text: str, source: str | None = None) -> None:
        self._text = text
        self.source = source
        self.at = 0
        self.kind = END_OF_INPUT
        self._name = ""
        self._literal = ""
        self._pending = ""
        self._scopes: list[_Scope] = []
        self._string_at = -1

    # -- positions ------------------------------------------------------------------------------------------

    def place(self, at: int) -> str:
        """``[Source: (String)"..."; line: 1, column: 9]`` for the character at ``at``."""
        before = self._text[:at]
        line = len(re.findall(r"\r\n|\r|\n", before)) + 1
        column = at - max(before.rfind("\n"), before.rfind("\r"))
        return f"[Source: {self.source or self._quoted()}; line: {line}, column: {column}]"

    def _quoted(self) -> str:
        kept, rest = self._text[:SOURCE_CHARS_MAX], len(self._text) - SOURCE_CHARS_MAX
        shown = re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", lambda c: f"\\u{ord(c[0]):04X}", kept)
        return f'(String)"{shown}"' + (f"[truncated {rest} chars]" if rest > 0 else "")

    def refuse(self, message: str, at: int | None = None) -> NoReturn:
        raise InvalidPattern(f"{message}\n at {self.place(self.at if at is None else at)}")

    def _refuse_character(self, at: int, comment: str) -> NoReturn:
        self.refuse(f"Unexpected character ({_described(self._text[at])}){comment}", at)

    # -- tokens ---------------------------------------------------------------------------------------------

    def next(self) -> str:
        """The next token: one of ``{ } [ ] name string number true false null``, or END_OF_INPUT."""
        if self._pending:
            self.kind, self._pending = self._pending, ""
            self._open(self.kind)
            return self.kind
        if self._string_at >= 0:
            self._read_string("was expecting closing quote for a string value")
        self.kind = self._advance()
        return self.kind

    def text(self) -> str:
        """The token as text: a string's value, a number as written, any other token itself."""
        if self.kind == "name":
            return self._name
        if self._string_at >= 0:
            self._literal = self._read_string("was expecting closing quote for a string value")
        return self._literal if self.kind in ("string", "number") else self.kind

    def _advance(self) -> str:
        self._skip_space()
        scope = self._scopes[-1] if self._scopes else None
        if self.at >= len(self._text):
            if scope is None:
                return END_OF_INPUT
            start = self.place(scope.start)
            self.refuse(
                f"Unexpected end-of-input: expected close marker for {scope.noun} (start marker at {start})"
            )
        if self._text[self.at] in "]}":
            return self._close(self._text[self.at])
        if scope is not None:
            self._skip_comma(scope)
            scope.entries += 1
            if scope.marker == "{":
                self._name = self._read_name()
                self._pending = self._read_value()
                return "name"
        kind = self._read_value()
        self._open(kind)
        return kind

    def _open(self, kind: str) -> None:
        """Enter the object or array whose marker was just read."""
        if kind not in ("{", "["):
            return
        if len(self._scopes) >= NESTING_MAX:
            self.refuse(
                f"Document nesting depth ({NESTING_MAX + 1}) exceeds the maximum allowed ({NESTING_MAX},"
                " from `StreamReadConstraints.getMaxNestingDepth()`)"
            )
        self._scopes.append(_Scope(kind, self.at - 1))

    def _close(self, marker: str) -> str:
        scope = self._scopes[-1] if self._scopes else None
        self.at += 1
        if scope is None:
            self._refuse_character(self.at - 1, f": expected a valid value {_VALUES}")
        wanted = "}" if scope.marker == "{" else "]"
        if marker != wanted:
            start = self.place(scope.start)
            opened = f"(for {scope.noun} starting at {start})"
            self.refuse(f"Unexpected close marker '{marker}': expected '{wanted}' {opened}")
        self._scopes.pop()
        return marker

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self.at)
        assert found is not None
        self.at = found.end()

    def _skip_comma(self, scope: _Scope) -> None:
        if scope.entries == 0:
            return
        if self._text[self.at] != ",":
            self._refuse_character(self.at, f": was expecting comma to separate {scope.noun} entries")
        self.at += 1
        self._skip_to_entry(scope)

    def _skip_to_entry(self, scope: _Scope) -> None:
        self._skip_space()
        if self.at >= len(self._text):
            self.refuse(f"Unexpected end-of-input within/between {scope.noun} entries")

    def _read_name(self) -> str:
        if self._text[self.at] != '"':
            self._refuse_character(self.at, ": was expecting double-quote to start field name")
        self.at += 1
        self._string_at = self.at
        name = self._read_string("in field name")
        scope = self._scopes[-1]
        self._skip_to_entry(scope)
        if self._text[self.at] != ":":
            self._refuse_character(self.at, ": was expecting a colon to separate field name and value")
        self.at += 1
        self._skip_to_entry(scope)
        return name

    # -- values ---------------------------------------------------------------------------------------------

    def _read_value(self) -> str:
        first = self._text[self.at]
        if first == '"':
            self.at += 1
            self._string_at = self.at
            return "string"
        if first in "{[":
            self.at += 1
            return first
        if first == "-" or first in "0123456789":
            return self._read_number()
        if first in "]}":
            self._refuse_character(self.at, ": expected a value")
        return self._read_word()

    def _read_word(self) -> str:
        found = _WORD.match(self._text, self.at)
        word = found[0] if found else ""
        if word in ("true", "false", "null"):
            self.at += len(word)
            return word
        if not word or word[0].isdigit():
            self._refuse_character(self.at, f": expected a valid value {_VALUES}")
        self.at += len(word)
        if word in ("NaN", "Infinity"):
            self.refuse(
                f"Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
            )
        return self.refuse(f"Unrecognized token '{word}': was expecting {_VALUES}")

    def _read_number(self) -> str:
        start, text = self.at, self._text
        whole = _NUMBER.match(text, start)
        if whole is None:
            self._refuse_digit(
                start + 1, "expected digit (0-9) to follow minus sign, for valid numeric value"
            )
        end = whole.end()
        if text[end - 1] == "0" and end - start - (text[start] == "-") == 1 and text[end : end + 1].isdigit():
            self.at = end
            self.refuse("Invalid numeric value: Leading zeroes not allowed")
        for part, marks, comment in (
            (_FRACTION, ".", "Decimal point not followed by a digit"),
            (_EXPONENT, "eE", "Exponent indicator not followed by a digit"),
        ):
            found = part.match(text, end)
            if found is not None:
                end = found.end()
            elif end < len(text) and text[end] in marks:
                self._refuse_digit(end + 1, comment)
        self.at = end
        self._literal = text[start:end]
        return "number"

    def _refuse_digit(self, at: int, comment: str) -> NoReturn:
        if at >= len(self._text):
            self.refuse(f"Unexpected end-of-input: {comment}", at)
        self._refuse_character(at, f" in numeric value: {comment}")

    def _read_string(self, where: str) -> str:
        """Finish the string whose opening quote was read; the position is then behind its closing quote."""
        text, at, parts = self._text, self._string_at, []
        self._string_at = -1
        while True:
            plain = _PLAIN.match(text, at)
            assert plain is not None
            parts.append(plain[0])
            at = plain.end()
            if at >= len(text):
                self.refuse(f"Unexpected end-of-input{'' if where.startswith('in ') else ':'} {where}", at)
            if text[at] == '"':
                self.at = at + 1
                return _with_pairs("".join(parts))
            if text[at] != "\\":
                kind = "name" if where == "in field name" else "string value"
                self.refuse(
                    f"Illegal unquoted character ({_described(text[at])}): has to be escaped using backslash"
                    f" to be included in {kind}",
                    at + 1,
                )
            at = self._read_escape(at + 1, parts)

    def _read_escape(self, at: int, parts: list[str]) -> int:
        text = self._text
        if at >= len(text):
            self.refuse("Unexpected end-of-input in character escape sequence", at)
        if text[at] in _ESCAPES:
            parts.append(_ESCAPES[text[at]])
            return at + 1
        if text[at] != "u":
            self.refuse(f"Unrecognized character escape {_described(text[at])}", at + 1)
        for digit_at in range(at + 1, at + 5):
            if digit_at >= len(text):
                self.refuse("Unexpected end-of-input in character escape sequence", digit_at)
            if text[digit_at] not in "0123456789abcdefABCDEF":
                self._refuse_character(digit_at, ": expected a hex-digit for character escape sequence")
        unit = int(text[at + 1 : at + 5], 16)
        parts.append(chr(unit))
        return at + 5


def _with_pairs(text: str) -> str:
    """Escaped UTF-16 halves that belong together as one character."""
    if not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _described(character: str) -> str:
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code}" + (f" / 0x{code:x})" if code > 255 else ")")
