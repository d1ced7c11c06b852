"""What this service is about, as values: nouns and their items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of item. ``id_member`` and ``name_member`` are its wire names; a name is unique among siblings.

    ``quota``: how many there may be below one parent, 0 where AWS names no figure.
    """

    kind: str
    title: str
    id_member: str
    name_member: str = ""
    quota: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One resource. ``body`` holds the members of its shape; ``parent`` is a path of ids below ``root``."""

    noun: Noun
    root: str
    parent: str
    id: str
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.body[self.noun.name_member]) if self.noun.name_member else self.id

    @property
    def shown(self) -> dict[str, Any]:
        """As the Get operation answers it."""
        return {self.noun.id_member: self.id, **self.body}
