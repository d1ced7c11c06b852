"""Rules of composite alarms: ``ALARM("a") AND NOT (OK(b) OR FALSE)``, as pure functions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

DEPTH_MAX, ELEMENTS_MAX = 100, 500
_TOKEN = re.compile(
    r"""\s*(?:(?P<test>(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"[^"]*"|[^\s()"]+)\s*\))
    |(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()]))""",
    re.VERBOSE,
)
_TEST = re.compile(r'(\w+)\s*\(\s*(?:"([^"]*)"|([^\s()"]+))\s*\)')

StateOf = Callable[[str], str]
"""The state of an alarm by its name or ARN, as the rule gives it."""


class RuleError(ValueError):
    """The rule is wrong; the text says how."""


@dataclass(frozen=True, slots=True)
class Test:
    """The alarm is in this state."""

    state: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    rule: Rule


@dataclass(frozen=True, slots=True)
class Join:
    """``AND`` or ``OR`` of several rules."""

    word: str
    rules: tuple[Rule, ...]


Rule = Test | Constant | Not | Join


def parse_rule(text: str) -> Rule:
    """Raises `RuleError`."""
    tokens: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise RuleError(f"Unexpected text at position {place + 1}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    if len(tokens) > ELEMENTS_MAX:
        raise RuleError(f"The rule has more than {ELEMENTS_MAX} elements")
    return _Parser(tokens).whole()


def alarms_in(rule: Rule) -> set[str]:
    """The names and ARNs a rule tests."""
    if isinstance(rule, Test):
        return {rule.alarm}
    if isinstance(rule, Not):
        return alarms_in(rule.rule)
    return {alarm for one in rule.rules for alarm in alarms_in(one)} if isinstance(rule, Join) else set()


def holds(rule: Rule, state_of: StateOf) -> bool:
    if isinstance(rule, Test):
        return state_of(rule.alarm) == rule.state
    if isinstance(rule, Constant):
        return rule.value
    if isinstance(rule, Not):
        return not holds(rule.rule, state_of)
    parts = (holds(one, state_of) for one in rule.rules)
    return all(parts) if rule.word == "AND" else any(parts)


class _Parser:
    """OR binds loosest, then AND, then NOT."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0

    def whole(self) -> Rule:
        rule = self._join("OR")
        if self._place < len(self._tokens):
            raise RuleError(f"Unexpected '{self._tokens[self._place][1]}'")
        return rule

    def _take(self, text: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place][1] == text:
            self._place += 1
            return True
        return False

    def _join(self, word: str) -> Rule:
        rules = [self._part(word)]
        while self._take(word):
            rules.append(self._part(word))
        return rules[0] if len(rules) == 1 else Join(word, tuple(rules))

    def _part(self, word: str) -> Rule:
        return self._join("AND") if word == "OR" else self._unary()

    def _unary(self) -> Rule:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise RuleError("The rule is nested too deeply")
        try:
            if self._take("NOT"):
                return Not(self._unary())
            if self._take("("):
                rule = self._join("OR")
                if not self._take(")"):
                    raise RuleError("Expected ')'")
                return rule
            return self._leaf()
        finally:
            self._depth -= 1

    def _leaf(self) -> Rule:
        kind, text = self._tokens[self._place] if self._place < len(self._tokens) else ("", "")
        self._place += 1
        if kind == "word" and text in ("TRUE", "FALSE"):
            return Constant(text == "TRUE")
        found = _TEST.fullmatch(text) if kind == "test" else None
        if found is None:
            raise RuleError(f"Unexpected '{text}'" if text else "Unexpected end of the rule")
        return Test(found[1], found[2] or found[3])
