"""Reads expressions: recursive descent over tokens, from the loosest operator to the tightest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from sundog.lang.logs_insights.aggregates import AGGREGATES
from sundog.lang.logs_insights.evaluate import SCALARS
from sundog.lang.logs_insights.periods import Period, read_period
from sundog.lang.logs_insights.problems import QueryError, UnsupportedQuery
from sundog.lang.logs_insights.regexes import compile_regex
from sundog.lang.logs_insights.syntax import Binary, Call, Field, In, Like, Literal, Node, Unary
from sundog.lang.logs_insights.tokens import Token, unexpected
from sundog.lang.logs_insights.values import to_number

DEPTH_MAX = 50
ITEMS_MAX = 1_000
T = TypeVar("T")
_PERIOD = re.compile(r"(\d+)([A-Za-z]+)")
_STEP = re.compile(r"`([^`]+)`|\[(\d+)\]|([\w@]+)")
_COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">="})
_TAKES_NOTHING = frozenset({"now", "querystarttime", "queryendtime", "querytimerange"})
_LEFT_OUT = frozenset(
    {"formatdate", "strftime", "parsedate", "regexreplace", "regex_replace", "unmask", "values", "rate",
     "histogram", "offset", "count_over_time", "sum_over_time"}
)  # fmt: skip
"""Functions AWS has and we have not."""


class Tokens:
    """A place among the tokens of a query."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self._tokens, self._place = text, tokens, 0

    @property
    def next(self) -> Token:
        return self._tokens[self._place]

    @property
    def end(self) -> int:
        """Where the last taken token ends."""
        return self._tokens[self._place - 1].end if self._place else 0

    def take(self) -> Token:
        token = self.next
        if token.kind != "end":
            self._place += 1
        return token

    def skip(self, sign: str) -> bool:
        """Take the sign if it comes next."""
        if self.next.kind != "sign" or self.next.text != sign:
            return False
        self._place += 1
        return True

    def skip_word(self, word: str) -> bool:
        if self.next.word != word:
            return False
        self._place += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise unexpected(self.text, self.next)

    def separated(self, read: Callable[[], Node]) -> Iterator[Node]:
        """One or more, with commas between."""
        yield read()
        while self.skip(","):
            yield read()


