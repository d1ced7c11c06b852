"""Runs a query: events go in one by one, rows come out at the end.

The pipeline is cut into stages. Each filters and extends its records one by one, then gathers them: in an
arrangement (sort, dedup, limit) or in groups (stats). What a stage has gathered is the input of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sundog.lang.logs_insights.arrange import Arrangement, Collector, Entry
from sundog.lang.logs_insights.evaluate import Evaluate, Settings, compile_expression
from sundog.lang.logs_insights.grouping import Groups
from sundog.lang.logs_insights.records import LogEvent, Record
from sundog.lang.logs_insights.syntax import (
    Command,
    Dedup,
    Display,
    Field,
    Fields,
    Filter,
    Item,
    Limit,
    Parse,
    Query,
    Sort,
    SortKey,
    Stats,
)
from sundog.lang.logs_insights.values import plain_text, sort_key, to_text, truth, well_formed

RESULTS_DEFAULT, RESULTS_MAX = 10_000, 100_000
_POINTER = Field(("@ptr",))
_NEWEST_FIRST = SortKey(Field(("@timestamp",)), True)

Row = list[tuple[str, str]]
"""Names and values as a result shows them; what is missing is left out."""

Change = Callable[[Record], bool]
"""Extends a record; False where it goes no further."""


class Gatherer(Protocol):
    def add(self, record: Record) -> None: ...
    def result(self) -> list[Record]: ...


class Arranger:
    """Gathers records in the order of ``sort``, without duplicates, up to the limit."""

    def __init__(self, stage: Stage, settings: Settings, limit: int) -> None:
        self._sort = [compile_expression(key.field, settings) for key in stage.keys]
        self._dedup = [compile_expression(one, settings) for one in stage.dedup or ()]
        descending = tuple(key.is_descending for key in stage.keys)
        # The last key is when a record came: what is otherwise equal follows the direction of the first.
        arrangement = Arrangement((*descending, any(descending[:1])), stage.dedup is not None, limit)
        self._collector = Collector(arrangement)
        self._count = 0
        self._enough = limit if stage.is_any else None

    @property
    def is_full(self) -> bool:
        return self._enough is not None and len(self._collector) >= self._enough

    def add(self, record: Record) -> None:
        keys = tuple(sort_key(evaluate(record)) for evaluate in self._sort)
        self._count += 1
        self._collector.add(Entry((*keys, (self._count,)), self._identity(record), record))

    def result(self) -> list[Record]:
        return self._collector.result()

    def _identity(self, record: Record) -> tuple[str, ...] | None:
        """None where a field is missing: such records are no duplicates of anything."""
        texts = [plain_text(evaluate(record)) for evaluate in self._dedup]
        present = tuple(text for text in texts if text is not None)
        return present if texts and len(present) == len(texts) else None


@dataclass(slots=True)
class Stage:
    """``commands`` change records; then ``stats``, or the rest, gathers them."""

    commands: list[Command] = field(default_factory=list)
    keys: tuple[SortKey, ...] = ()
    dedup: tuple[Field, ...] | None = None
    limit: int | None = None
    is_any: bool = False
    stats: Stats | None = None

    @property
    def is_cut(self) -> bool:
        """What follows sees only what is left: a new stage."""
        return self.dedup is not None or self.limit is not None


class Run:
    """One run of a query. ``matched`` counts the events that came through its filters."""

    def __init__(self, query: Query, settings: Settings) -> None:
        self._query = query
        self._stages = [_Running(stage, settings) for stage in _stages(query, settings)]
        self.matched = 0

    @property
    def is_full(self) -> bool:
        """No further event can change the result."""
        gatherer = self._stages[0].gatherer
        return isinstance(gatherer, Arranger) and gatherer.is_full

    def feed(self, event: LogEvent) -> None:
        self.matched += self._stages[0].feed(Record(event))

    def rows(self) -> list[Row]:
        records = self._stages[0].gatherer.result()
        for stage in self._stages[1:]:
            for record in records:
                stage.feed(record)
            records = stage.gatherer.result()
        return [self._row(record) for record in records]

    def _row(self, record: Record) -> Row:
        row = [(one.name, to_text(record.get(one.name, one.path))) for one in self._query.columns]
        if record.event is not None and _POINTER not in self._query.columns:
            row.append((_POINTER.name, record.event.pointer))
        return [(name, well_formed(text)) for name, text in row if text is not None]


class _Running:
    """A stage at work."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self._changes = [change for one in stage.commands if (change := _change(one, settings)) is not None]
        self.gatherer: Gatherer
        if stage.stats is not None:
            self.gatherer = Groups(stage.stats, settings)
        else:
            self.gatherer = Arranger(stage, settings, stage.limit or RESULTS_MAX)

    def feed(self, record: Record) -> bool:
        for change in self._changes:
            if not change(record):
                return False
        self.gatherer.add(record)
        return True


def _stages(query: Query, settings: Settings) -> list[Stage]:
    stages = [Stage()]
    for command in query.commands:
        _place(stages, command)
    last = stages[-1]
    asked = [stage.limit for stage in stages if stage.limit is not None]
    default = settings.limit or (RESULTS_MAX if asked else RESULTS_DEFAULT)
    last.limit = min(default, RESULTS_MAX, *([last.limit] if last.limit else []))
    first = stages[0]
    if first.stats is None and not first.keys and not first.is_any:
        first.keys = (_NEWEST_FIRST,)
    return stages


def _place(stages: list[Stage], command: Command) -> None:
    """Add the command to the last stage, or begin one behind it.

    What changes records one by one may as well come before a sort, for no name is ever defined anew.
    """
    last = stages[-1]
    if last.is_cut and not isinstance(command, Limit | Display):
        last = _begin(stages)
    if isinstance(command, Sort):
        last.keys = command.keys + last.keys
    elif isinstance(command, Dedup):
        last.dedup = command.fields
    elif isinstance(command, Limit):
        last.limit = min(command.count, last.limit or command.count)
        last.is_any = command.is_any and not last.keys and last.dedup is None
    elif isinstance(command, Stats):
        last.stats = command
        _begin(stages)
    else:
        last.commands.append(command)


def _begin(stages: list[Stage]) -> Stage:
    stages.append(Stage())
    return stages[-1]


def _change(command: Command, settings: Settings) -> Change | None:
    if isinstance(command, Filter):
        condition = compile_expression(command.condition, settings)
        return lambda record: truth(condition(record)) is True
    if isinstance(command, Parse):
        return _parsing(command, settings)
    assert isinstance(command, Fields | Display)
    return _assigning(command.items, settings)


def _assigning(items: Iterable[Item], settings: Settings) -> Change | None:
    """All expressions see the record as it was before the command."""
    new: list[tuple[str, Evaluate]] = [
        (item.name, compile_expression(item.expression, settings)) for item in items if item.is_new
    ]
    if not new:
        return None

    def assign(record: Record) -> bool:
        record.own |= {name: evaluate(record) for name, evaluate in new}
        return True

    return assign


def _parsing(command: Parse, settings: Settings) -> Change:
    source = compile_expression(command.source, settings)
    pattern, names, groups = command.pattern, command.names, command.groups

    def extract(record: Record) -> bool:
        """A text that does not match leaves the fields missing."""
        found = pattern.search(plain_text(source(record)) or "")
        for name, group in zip(names, groups, strict=True):
            record.own[name] = None if found is None else found[group]
        return True

    return extract
