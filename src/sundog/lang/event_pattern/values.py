"""Values that every part of an event pattern shares: terms, branches, JSON's three words, the refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class InvalidPattern(Exception):
    """The text is no pattern; ``message`` is what AWS answers, with its location."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Word:
    """JSON's true, false or null inside the matcher: equal to itself only, so that true is not 1."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


TRUE: Final = Word("true")
FALSE: Final = Word("false")
NULL: Final = Word("null")
WORDS: Final[Mapping[object, Word]] = {True: TRUE, False: FALSE, None: NULL}

Test = Callable[[Any], bool]
"""Says whether one leaf of the event (a str, int, float or Word) is as wanted."""


@dataclass(frozen=True, slots=True)
class Term:
    """One alternative of a field: ``kind`` and ``key`` say how the index files it, ``test`` decides.

    Kinds: ``equal`` (key: the value), ``fold`` (lower-case text), ``prefix`` and ``suffix`` (text; what the
    index finds must still be tested), ``range`` (low, high), ``scan`` (nothing to file under), ``present``,
    ``absent``. ``source`` is the alternative as JSON, for explanations.
    """

    kind: str
    key: Any
    test: Test = field(compare=False, repr=False)
    source: Any


Branch = dict[str, tuple[Term, ...]]
"""One way to satisfy a pattern: every dotted path needs one of its terms."""

Branches = list[Branch]
