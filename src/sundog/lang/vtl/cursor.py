"""A place in a template, and what every part of the parser reads there."""

from __future__ import annotations

import re
from typing import NoReturn

from sundog.lang.vtl.errors import ParseError

SPACE = re.compile(r"\s*")
END_OF_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
NESTING_MAX = 40


class Cursor:
    """``at`` moves forward over ``text``; ``depth`` counts what is open around it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Goes over what ``pattern`` matches here."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def skips(self, word: str) -> bool:
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def skip_space(self) -> None:
        match = SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def skip_end_of_line(self) -> None:
        """A directive takes the rest of its line with it, if there is nothing but blanks."""
        self.match(END_OF_LINE)

    def expect(self, word: str) -> None:
        self.skip_space()
        if not self.skips(word):
            self.fail(f'Was expecting "{word}"')

    def next_is(self, word: str) -> bool:
        return self.text.startswith(word, self.at)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > NESTING_MAX:
            self.fail(f"More than {NESTING_MAX} levels of nesting")

    def leave(self) -> None:
        self.depth -= 1

    def fail(self, why: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - (self.text.rfind("\n", 0, self.at) + 1) + 1
        found = self.text[self.at : self.at + 1] or "<EOF>"
        raise ParseError(f'Encountered "{found}" at [line {line}, column {column}]. {why}')
