"""Expressions and references. What the reference leaves open was tried with Velocity 1.7.

https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from sundog.lang.vtl.cursor import Cursor
from sundog.lang.vtl.syntax import (
    Arithmetic,
    Block,
    Call,
    Comparison,
    Constant,
    Expression,
    Index,
    Interpolated,
    ListOf,
    Logical,
    MapOf,
    Not,
    Property,
    Range,
    Reference,
    Step,
    Text,
)

REFERENCE_START = re.compile(r"\$(!?)(\{?)([A-Za-z_][\w-]*)", re.ASCII)
PROPERTY = re.compile(r"\.([A-Za-z_][\w-]*)", re.ASCII)
NUMBER = re.compile(r"-?(?:\d+\.(?!\.)\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)")
# What is no argument makes no call: "$name.call(word)" is a property and some text.
ARGUMENTS_START = re.compile(r"\((?=\s*(?:[)$'\"\[{\d.-]|(?:true|false)\b))")
QUOTED = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"")
DIGITS_MAX = 1000
UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
NEGATIVE_NUMBER = re.compile(r"-\.?\d")

OR = re.compile(r"\|\||or\b")
AND = re.compile(r"&&|and\b")
EQUALITY = re.compile(r"==|!=|(?:eq|ne)\b")
RELATION = re.compile(r"<=|>=|<|>|(?:lt|le|gt|ge)\b")
SUM = re.compile(r"[+-]")
PRODUCT = re.compile(r"[*/%]")
NOT = re.compile(r"!|not\b")
BOOLEAN = re.compile(r"(true|false)\b")
WORDS: Final[Mapping[str, str]] = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}

ReadBlock = Callable[[str], Block]


def read_expression(cursor: Cursor, read_block: ReadBlock) -> Expression:
    """``read_block`` parses the template in a string with double quotes."""
    cursor.enter()
    expression = _Reader(cursor, read_block).disjunction()
    cursor.leave()
    return expression


def read_reference(cursor: Cursor, read_block: ReadBlock) -> Reference | None:
    """The reference that begins at ``$``; None (and the cursor where it was) if there is none."""
    return _Reader(cursor, read_block).reference()


def read_value(cursor: Cursor, read_block: ReadBlock) -> Expression | None:
    """An argument of a method or directive: no operators in it."""
    return _Reader(cursor, read_block).value()


class _Reader:
    def __init__(self, cursor: Cursor, read_block: ReadBlock) -> None:
        self.cursor = cursor
        self.read_block = read_block

    def disjunction(self) -> Expression:
        left = self.conjunction()
        while self._operator(OR):
            left = Logical("or", left, self.conjunction())
        return left

    def conjunction(self) -> Expression:
        left = self.equality()
        while self._operator(AND):
            left = Logical("and", left, self.equality())
        return left

    def equality(self) -> Expression:
        left = self.relation()
        while operator := self._operator(EQUALITY):
            left = Comparison(WORDS.get(operator, operator), left, self.relation())
        return left

    def relation(self) -> Expression:
        left = self.sum()
        while operator := self._operator(RELATION):
            left = Comparison(WORDS.get(operator, operator), left, self.sum())
        return left

    def sum(self) -> Expression:
        left = self.product()
        while operator := self._sum_operator():
            left = Arithmetic(operator, left, self.product())
        return left

    def product(self) -> Expression:
        left = self.unary()
        while operator := self._operator(PRODUCT):
            left = Arithmetic(operator, left, self.unary())
        return left

    def unary(self) -> Expression:
        self.cursor.skip_space()
        if not self.cursor.match(NOT):
            return self.primary()
        self.cursor.enter()
        operand = self.unary()
        self.cursor.leave()
        return Not(operand)

    def primary(self) -> Expression:
        self.cursor.skip_space()
        if self.cursor.skips("("):
            expression = read_expression(self.cursor, self.read_block)
            self.cursor.expect(")")
            return expression
        value = self.value()
        if value is None:
            self.cursor.fail("Was expecting a value")
        return value

    def _operator(self, pattern: re.Pattern[str]) -> str | None:
        self.cursor.skip_space()
        found = self.cursor.match(pattern)
        return found[0] if found else None

    def _sum_operator(self) -> str | None:
        # "-1" is one token, so "3 -1" is malformed to Velocity.
        self.cursor.skip_space()
        if NEGATIVE_NUMBER.match(self.cursor.text, self.cursor.at):
            self.cursor.fail("A number may not follow a value; write a blank after the minus sign")
        return self._operator(SUM)

    def value(self) -> Expression | None:
        self.cursor.skip_space()
        head = self.cursor.text[self.cursor.at : self.cursor.at + 1]
        if head == "$":
            return self.reference()
        if head in ("'", '"'):
            return self._quoted()
        if head == "[":
            return self._list()
        if head == "{":
            return self._map()
        if word := self.cursor.match(BOOLEAN):
            return Constant(word[1] == "true")
        if number := self.cursor.match(NUMBER):
            return Constant(self._number(number[0]))
        return None

    def _quoted(self) -> Expression:
        found = self.cursor.match(QUOTED)
        if found is None:
            self.cursor.fail("A string is not closed")
        if found[1] is not None:
            return Constant(found[1].replace("''", "'"))
        text = found[2].replace('""', '"')
        text = UNICODE_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
        if "$" not in text and "#" not in text:
            return Constant(text)
        block = self.read_block(text)
        plain = [part.text for part in block if isinstance(part, Text)]
        # A path like "$.name" has no reference in it, nor has a price.
        return Constant("".join(plain)) if len(plain) == len(block) else Interpolated(block)

    def _list(self) -> Expression:
        self.cursor.enter()
        self.cursor.skips("[")
        if self.cursor.skips("]"):
            self.cursor.leave()
            return ListOf(())
        first = self._item()
        self.cursor.skip_space()
        if self.cursor.skips(".."):
            result: Expression = self._range(first)
        else:
            result = ListOf((first, *self._more_items()))
        self.cursor.expect("]")
        self.cursor.leave()
        return result

    def _range(self, first: Expression) -> Expression:
        last = self._item()
        for end in (first, last):
            if not isinstance(end, Reference) and not (isinstance(end, Constant) and type(end.value) is int):
                self.cursor.fail("A range goes from a number to a number")
        return Range(first, last)

    def _more_items(self) -> list[Expression]:
        items = []
        self.cursor.skip_space()
        while self.cursor.skips(","):
            items.append(self._item())
            self.cursor.skip_space()
        return items

    def _item(self) -> Expression:
        value = self.value()
        if value is None:
            self.cursor.fail("Was expecting a value")
        return value

    def _map(self) -> Expression:
        self.cursor.enter()
        self.cursor.skips("{")
        self.cursor.skip_space()
        pairs = []
        if not self.cursor.next_is("}"):
            pairs.append(self._pair())
            while self.cursor.skips(","):
                pairs.append(self._pair())
        self.cursor.expect("}")
        self.cursor.leave()
        return MapOf(tuple(pairs))

    def _pair(self) -> tuple[Expression, Expression]:
        key = self._item()
        self.cursor.expect(":")
        value = self._item()
        self.cursor.skip_space()
        return key, value

    def reference(self) -> Reference | None:
        start = self.cursor.at
        found = self.cursor.match(REFERENCE_START)
        if found is None:
            return None
        steps = self._steps()
        if found[2] and not self.cursor.skips("}"):
            self.cursor.fail('Was expecting "}"')
        source = self.cursor.text[start : self.cursor.at]
        return Reference(found[3], steps, source, bool(found[1]))

    def _steps(self) -> tuple[Step, ...]:
        steps: list[Step] = list(self._indexes())
        while named := self.cursor.match(PROPERTY):
            if self.cursor.match(ARGUMENTS_START):
                steps.append(Call(named[1], self._arguments()))
            else:
                steps.append(Property(named[1]))
            steps.extend(self._indexes())
        return tuple(steps)

    def _indexes(self) -> list[Index]:
        indexes = []
        while self.cursor.next_is("["):
            self.cursor.enter()
            self.cursor.skips("[")
            indexes.append(Index(self._item()))
            self.cursor.expect("]")
            self.cursor.leave()
        return indexes

    def _arguments(self) -> tuple[Expression, ...]:
        self.cursor.enter()
        self.cursor.skip_space()
        arguments: list[Expression] = []
        if not self.cursor.next_is(")"):
            arguments = [self._item(), *self._more_items()]
        self.cursor.expect(")")
        self.cursor.leave()
        return tuple(arguments)

    def _number(self, text: str) -> int | float:
        if not text.lstrip("-").isdigit():
            return float(text)
        if len(text) > DIGITS_MAX:
            self.cursor.fail("A number is too long")
        return int(text)
