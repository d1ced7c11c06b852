"""Reads ``SOURCE logGroups(namePrefix: ['a', 'b'], class: ['STANDARD'])``.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Source.html
"""

from __future__ import annotations

from collections.abc import Mapping

from sundog.lang.logs_insights.expressions import Tokens
from sundog.lang.logs_insights.problems import UnsupportedQuery
from sundog.lang.logs_insights.syntax import Source
from sundog.lang.logs_insights.tokens import unexpected

_PARTS: Mapping[str, tuple[str, int]] = {
    "nameprefix": ("prefixes", 5),
    "class": ("classes", 2),
    "loggroupclass": ("classes", 2),
    "accountidentifier": ("accounts", 20),
    "accountidentifiers": ("accounts", 20),
}
"""Each keyword, what it says, and how many values it may have."""


def read_source(tokens: Tokens) -> Source:
    if tokens.next.word == "datasource":
        raise UnsupportedQuery("SOURCE dataSource in queries")
    if not tokens.skip_word("loggroups"):
        raise unexpected(tokens.text, tokens.next)
    tokens.expect("(")
    found: dict[str, tuple[str, ...]] = {}
    while not tokens.skip(")"):
        if found:
            tokens.expect(",")
        name, count_max = _PARTS.get(tokens.next.word, ("", 0))
        if not name or name in found:
            raise unexpected(tokens.text, tokens.next)
        tokens.take()
        tokens.expect(":")
        found[name] = _values(tokens, count_max)
    return Source(**found)


def _values(tokens: Tokens, count_max: int) -> tuple[str, ...]:
    tokens.expect("[")
    values: list[str] = []
    while True:
        token = tokens.take()
        if token.kind != "text" or len(values) == count_max:
            raise unexpected(tokens.text, token)
        values.append(token.value)
        if tokens.skip("]"):
            return tuple(values)
        tokens.expect(",")
