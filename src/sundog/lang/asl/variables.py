"""Workflow variables: who refers to which, and who may not assign them.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from sundog.lang.asl.diagnostics import Diagnostic
from sundog.lang.asl.graph import every_state, targets
from sundog.lang.asl.tree import Choice, Field, Flow, Map, Parallel, State

NAME_MAX = 80


def variable_references(flow: Flow) -> Mapping[str, tuple[str, ...]]:
    """What DescribeStateMachine answers: the states that refer to variables, and their names in order."""
    named = {state.name: tuple(sorted(_referred(state))) for state in every_state(flow)}
    return {state: names for state, names in named.items() if names}


def _referred(state: State) -> set[str]:
    return {name for field in _fields(state) for name in field.variables}


def _fields(part: Any) -> Iterator[Field[Any]]:
    """Every compiled field in a value of the tree, without those of states inside it."""
    if isinstance(part, Field):
        yield part
    elif isinstance(part, tuple):
        for element in part:
            yield from _fields(element)
    elif dataclasses.is_dataclass(part) and not isinstance(part, Flow):
        for member in dataclasses.fields(part):
            yield from _fields(getattr(part, member.name))


def diagnose_variables(flow: Flow, outer: frozenset[str] = frozenset()) -> Iterator[Diagnostic]:
    """Names must be identifiers, and an inner scope must not assign what an outer one may have by then.

    A distributed Map's children are executions of their own and see no outer names.
    """
    names = {state.name: [name for name, _ in _assigned(state)] for state in flow.states.values()}
    sources = _sources(flow)
    for state in flow.states.values():
        for name, place in _assigned(state):
            if not name.isidentifier() or len(name) > NAME_MAX or name == "states":
                message = f"'{name}' is not a valid variable name"
                yield Diagnostic("SCHEMA_VALIDATION_FAILED", message, place)
            elif name in outer:
                message = f"Variable '{name}' is already assigned in an outer scope"
                yield Diagnostic("SCHEMA_VALIDATION_FAILED", message, place)
        inside = list(_scopes(state))
        before = set[str]()
        if inside and any(names.values()):
            before = {name for earlier in _leading_to(sources, state.name) for name in names[earlier]}
        for scope, sees_outer in inside:
            yield from diagnose_variables(scope, (outer | before) if sees_outer else frozenset())


def _scopes(state: State) -> Iterator[tuple[Flow, bool]]:
    """The flows inside a state, and whether they see the variables outside."""
    if isinstance(state.work, Map):
        yield state.work.processor, state.work.mode == "INLINE"
    elif isinstance(state.work, Parallel):
        for branch in state.work.branches:
            yield branch, True


def _sources(flow: Flow) -> Mapping[str, set[str]]:
    """For each state, those that lead to it."""
    sources: dict[str, set[str]] = {}
    for state in flow.states.values():
        for target, _ in targets(state):
            sources.setdefault(target, set()).add(state.name)
    return sources


def _leading_to(sources: Mapping[str, set[str]], name: str) -> set[str]:
    """The states that may have run before this one; itself where it is in a loop."""
    found, waiting = set[str](), list(sources.get(name, ()))
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting += sources.get(source, ())
    return found


def _assigned(state: State) -> Iterator[tuple[str, str]]:
    """The names that a state assigns, with the pointer of each Assign."""
    assigns = [(state.assign, f"{state.pointer}/Assign")]
    assigns += [(c.assign, f"{state.pointer}/Catch[{i}]/Assign") for i, c in enumerate(state.catch)]
    if isinstance(state.work, Choice):
        rules = enumerate(state.work.rules)
        assigns += [(rule.assign, f"{state.pointer}/Choices[{i}]/Assign") for i, rule in rules]
    for assign, place in assigns:
        if assign is not None and isinstance(assign.source, dict):
            for name in assign.source:
                yield name.removesuffix(".$"), place
