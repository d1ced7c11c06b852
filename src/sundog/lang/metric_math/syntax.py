"""From the text of an expression to its tree, and back to the names it uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LENGTH_MAX, DEPTH_MAX, OPERATORS_MAX = 2_048, 50, 300


class MathError(ValueError):
    """The expression is wrong; the text says how."""


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of another query, or a word such as REPEAT, ASC or AVG."""

    value: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple[Node, ...]


Node = Number | Text | Name | Call | Unary | Binary | Array

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<operator>&&|\|\||==|!=|<=|>=|[-+*/^<>(),\[\]]))""",
    re.VERBOSE,
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"OR"}),
    frozenset({"AND"}),
    frozenset({"==", "!="}),
    frozenset({"<", ">", "<=", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)
"""Binary operators from the loosest to the tightest; ``^`` binds tighter still, and to the right."""
_WORDS: Mapping[str, str] = {"&&": "AND", "||": "OR", "AND": "AND", "OR": "OR"}


def parse(text: str) -> Node:
    """The tree of an expression. Raises `MathError`."""
    if len(text) > LENGTH_MAX:
        raise MathError(f"The expression is longer than {LENGTH_MAX} characters")
    return _Parser(list(_tokens(text))).whole()


def names_in(node: Node) -> set[str]:
    """Every name that may be the id of another query."""
    if isinstance(node, Name):
        return {node.value}
    if isinstance(node, Call):
        children: tuple[Node, ...] = node.arguments
    elif isinstance(node, Binary):
        children = (node.left, node.right)
    elif isinstance(node, Unary):
        children = (node.operand,)
    else:
        children = node.items if isinstance(node, Array) else ()
    return {name for child in children for name in names_in(child)}


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise MathError(f"Unexpected character at position {place + 1}")
        kind, value = found.lastgroup, found[found.lastgroup]
        if value.upper() in _WORDS and kind in ("name", "operator"):
            kind, value = "operator", _WORDS[value.upper()]
        yield kind, value
        place = found.end()


class _Parser:
    """Recursive descent over tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0
        if sum(kind == "operator" for kind, _ in tokens) > OPERATORS_MAX:
            raise MathError(f"The expression has more than {OPERATORS_MAX} operators")

    def whole(self) -> Node:
        node = self._level(0)
        if self._place < len(self._tokens):
            raise MathError(f"Unexpected '{self._tokens[self._place][1]}'")
        return node

    def _peek(self) -> str:
        kind, value = self._tokens[self._place] if self._place < len(self._tokens) else ("", "")
        return value if kind == "operator" else ""

    def _take(self, operator: str) -> bool:
        if self._peek() != operator:
            return False
        self._place += 1
        return True

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise MathError(f"Expected '{operator}'")

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._level(level + 1)
        while (operator := self._peek()) in _LEVELS[level]:
            self._place += 1
            node = Binary(operator, node, self._level(level + 1))
        return node

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise MathError("The expression is nested too deeply")
        try:
            if self._take("-"):
                return Unary("-", self._unary())
            if self._take("+"):
                return self._unary()
            node = self._atom()
            return Binary("^", node, self._unary()) if self._take("^") else node
        finally:
            self._depth -= 1

    def _atom(self) -> Node:
        if self._take("("):
            node = self._level(0)
            self._expect(")")
            return node
        if self._take("["):
            return Array(self._list("]"))
        if self._place >= len(self._tokens) or self._tokens[self._place][0] == "operator":
            raise MathError("Unexpected end of the expression" if not self._peek() else "Missing operand")
        kind, value = self._tokens[self._place]
        self._place += 1
        if kind == "number":
            return Number(float(value))
        if kind == "text":
            return Text(value[1:-1])
        return Call(value.upper(), self._list(")")) if self._take("(") else Name(value)

    def _list(self, end: str) -> tuple[Node, ...]:
        if self._take(end):
            return ()
        items = [self._level(0)]
        while self._take(","):
            items.append(self._level(0))
        self._expect(end)
        return tuple(items)
