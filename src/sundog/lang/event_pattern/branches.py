"""A pattern's text as branches. Fields of an object are ANDed, ``$or`` forks every branch read so far.

Paths are the keys joined by dots, so ``{"a": {"b": ..}}`` and ``{"a.b": ..}`` are one path; the later wins.
"""

from __future__ import annotations

from typing import Final

from sundog.lang.event_pattern import terms
from sundog.lang.event_pattern.addresses import parse_address
from sundog.lang.event_pattern.operators import Grammar, as_double, read_expression
from sundog.lang.event_pattern.tokens import Tokens
from sundog.lang.event_pattern.values import FALSE, NULL, TRUE, Branches, InvalidPattern, Term

BRANCHES_MAX: Final = 1_000
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"""

OR: Final = "$or"
RESERVED_IN_OR: Final = frozenset(
    {
        *(
            "exactly",
            "prefix",
            "suffix",
            "equals-ignore-case",
            "anything-but",
            "exists",
            "wildcard",
            "numeric",
        ),
        *("cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)
"""Operators and names that AWS keeps free; none may be a field inside ``$or``."""


class PatternReader:
    """Reads one pattern from ``tokens``; ``branches`` grows as it goes."""

    def __init__(self, tokens: Tokens, grammar: Grammar) -> None:
        self._tokens = tokens
        self._grammar = grammar
        self.branches: Branches = []

    def read(self) -> Branches:
        if self._tokens.next() != "{":
            self._tokens.refuse("Filter is not an object")
        self._read_object("", inside_or=False)
        return self.branches

    def _read_object(self, path: str, *, inside_or: bool) -> None:
        tokens, empty = self._tokens, True
        while tokens.next() != "}":
            empty = False
            name = tokens.text()
            if name == OR:
                self._read_or(path)
                continue
            if inside_or and name in RESERVED_IN_OR:
                tokens.refuse(f"{name} is Ruler reserved fieldName which cannot be used inside {OR}.")
            kind = tokens.next()
            if kind == "{":
                self._read_object(f"{path}{name}.", inside_or=inside_or)
            elif kind == "[":
                self._put(path + name, self._read_terms())
            else:
                tokens.refuse(f'"{name}" must be an object or an array')
        if empty:
            tokens.refuse("Empty objects are not allowed")

    def _read_or(self, path: str) -> None:
        tokens, before, after = self._tokens, self.branches, Branches()
        if tokens.next() != "[":
            tokens.refuse(f"It must be an Array followed with {OR}.")
        alternatives = 0
        while tokens.next() != "]":
            alternatives += 1
            if tokens.kind != "{":
                tokens.refuse(f"Only JSON object is allowed in array of {OR} relationship.")
            self.branches = [dict(branch) for branch in before] or [{}]
            self._read_object(path, inside_or=True)
            after += self.branches
            if len(after) > BRANCHES_MAX:
                raise InvalidPattern(f"Rule is too complex - {OR} has more than {BRANCHES_MAX} combinations")
        if alternatives < 2:
            tokens.refuse(f"There must have at least 2 Objects in {OR} relationship.")
        self.branches = after

    def _put(self, path: str, alternatives: tuple[Term, ...]) -> None:
        self.branches = self.branches or [{}]
        for branch in self.branches:
            branch[path] = alternatives

    def _read_terms(self) -> tuple[Term, ...]:
        tokens, found = self._tokens, list[Term]()
        while tokens.next() != "]":
            found.append(self._read_term())
        if not found:
            tokens.refuse("Empty arrays are not allowed")
        return tuple(found)

    def _read_term(self) -> Term:
        tokens = self._tokens
        match tokens.kind:
            case "{":
                return read_expression(tokens, self._grammar)
            case "string":
                text = tokens.text()
                address = parse_address(text)
                return terms.equal(text, text) if address is None else terms.same_address(text, address)
            case "number":
                number = as_double(tokens.text())
                return terms.equal(float("nan") if number is None else number, number)
            case "true":
                return terms.equal(TRUE, True)
            case "false":
                return terms.equal(FALSE, False)
            case "null":
                return terms.equal(NULL, None)
        return tokens.refuse("Match value must be String, number, true, false, or null")
