"""SEARCH: which metrics a search expression means.

``SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors"', 'Sum', 300)``: an optional schema (namespace and the
names of all dimensions), then terms that all must match. A term in double quotes must be the whole value, any
other must occur in it as a word; ``OR`` and ``NOT`` and brackets combine them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sundog.lang.metric_math.syntax import MathError

DEPTH_MAX = 30


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """``namespace`` and ``dimensions``: the schema, None where there is none."""

    namespace: str | None
    dimensions: frozenset[str] | None
    test: Callable[[Mapping[str, str]], bool]


_TOKEN = re.compile(r'\s*("[^"]*"|[()]|[^\s()="{}]+="[^"]*"|[^\s()="{}]+=[^\s()"]+|[^\s()"=]+)')
_SCHEMA = re.compile(r'\s*\{((?:[^{}"]|"[^"]*")*)\}')
_PART = re.compile(r'\s*("[^"]*"|[^,]+)\s*(?:,|$)')
_WORD_BREAK = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def parse_search(text: str) -> SearchTerms:
    """Read a search expression. Raises `MathError`."""
    schema = _SCHEMA.match(text)
    parts: list[str] = []
    if schema is not None:
        parts = [part.strip().strip('"') for part in _PART.findall(schema[1])]
        text = text[schema.end() :]
    tokens = _TOKEN.findall(text)
    if "".join(tokens).replace(" ", "") != re.sub(r"\s", "", text).replace(" ", ""):
        raise MathError("The search expression is malformed")
    test = _Terms(tokens).whole()
    return SearchTerms(parts[0] if parts else None, frozenset(parts[1:]) if parts else None, test)


def matches(terms: SearchTerms, namespace: str, name: str, dimensions: Sequence[tuple[str, str]]) -> bool:
    """Whether the search means this metric."""
    if terms.namespace is not None and terms.namespace != namespace:
        return False
    if terms.dimensions is not None and terms.dimensions != {one for one, _ in dimensions}:
        return False
    return terms.test({"Namespace": namespace, "MetricName": name, **dict(dimensions)})


Test = Callable[[Mapping[str, str]], bool]


class _Terms:
    """Recursive descent: OR of sequences of terms."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0

    def whole(self) -> Test:
        test = self._alternatives() if self._tokens else _all([])
        if self._place < len(self._tokens):
            raise MathError("The search expression is malformed")
        return test

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _alternatives(self) -> Test:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise MathError("The search expression is nested too deeply")
        found = [self._sequence()]
        while self._peek().upper() == "OR":
            self._place += 1
            found.append(self._sequence())
        self._depth -= 1
        return found[0] if len(found) == 1 else (lambda metric: any(test(metric) for test in found))

    def _sequence(self) -> Test:
        found: list[Test] = []
        while (token := self._peek()) and token != ")" and token.upper() != "OR":
            if token.upper() == "AND":
                self._place += 1
                continue
            found.append(self._term())
        if not found:
            raise MathError("The search expression is malformed")
        return _all(found)

    def _term(self) -> Test:
        token = self._peek()
        self._place += 1
        if token.upper() == "NOT":
            if not self._peek() or self._peek().upper() == "NOT":
                raise MathError("The search expression is malformed")
            test = self._term()
            return lambda metric: not test(metric)
        if token == "(":
            test = self._alternatives()
            if self._peek() != ")":
                raise MathError("The search expression is malformed")
            self._place += 1
            return test
        return _leaf(token)


def _all(tests: list[Test]) -> Test:
    return lambda metric: all(test(metric) for test in tests)


def _leaf(token: str) -> Test:
    name, equals, value = token.partition("=") if not token.startswith('"') else ("", "", token)
    if not equals:
        name, value = "", token
    is_exact = value.startswith('"')
    wanted = value.strip('"')

    def has(text: str) -> bool:
        return text == wanted if is_exact else _contains(text, wanted)

    if not name:
        # A bare term may occur in any name or value, dimension names included.
        return lambda metric: any(has(text) for pair in metric.items() for text in pair)
    return lambda metric: name in metric and has(metric[name])


def _contains(text: str, wanted: str) -> bool:
    """Every word of ``wanted`` stands in ``text`` one after another; case does not count."""
    words, looked = _words(text), _words(wanted)
    count = len(looked)
    return any(words[i : i + count] == looked for i in range(len(words) - count + 1))


def _words(text: str) -> list[str]:
    split = _CAMEL.sub(" ", text).lower()
    return [word for word in _WORD_BREAK.split(split) if word]
