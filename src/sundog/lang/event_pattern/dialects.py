"""The services that use event patterns, and how each differs: operators it knows, words it refuses with."""

from __future__ import annotations

import enum
from typing import Final

from sundog.lang.event_pattern.operators import READERS, Grammar

_EVERYTHING: Final = Grammar(
    frozenset(READERS), frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"}), True
)
_SNS: Final = Grammar(frozenset(READERS) - {"wildcard"}, frozenset({"prefix"}), False)
"""SNS answers ``Unsupported anything-but pattern: suffix`` (recorded); its documentation has no wildcard.
https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html"""


class Dialect(enum.Enum):
    EVENTBRIDGE = "eventbridge"
    PIPES = "pipes"
    LAMBDA = "lambda"
    SNS_BODY = "MessageBody"
    SNS_ATTRIBUTES = "MessageAttributes"

    @property
    def is_sns(self) -> bool:
        return self in (Dialect.SNS_BODY, Dialect.SNS_ATTRIBUTES)

    @property
    def grammar(self) -> Grammar:
        return _SNS if self.is_sns else _EVERYTHING

    def word(self, reason: str) -> str:
        """The message that this service answers for ``reason``."""
        if self is Dialect.LAMBDA:
            return "Invalid filter pattern definition."
        if self.is_sns:
            return f"FilterPolicy: {reason}"
        return f"Event pattern is not valid. Reason: {reason}"
