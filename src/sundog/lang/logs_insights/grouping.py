"""``stats``: records in, one row a group out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sundog.lang.logs_insights.aggregates import AGGREGATES, State
from sundog.lang.logs_insights.evaluate import Evaluate, Settings, compile_expression
from sundog.lang.logs_insights.problems import TooManyGroups
from sundog.lang.logs_insights.records import Record
from sundog.lang.logs_insights.syntax import Binary, Call, Field, In, Like, Literal, Node, Stats, Unary
from sundog.lang.logs_insights.values import Value, plain_text

GROUPS_MAX = 500_000
_SLOT = "\0"
"""Begins the names under which aggregates' results stand while expressions over them are computed."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """One aggregate of the command: what it is of, and how its state is made."""

    evaluate: Evaluate
    make: Callable[[], State]


class Groups:
    """Gathers records by the values of ``by``; groups come out in the order they were first seen."""

    def __init__(self, stats: Stats, settings: Settings) -> None:
        self._by = [(item.name, compile_expression(item.expression, settings)) for item in stats.by]
        calls: list[Call] = []
        lifted = [(item.name, _lift(item.expression, calls)) for item in stats.items]
        self._items = [(name, compile_expression(node, settings)) for name, node in lifted]
        self._slots = [_slot(call, settings) for call in calls]
        self._groups: dict[tuple[str | None, ...], tuple[list[Value], list[State]]] = {}
        if not self._by:
            self._groups[()] = ([], self._states())

    def add(self, record: Record) -> None:
        values = [evaluate(record) for _, evaluate in self._by]
        key = tuple(map(plain_text, values))
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= GROUPS_MAX:
                raise TooManyGroups
            group = self._groups[key] = (values, self._states())
        time_ms = record.event.time_ms if record.event is not None else 0
        for slot, state in zip(self._slots, group[1], strict=True):
            state.add(slot.evaluate(record), time_ms)

    def result(self) -> list[Record]:
        return [self._row(values, states) for values, states in self._groups.values()]

    def _states(self) -> list[State]:
        return [slot.make() for slot in self._slots]

    def _row(self, values: Sequence[Value], states: Sequence[State]) -> Record:
        results = {f"{_SLOT}{index}": state.result() for index, state in enumerate(states)}
        computed = Record(None, results)
        row: dict[str, Value] = {name: value for (name, _), value in zip(self._by, values, strict=True)}
        return Record(None, row | {name: evaluate(computed) for name, evaluate in self._items})


def _slot(call: Call, settings: Settings) -> _Slot:
    aggregate = AGGREGATES[call.name]
    percent = call.arguments[1] if len(call.arguments) > 1 else Literal(0)
    assert isinstance(percent, Literal) and isinstance(percent.value, int | float)
    number = float(percent.value)
    operand = call.arguments[0] if call.arguments else Literal(1)  # count(*) counts whatever is there
    return _Slot(compile_expression(operand, settings), lambda: aggregate.make(number))


def _lift(node: Node, calls: list[Call]) -> Node:
    """The expression with its aggregates replaced by names of slots; the aggregates go to ``calls``."""
    if isinstance(node, Call):
        if node.name in AGGREGATES:
            calls.append(node)
            return Field((f"{_SLOT}{len(calls) - 1}",))
        return replace(node, arguments=tuple(_lift(argument, calls) for argument in node.arguments))
    if isinstance(node, Binary):
        return replace(node, left=_lift(node.left, calls), right=_lift(node.right, calls))
    if isinstance(node, Unary | Like | In):
        return replace(node, operand=_lift(node.operand, calls))
    return node
