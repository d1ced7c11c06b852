"""What can be wrong with a query."""

from __future__ import annotations


class QueryError(ValueError):
    """The query is wrong; ``start`` and ``end`` are offsets of the characters that are to blame."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message, self.start, self.end = message, start, end


class UnsupportedQuery(ValueError):
    """AWS knows this part of the language and sundog does not; the text names it."""


class TooManyGroups(Exception):
    """A stats command has more groups than we hold in memory."""
