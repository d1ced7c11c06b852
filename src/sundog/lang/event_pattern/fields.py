"""One branch of a pattern, ready to be tested: its fields by path number, whether an event holds them."""

from __future__ import annotations

from typing import Any

from sundog.lang.event_pattern.leaves import Leaves, PathTree, Place
from sundog.lang.event_pattern.values import Branch, Term, Test


class Field:
    """One path of a branch: it holds if one leaf passes one test, or if the path may be absent and is."""

    __slots__ = ("may_be_absent", "must_only_exist", "number", "path", "terms", "tests")

    def __init__(self, path: str, number: int, terms: tuple[Term, ...]) -> None:
        self.path = path
        self.number = number
        self.terms = terms
        self.tests: tuple[Test, ...] = tuple(t.test for t in terms if t.kind not in ("present", "absent"))
        self.may_be_absent = any(term.kind == "absent" for term in terms)
        self.must_only_exist = any(term.kind == "present" for term in terms)

    def could_hold(self, leaves: Leaves) -> bool:
        """Whether it holds as far as can be said without looking at the other fields."""
        found = leaves.values.get(self.number)
        if found is None:
            return self.may_be_absent
        if self.must_only_exist:
            return True
        for test in self.tests:
            for value in found:
                if test(value):
                    return True
        return self.may_be_absent and leaves.places is not None and self.number in leaves.places

    def passes(self, value: Any) -> bool:
        return self.must_only_exist or any(test(value) for test in self.tests)


class Alternative:
    """One branch, in the order of its paths (as AWS's matcher walks them)."""

    __slots__ = ("fields",)

    def __init__(self, branch: Branch, tree: PathTree) -> None:
        self.fields = tuple(Field(path, tree.need(path), branch[path]) for path in sorted(branch))

    def holds(self, leaves: Leaves) -> bool:
        return all(field.could_hold(leaves) for field in self.fields) and consistent(self.fields, leaves)


def consistent(fields: tuple[Field, ...], leaves: Leaves) -> bool:
    """Whether the fields hold together: no two of them from different elements of one array."""
    places = leaves.places
    if places is None or (len(fields) == 1 and not fields[0].may_be_absent):
        return True
    # Fewer than two fields below arrays of objects cannot contradict, unless absence is judged there.
    below = [field for field in fields if field.number in places]
    if len(below) < 2 and not any(field.may_be_absent for field in below):
        return True
    return _holds_from(fields, 0, leaves, {})


def _holds_from(fields: tuple[Field, ...], at: int, leaves: Leaves, chosen: dict[int, int]) -> bool:
    if at == len(fields):
        return True
    field = fields[at]
    found = leaves.values.get(field.number)
    if found is None:
        return field.may_be_absent and _holds_from(fields, at + 1, leaves, chosen)
    seen = False
    for value, place in zip(found, leaves.places_of(field.number), strict=True):
        extended = _extended(chosen, place)
        if extended is not None:
            seen = True
            if field.passes(value) and _holds_from(fields, at + 1, leaves, extended):
                return True
    # Absence is judged within the chosen elements only: a leaf of another element does not count.
    return field.may_be_absent and not seen and _holds_from(fields, at + 1, leaves, chosen)


def _extended(chosen: dict[int, int], place: Place) -> dict[int, int] | None:
    """The chosen elements with those of ``place``, or None where they contradict."""
    if not place:
        return chosen
    for array, element in place:
        if chosen.get(array, element) != element:
            return None
    return {**chosen, **dict(place)}
