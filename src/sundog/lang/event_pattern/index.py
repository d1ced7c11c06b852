"""`RuleIndex`: which of many rules an event satisfies, at a cost that hardly grows with their number.

Each branch of each rule is filed under one of its fields, where the index is emptiest: by the exact
value, the lower-case value, a prefix or a suffix; what cannot be filed is tried on every event that has
the path. What the event's leaves point at is then verified field by field.
"""

from __future__ import annotations

from typing import Any, Final

from sundog.lang.event_pattern.fields import Field, consistent
from sundog.lang.event_pattern.leaves import Leaves, PathTree
from sundog.lang.event_pattern.pattern import Pattern
from sundog.lang.event_pattern.values import Branch

_RANK: Final = {"equal": 0, "fold": 1, "prefix": 2, "suffix": 3}
_SCAN_COST: Final = 1_000_000
_LOAD_WEIGHT: Final = 4


class Filed:
    """One branch of the rule ``name``; ``rest`` is what is left to verify once the index has pointed here."""

    __slots__ = ("access", "alone", "fields", "name", "rest")

    def __init__(self, name: str, fields: tuple[Field, ...]) -> None:
        self.name = name
        self.fields = fields
        self.access: Field | None = None
        self.rest = fields
        self.alone = len(fields) == 1 and not fields[0].may_be_absent


class Drawer:
    """What is filed under one path."""

    __slots__ = (
        "equal",
        "fold",
        "prefix",
        "prefix_lengths",
        "scanned",
        "suffix",
        "suffix_lengths",
        "textual",
    )

    def __init__(self) -> None:
        self.equal: dict[Any, list[Filed]] = {}
        self.fold: dict[Any, list[Filed]] = {}
        self.prefix: dict[Any, list[Filed]] = {}
        self.suffix: dict[Any, list[Filed]] = {}
        self.prefix_lengths: tuple[int, ...] = ()
        self.suffix_lengths: tuple[int, ...] = ()
        self.scanned: list[Filed] = []
        self.textual = False

    def of(self, kind: str) -> dict[Any, list[Filed]]:
        return {"equal": self.equal, "fold": self.fold, "prefix": self.prefix, "suffix": self.suffix}[kind]

    def put(self, filed: Filed, kind: str, key: Any) -> None:
        buckets = self.of(kind)
        if key in buckets:
            buckets[key].append(filed)
            return
        buckets[key] = [filed]
        self._measure(kind, len(key) if kind in ("prefix", "suffix") else 0)

    def take(self, filed: Filed, kind: str, key: Any) -> None:
        buckets = self.of(kind)
        bucket = buckets.get(key, [])
        if filed in bucket:
            bucket.remove(filed)
        if not bucket and buckets.pop(key, None) is not None:
            self._measure(kind, 0)

    def _measure(self, kind: str, new_length: int) -> None:
        """Keep the lengths that a value has to be cut to; 0 counts them anew."""
        self.textual = bool(self.fold or self.prefix or self.suffix)
        if kind == "prefix" and new_length not in self.prefix_lengths:
            self.prefix_lengths = _lengths(self.prefix, self.prefix_lengths, new_length)
        elif kind == "suffix" and new_length not in self.suffix_lengths:
            self.suffix_lengths = _lengths(self.suffix, self.suffix_lengths, new_length)

    @property
    def empty(self) -> bool:
        return not (self.scanned or self.equal or self.fold or self.prefix or self.suffix)

    def candidates(self, values: list[Any]) -> list[Filed]:
        found: list[Filed] = []
        equal = self.equal
        for value in values:
            bucket = equal.get(value)
            if bucket is not None:
                found += bucket
            if self.textual and type(value) is str:
                self._add_textual(value, found)
        return found

    def _add_textual(self, value: str, found: list[Filed]) -> None:
        if self.fold:
            found += self.fold.get(value.lower(), ())
        for length in self.prefix_lengths:
            found += self.prefix.get(value[:length], ())
        for length in self.suffix_lengths:
            found += self.suffix.get(value[-length:], ())


