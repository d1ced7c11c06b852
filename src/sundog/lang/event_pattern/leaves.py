"""The leaves of an event that rules ask for: a trie of needed paths, and one walk of the event along it.

A leaf is a string, number or word; arrays are transparent. Where an array holds objects, each leaf below also
keeps which element of which array it came from, so that two fields cannot be satisfied by different elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.lang.event_pattern.terms import INTEGER_EXACT_MAX
from sundog.lang.event_pattern.values import WORDS

Place = tuple[tuple[int, int], ...]
"""(array, element) pairs from the outermost array inwards; empty outside arrays of objects."""

_MISSING: Final = object()
_DOUBLE_BITS_MAX: Final = 1023


class Leaves:
    """What the walk found: values by path number, and (only if arrays of objects were met) their places."""

    __slots__ = ("arrays", "places", "values")

    def __init__(self) -> None:
        self.values: dict[int, list[Any]] = {}
        self.places: dict[int, list[Place]] | None = None
        self.arrays = 0

    def add(self, number: int, value: Any, place: Place) -> None:
        kind = type(value)
        if kind is not str and kind is not float:
            value = _comparable(value)
        found = self.values.get(number)
        if found is None:
            found = self.values[number] = [value]
        else:
            found.append(value)
        if place:
            if self.places is None:
                self.places = {}
            places = self.places.get(number)
            if places is None:
                places = self.places[number] = []
            missing = len(found) - 1 - len(places)
            if missing:
                places.extend([()] * missing)
            places.append(place)

    def places_of(self, number: int) -> list[Place]:
        """One place a value, in the order of the values."""
        places = self.places.get(number, []) if self.places is not None else []
        missing = len(self.values[number]) - len(places)
        return places + [()] * missing if missing else places


def _comparable(value: Any) -> Any:
    """A leaf as the tests compare it: words as `Word`, integers beyond a double's reach as doubles."""
    if type(value) is int:
        if -INTEGER_EXACT_MAX <= value <= INTEGER_EXACT_MAX:
            return value
        return float(value) if value.bit_length() <= _DOUBLE_BITS_MAX else float("inf")
    return WORDS.get(value, value)


class Node:
    """One key of the trie; ``number`` is the path that ends here, or -1. ``deep``: some kid has kids."""

    __slots__ = ("deep", "kids", "number")

    def __init__(self) -> None:
        self.kids: dict[str, Node] = {}
        self.number = -1
        self.deep = False


class PathTree:
    """Paths that are needed, counted, so that what no rule needs any more is forgotten."""

    __slots__ = ("_free", "_numbers", "_root", "_uses")

    def __init__(self) -> None:
        self._root = Node()
        self._numbers: dict[str, int] = {}
        self._uses: list[int] = []
        self._free: list[int] = []

    def need(self, path: str) -> int:
        """The number of ``path``, one more time needed."""
        number = self._numbers.get(path)
        if number is None:
            number = self._free.pop() if self._free else len(self._uses)
            if number == len(self._uses):
                self._uses.append(0)
            self._numbers[path] = number
            self._grow(path.split(".")).number = number
        self._uses[number] += 1
        return number

    def _grow(self, keys: list[str]) -> Node:
        node = self._root
        for position, key in enumerate(keys):
            node.deep = node.deep or position < len(keys) - 1
            node = node.kids.setdefault(key, Node())
        return node

    def release(self, path: str) -> None:
        number = self._numbers[path]
        self._uses[number] -= 1
        if self._uses[number]:
            return
        del self._numbers[path]
        self._free.append(number)
        way = [self._root]
        keys = path.split(".")
        for key in keys:
            way.append(way[-1].kids[key])
        way[-1].number = -1
        for parent, key, node in zip(reversed(way[:-1]), reversed(keys), reversed(way[1:]), strict=True):
            if node.kids or node.number >= 0:
                break
            del parent.kids[key]

    def leaves(self, event: Mapping[str, Any]) -> Leaves:
        """Every leaf of ``event`` at a needed path. The event is JSON as parsed: dicts, lists, leaves."""
        leaves = Leaves()
        _walk(self._root, event if type(event) is dict else dict(event), leaves, ())
        return leaves


def _walk(node: Node, value: dict[str, Any], leaves: Leaves, place: Place) -> None:
    kids = node.kids
    if len(kids) > len(value):
        for key in value:
            kid = kids.get(key)
            if kid is not None:
                _visit(kid, value[key], leaves, place)
    else:
        for key, kid in kids.items():
            found = value.get(key, _MISSING)
            if found is _MISSING:
                continue
            kind = type(found)
            if kind is dict:
                if kid.kids:
                    _walk(kid, found, leaves, place)
            elif kind is list:
                _visit_array(kid, found, leaves, place)
            elif kid.number >= 0:
                leaves.add(kid.number, found, place)
    if node.deep and "." in "".join(value):
        _walk_dotted(node, value, leaves, place)


def _walk_dotted(node: Node, value: dict[str, Any], leaves: Leaves, place: Place) -> None:
    """Keys with dots in them name the same path as nested keys."""
    for key in value:
        if "." in key:
            kid: Node | None = node
            for part in key.split("."):
                kid = kid.kids.get(part) if kid is not None else None
            if kid is not None:
                _visit(kid, value[key], leaves, place)


def _visit(node: Node, value: Any, leaves: Leaves, place: Place) -> None:
    kind = type(value)
    if kind is dict:
        if node.kids:
            _walk(node, value, leaves, place)
    elif kind is list:
        _visit_array(node, value, leaves, place)
    elif node.number >= 0:
        leaves.add(node.number, value, place)


def _visit_array(node: Node, array: list[Any], leaves: Leaves, place: Place) -> None:
    """Arrays in arrays are one array to a leaf; an object in any of them is an element of each around it."""
    waiting = [(array, place)]
    while waiting:
        items, around = waiting.pop()
        leaves.arrays += 1
        number = leaves.arrays
        for position, item in enumerate(items):
            kind = type(item)
            if kind is dict:
                if node.kids:
                    _walk(node, item, leaves, (*around, (number, position)))
            elif kind is list:
                waiting.append((item, (*around, (number, position))))
            elif node.number >= 0:
                leaves.add(node.number, item, around)
