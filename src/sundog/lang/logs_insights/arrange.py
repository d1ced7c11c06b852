"""Sort, dedup and limit together, over any number of rows in the memory of a few.

`arranged` says what the three do to a list of rows. A row that it leaves out can never come back, whatever
rows are still to come: the ones before it stay before it. So a collector may arrange what it holds whenever
that has become too much, and forget the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

from sundog.lang.logs_insights.records import Record
from sundog.lang.logs_insights.values import SortKey

_SLACK = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with what it is sorted by, and the values that make it a duplicate (None: it never is one)."""

    keys: tuple[SortKey, ...]
    identity: tuple[str, ...] | None
    record: Record


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``descending``: for each key. Rows with the same keys stay in their order."""

    descending: tuple[bool, ...]
    has_dedup: bool
    limit: int


def arranged(entries: Sequence[Entry], arrangement: Arrangement) -> list[Entry]:
    """The rows in order, the first of each kind, as many as the limit lets through."""
    rows = list(entries)
    for index in range(len(arrangement.descending) - 1, -1, -1):
        rows.sort(key=_key(index), reverse=arrangement.descending[index])
    if arrangement.has_dedup:
        rows = _without_duplicates(rows)
    return rows[: arrangement.limit]


class Collector:
    """Takes rows one by one and keeps those that may still be in the result."""

    def __init__(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self._held_max = 2 * arrangement.limit + _SLACK
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        if len(self._entries) > self._held_max:
            self._entries = arranged(self._entries, self._arrangement)

    def result(self) -> list[Record]:
        return list(map(attrgetter("record"), arranged(self._entries, self._arrangement)))


def _key(index: int) -> Any:
    keys, key = attrgetter("keys"), itemgetter(index)
    return lambda entry: key(keys(entry))


def _without_duplicates(rows: list[Entry]) -> list[Entry]:
    kept: list[Entry] = []
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        if row.identity is not None:
            if row.identity in seen:
                continue
            seen.add(row.identity)
        kept.append(row)
    return kept