def _lengths(buckets: dict[Any, list[Filed]], known: tuple[int, ...], new_length: int) -> tuple[int, ...]:
    return tuple(sorted({*known, new_length} if new_length else {len(key) for key in buckets}))


class RuleIndex:
    """Rules by name. Not safe to change while another thread matches."""

    def __init__(self) -> None:
        self._tree = PathTree()
        self._drawers: dict[int, Drawer] = {}
        self._always: list[Filed] = []
        self._rules: dict[str, list[Filed]] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, name: str) -> bool:
        return name in self._rules

    def add(self, name: str, pattern: Pattern) -> None:
        """Add the rule, or replace it."""
        self.remove(name)
        self._rules[name] = [self._file(name, branch) for branch in pattern.branches]

    def remove(self, name: str) -> None:
        """Forget the rule; nothing happens if there is none."""
        for filed in self._rules.pop(name, ()):
            self._unfile(filed)
            for field in filed.fields:
                self._tree.release(field.path)

    def match(self, event: dict[str, Any]) -> set[str]:
        """The names of the rules that ``event`` satisfies."""
        leaves = self._tree.leaves(event)
        matched: set[str] = set()
        for filed in self._always:
            if filed.name not in matched and _verified(filed, filed.fields, leaves):
                matched.add(filed.name)
        drawers = self._drawers
        for number, values in leaves.values.items():
            drawer = drawers.get(number)
            if drawer is None:
                continue
            for filed in drawer.candidates(values):
                if filed.name not in matched and _verified(filed, filed.rest, leaves):
                    matched.add(filed.name)
            for filed in drawer.scanned:
                if filed.name not in matched and _verified(filed, filed.rest, leaves):
                    matched.add(filed.name)
        return matched

    def _file(self, name: str, branch: Branch) -> Filed:
        tree = self._tree
        filed = Filed(name, tuple(Field(path, tree.need(path), branch[path]) for path in sorted(branch)))
        access = min((f for f in filed.fields if not f.may_be_absent), key=self._cost, default=None)
        if access is None:
            self._always.append(filed)
            return filed
        filed.access = access
        drawer = self._drawers.setdefault(access.number, Drawer())
        if not _can_be_filed(access):
            drawer.scanned.append(filed)
            # What is likeliest to fail is the scanned field itself: try it first.
            filed.rest = (access, *(field for field in filed.fields if field is not access))
            return filed
        for term in access.terms:
            drawer.put(filed, term.kind, term.key)
        if all(term.kind in ("equal", "fold") for term in access.terms):
            filed.rest = tuple(field for field in filed.fields if field is not access)
        return filed

    def _unfile(self, filed: Filed) -> None:
        access = filed.access
        if access is None:
            self._always.remove(filed)
            return
        drawer = self._drawers[access.number]
        if not _can_be_filed(access):
            drawer.scanned.remove(filed)
        else:
            for term in access.terms:
                drawer.take(filed, term.kind, term.key)
        if drawer.empty:
            del self._drawers[access.number]

    def _cost(self, field: Field) -> int:
        """How full the places are where the field would be filed; equal values are preferred to cut ones."""
        if not _can_be_filed(field):
            return _SCAN_COST
        drawer = self._drawers.get(field.number)
        rank = max(_RANK[term.kind] for term in field.terms)
        if drawer is None:
            return rank
        return rank + _LOAD_WEIGHT * sum(len(drawer.of(t.kind).get(t.key, ())) for t in field.terms)


def _can_be_filed(field: Field) -> bool:
    return all(
        term.kind in _RANK and (term.kind in ("equal", "fold") or bool(term.key)) for term in field.terms
    )


def _verified(filed: Filed, fields: tuple[Field, ...], leaves: Leaves) -> bool:
    for field in fields:
        if not field.could_hold(leaves):
            return False
    return leaves.places is None or filed.alone or consistent(filed.fields, leaves)
