"""What is wrong with the way states lead to each other: missing targets, no end, states never reached."""

from __future__ import annotations

from collections.abc import Iterator

from sundog.lang.asl.diagnostics import Diagnostic
from sundog.lang.asl.tree import Choice, Fail, Flow, Map, Parallel, State, Succeed


def diagnose_flow(flow: Flow, pointer: str) -> list[Diagnostic]:
    """Of this flow, then of those inside its states. ``pointer`` is where the flow stands."""
    problems = [*_missing_targets(flow, pointer)]
    if not any(map(_is_terminal, flow.states.values())):
        problems.append(Diagnostic("MISSING_END_STATE", "Workflow has no terminal state"))
    else:
        problems += _unreachable(flow)
    for inner, place in inner_flows(flow):
        problems += diagnose_flow(inner, place)
    return problems


def inner_flows(flow: Flow) -> Iterator[tuple[Flow, str]]:
    """The flows inside a flow's states, with their pointers."""
    for state in flow.states.values():
        match state.work:
            case Parallel(branches):
                for index, branch in enumerate(branches):
                    yield branch, f"{state.pointer}/Branches[{index}]"
            case Map():
                name = "Iterator" if state.work.is_legacy else "ItemProcessor"
                yield state.work.processor, f"{state.pointer}/{name}"


def targets(state: State) -> Iterator[tuple[str, str]]:
    """Every state this one may lead to, with the pointer of the field that says so."""
    if state.next is not None:
        yield state.next, f"{state.pointer}/Next"
    if isinstance(state.work, Choice):
        for index, rule in enumerate(state.work.rules):
            yield rule.next, f"{state.pointer}/Choices[{index}]/Next"
        if state.work.default is not None:
            yield state.work.default, f"{state.pointer}/Default"
    for index, catcher in enumerate(state.catch):
        yield catcher.next, f"{state.pointer}/Catch[{index}]/Next"


def _missing_targets(flow: Flow, pointer: str) -> Iterator[Diagnostic]:
    named = [(flow.start_at, f"{pointer}/StartAt")]
    named += [target for state in flow.states.values() for target in targets(state)]
    for name, place in named:
        if name not in flow.states:
            yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {name}", place)


def _is_terminal(state: State) -> bool:
    return state.is_end or isinstance(state.work, Succeed | Fail)


def _unreachable(flow: Flow) -> Iterator[Diagnostic]:
    reached, waiting = set[str](), [flow.start_at]
    while waiting:
        name = waiting.pop()
        if name in flow.states and name not in reached:
            reached.add(name)
            waiting += [target for target, _ in targets(flow.states[name])]
    for name, state in flow.states.items():
        if name not in reached:
            message = f'State "{name}" is not reachable.'
            yield Diagnostic("MISSING_TRANSITION_TARGET", message, state.pointer)


def diagnose_names(flow: Flow) -> Iterator[Diagnostic]:
    """State names must be unique in the whole machine, labels of distributed maps too."""
    seen: set[str] = set()
    labels: set[str] = set()
    for state in every_state(flow):
        if state.name in seen:
            yield Diagnostic("DUPLICATE_STATE_NAME", f"Duplicate State name: {state.name}", state.pointer)
        seen.add(state.name)
        label = state.work.label if isinstance(state.work, Map) else None
        if label is not None and label in labels:
            place = f"{state.pointer}/Label"
            yield Diagnostic("DUPLICATE_LABEL_NAME", f"Duplicate Label name: {label}", place)
        if label is not None:
            labels.add(label)


def every_state(flow: Flow) -> Iterator[State]:
    """The states of a flow and of all flows inside it."""
    yield from flow.states.values()
    for inner, _ in inner_flows(flow):
        yield from every_state(inner)