class ExpressionReader:
    """Reads one expression after another from the same tokens. ``with_aggregates``: inside ``stats``."""

    def __init__(self, tokens: Tokens, *, with_aggregates: bool = False) -> None:
        self._tokens, self._with_aggregates = tokens, with_aggregates
        self._depth = 0

    def read(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise QueryError("The expression is nested too deeply", self._tokens.next.start, self._tokens.end)
        try:
            return self._either()
        finally:
            self._depth -= 1

    def field(self) -> Field:
        """A name alone."""
        token = self._tokens.next
        if token.kind != "name":
            raise unexpected(self._tokens.text, token)
        self._tokens.take()
        return read_field(token)

    # Levels

    def _either(self) -> Node:
        node = self._both()
        while self._tokens.skip_word("or"):
            node = Binary("or", node, self._both())
        return node

    def _both(self) -> Node:
        node = self._negated()
        while self._tokens.skip_word("and"):
            node = Binary("and", node, self._negated())
        return node

    def _negated(self) -> Node:
        count = 0
        while self._tokens.skip_word("not"):
            count += 1
        node = self._compared()
        return Unary("not", node) if count % 2 else node

    def _compared(self) -> Node:
        left = self._sum()
        token = self._tokens.next
        if token.kind == "sign" and token.text in _COMPARISONS:
            self._tokens.take()
            return Binary(token.text, left, self._sum())
        if self._tokens.skip("=~") or self._tokens.skip_word("like"):
            return self._like(left)
        if self._tokens.skip_word("in"):
            return self._in(left)
        if self._tokens.skip_word("not"):
            if self._tokens.skip_word("like"):
                return Unary("not", self._like(left))
            if self._tokens.skip_word("in"):
                return Unary("not", self._in(left))
            raise unexpected(self._tokens.text, self._tokens.next)
        return left

    def _like(self, left: Node) -> Node:
        token = self._tokens.take()
        if token.kind == "text":
            return Like(left, token.value)
        if token.kind == "regex":
            return Like(left, read_regex(token)[0])
        raise unexpected(self._tokens.text, token)

    def _in(self, left: Node) -> Node:
        closing = ")" if self._tokens.skip("(") else "]"
        if closing == "]":
            self._tokens.expect("[")
        items = self._without_aggregates(True, lambda: tuple(self._tokens.separated(self._sum)))
        self._tokens.expect(closing)
        return In(left, items)

    def _sum(self) -> Node:
        node = self._product()
        while self._tokens.next.text in ("+", "-") and self._tokens.next.kind == "sign":
            node = Binary(self._tokens.take().text, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._power()
        while self._is_product():
            node = Binary(self._tokens.take().text, node, self._power())
        return node

    def _is_product(self) -> bool:
        return self._tokens.next.kind == "sign" and self._tokens.next.text in ("*", "/", "%")

    def _power(self) -> Node:
        if self._tokens.skip("-"):
            self._depth += 1
            try:
                if self._depth > DEPTH_MAX:
                    raise unexpected(self._tokens.text, self._tokens.next)
                return Unary("-", self._power())
            finally:
                self._depth -= 1
        node = self._atom()
        return Binary("^", node, self._power()) if self._tokens.skip("^") else node

    # Atoms

    def _atom(self) -> Node:
        if self._tokens.skip("("):
            node = self.read()
            self._tokens.expect(")")
            return node
        token = self._tokens.take()
        if token.kind == "text":
            return Literal(token.value)
        if token.kind == "number":
            number = to_number(token.text)
            if number is not None:
                return Literal(number)
        if token.kind == "period" and (period := self._period(token)):
            return Literal(period)
        if token.kind != "name" or token.word in ("as", "by", "and", "or", "not", "in", "like"):
            raise unexpected(self._tokens.text, token)
        if self._tokens.skip("("):
            return self._call(token)
        if token.word in ("true", "false"):
            return Literal(token.word == "true")
        return read_field(token)

    def _period(self, token: Token) -> Period | None:
        found = _PERIOD.fullmatch(token.text)
        return None if found is None else read_period(int(found[1][:9]), found[2])

    def _call(self, token: Token) -> Node:
        name = token.word
        if name in _LEFT_OUT:
            raise UnsupportedQuery(f"the function {token.text} in queries")
        arguments, is_star = self._without_aggregates(name in AGGREGATES, self._arguments)
        node = Call(name, arguments, is_star, token.start, self._tokens.end)
        self._check(node, token)
        return node

    def _without_aggregates(self, is_inside: bool, read: Callable[[], T]) -> T:
        """Aggregates do not nest."""
        before = self._with_aggregates
        self._with_aggregates = before and not is_inside
        try:
            return read()
        finally:
            self._with_aggregates = before

    def _arguments(self) -> tuple[tuple[Node, ...], bool]:
        if self._tokens.skip(")"):
            return (), False
        if self._tokens.skip("*"):
            self._tokens.expect(")")
            return (), True
        arguments = tuple(self._tokens.separated(self._argument))
        self._tokens.expect(")")
        return arguments, False

    def _argument(self) -> Node:
        """An expression, or a period in two words: ``5 minutes``."""
        node = self.read()
        if isinstance(node, Literal) and isinstance(node.value, int) and self._tokens.next.word:
            period = read_period(node.value, self._tokens.next.word)
            if period is not None:
                self._tokens.take()
                return Literal(period)
        return node

    def _check(self, node: Call, token: Token) -> None:
        """That there is such a function here, and that it takes so many arguments."""
        count = len(node.arguments)
        aggregate = AGGREGATES.get(node.name)
        if aggregate is not None:
            is_any_count = node.name == "count" and not count
            if not self._with_aggregates or not (is_any_count or count == aggregate.arguments):
                raise unexpected(self._tokens.text, token)
            if node.name == "pct" and not _is_percentage(node.arguments[1]):
                raise unexpected(self._tokens.text, token)
            return
        if node.name == "bin":
            fits = count == 1 and _is_period(node.arguments[0])
        elif node.name in _TAKES_NOTHING:
            fits = count == 0
        elif node.name in SCALARS:
            fits = SCALARS[node.name].least <= count <= SCALARS[node.name].most
            fits = fits and (node.name not in ("datefloor", "dateceil") or _is_period(node.arguments[1]))
        else:
            fits = False
        if not fits or node.is_star:
            raise unexpected(self._tokens.text, token)


def read_field(token: Token) -> Field:
    steps = _STEP.findall(token.text)
    return Field(tuple("".join(step) for step in steps), token.start, token.end)


def read_regex(token: Token) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """The compiled expression and its named groups."""
    try:
        return compile_regex(token.value)
    except re.error as error:
        raise QueryError(f"Invalid regular expression: {error}", token.start, token.end) from None


def _is_period(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, Period)


def _is_percentage(node: Node) -> bool:
    is_number = isinstance(node, Literal) and type(node.value) in (int, float)
    return is_number and 0 <= node.value <= 100  # type: ignore[union-attr,operator]  # a number, see above
