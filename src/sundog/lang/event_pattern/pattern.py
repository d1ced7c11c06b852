"""`compile_pattern`: a pattern's text in some dialect as a `Pattern` that matches events and says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sundog.lang.event_pattern.branches import PatternReader
from sundog.lang.event_pattern.dialects import Dialect
from sundog.lang.event_pattern.fields import Alternative, Field, consistent
from sundog.lang.event_pattern.filter_policy import check_limits, rewrite_policy
from sundog.lang.event_pattern.leaves import Leaves, PathTree
from sundog.lang.event_pattern.tokens import Tokens
from sundog.lang.event_pattern.values import Branches, InvalidPattern, Word


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why an event did not match: the first field that failed on the branch that came closest.

    ``expected`` are the field's alternatives as JSON, ``found`` the event's leaves at ``path`` (empty: none).
    ``together`` is True where each field holds alone, but only in different elements of an array.
    """

    path: str
    expected: tuple[Any, ...]
    found: tuple[Any, ...]
    together: bool = False

    def __str__(self) -> str:
        if self.together:
            return f"{self.path}: the fields hold only in different elements of an array"
        found = ", ".join(map(repr, self.found)) if self.found else "nothing"
        return f"{self.path}: expected one of {list(self.expected)!r}, found {found}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A valid pattern. ``branches`` is what `RuleIndex` files."""

    text: str
    dialect: Dialect
    branches: Branches
    _tree: PathTree = field(repr=False, compare=False)
    _alternatives: tuple[Alternative, ...] = field(repr=False, compare=False)

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether ``event`` (JSON as parsed; for SNS attributes see `attributes_event`) has what is asked."""
        leaves = self._tree.leaves(event)
        return any(alternative.holds(leaves) for alternative in self._alternatives)

    def explain(self, event: Mapping[str, Any]) -> Mismatch | None:
        """None if the event matches, else what stood in the way."""
        leaves = self._tree.leaves(event)
        closest: tuple[int, Mismatch] | None = None
        for alternative in self._alternatives:
            fields = alternative.fields
            failed = next((f for f in fields if not _holds_alone(f, leaves)), None)
            if failed is None and consistent(fields, leaves):
                return None
            held = sum(_holds_alone(f, leaves) for f in fields)
            if closest is None or held > closest[0]:
                closest = held, _mismatch(failed or fields[-1], leaves, together=failed is None)
        return closest[1] if closest else None


def _holds_alone(field: Field, leaves: Leaves) -> bool:
    return field.could_hold(leaves)


def _mismatch(field: Field, leaves: Leaves, *, together: bool) -> Mismatch:
    found = tuple(_as_json(value) for value in leaves.values.get(field.number, ()))
    return Mismatch(field.path, tuple(term.source for term in field.terms), found, together)


def _as_json(value: Any) -> Any:
    return {"true": True, "false": False, "null": None}[value.text] if isinstance(value, Word) else value


def compile_pattern(text: str, dialect: Dialect = Dialect.EVENTBRIDGE) -> Pattern:
    """Read ``text``; raises `InvalidPattern` with the message that the dialect's service answers.

    SNS's messages start with ``FilterPolicy:``; before them Subscribe puts ``Invalid parameter: Attributes
    Reason: ``, SetSubscriptionAttributes ``Invalid parameter: ``.
    """
    try:
        branches = _read_branches(text, dialect)
    except InvalidPattern as error:
        raise InvalidPattern(dialect.word(error.message)) from None
    tree = PathTree()
    return Pattern(text, dialect, branches, tree, tuple(Alternative(branch, tree) for branch in branches))


def _read_branches(text: str, dialect: Dialect) -> Branches:
    if not dialect.is_sns:
        return PatternReader(Tokens(text), dialect.grammar).read()
    rewritten, policy = rewrite_policy(text)
    if policy == {}:
        return [{}]
    branches = PatternReader(Tokens(rewritten), dialect.grammar).read()
    check_limits(policy, nested=dialect is Dialect.SNS_BODY)
    return branches
