"""The tree of a query: frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sundog.lang.logs_insights.periods import Period


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | int | float | bool | Period


@dataclass(frozen=True, slots=True)
class Field:
    """``path``: the steps of a dotted name, indexes as their digits; ``name`` is the steps joined by dots."""

    path: tuple[str, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Call:
    """``name`` in lower case; ``is_star`` for ``count(*)``."""

    name: str
    arguments: tuple[Node, ...]
    is_star: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-`` or ``not``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Like:
    """A substring or a regular expression in the operand's text."""

    operand: Node
    pattern: str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class In:
    operand: Node
    items: tuple[Node, ...]


Node = Literal | Field | Call | Unary | Binary | Like | In


@dataclass(frozen=True, slots=True)
class Item:
    """An expression and the name of its column: its alias, else its own text."""

    expression: Node
    name: str
    is_alias: bool

    @property
    def is_new(self) -> bool:
        """The name did not exist before."""
        return self.is_alias or not isinstance(self.expression, Field)

    @property
    def column(self) -> Field:
        return (
            self.expression
            if isinstance(self.expression, Field) and not self.is_alias
            else Field((self.name,))
        )


@dataclass(frozen=True, slots=True)
class Fields:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    condition: Node


@dataclass(frozen=True, slots=True)
class Parse:
    """``names`` get the numbered ``groups`` of ``pattern`` in the text of ``source``."""

    source: Field
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    items: tuple[Item, ...]
    by: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    field: Field
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Sort:
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """``is_any``: whichever are found first, and then stop looking."""

    count: int
    is_any: bool = False


@dataclass(frozen=True, slots=True)
class Dedup:
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Display:
    items: tuple[Item, ...]


Command = Fields | Filter | Parse | Stats | Sort | Limit | Dedup | Display


@dataclass(frozen=True, slots=True)
class Source:
    """The log groups a query names itself; no prefix means every group of the classes."""

    prefixes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ("STANDARD",)
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """``columns``: what a row shows, in order; ``is_aggregated``: rows are no events any more."""

    commands: tuple[Command, ...]
    columns: tuple[Field, ...]
    source: Source | None = None

    @property
    def is_aggregated(self) -> bool:
        return any(isinstance(command, Stats) for command in self.commands)
