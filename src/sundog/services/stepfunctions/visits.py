"""A history read as stays in states: which flow was in which state, from when to when, with what outcome.

Events name the event before them, not the flow they belong to; this is where that is worked out, for all
who look back: the drawing of an execution, its replay, the comparison of two. After a redrive all flows go on
from the same event: there it is worked out by what can come next, and of many like flows one may be taken
for another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Outcome = Literal["RUNNING", "SUCCEEDED", "FAILED", "CAUGHT", "ABORTED"]

_WORK_OF: Final = {
    "Task": ("Task", "LambdaFunction", "Activity"),
    "Map": ("MapState", "MapRun"),
    "Parallel": ("ParallelState",),
}
"""How the events of a state under way begin, by its type."""

_UNSUCCESSFUL: Final = ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


@dataclass(slots=True, eq=False)
class Flow:
    """The machine's own states, one branch of a Parallel, one iteration of a Map."""

    parent: Visit | None = None
    index: int = 0
    visits: list[Visit] = field(default_factory=list)
    is_over: bool = False
    """Said of iterations of a Map only."""
    begun_id: int = 0
    """The event with which it began to be."""
    last_id: int = 0
    """Its latest event."""

    @property
    def last(self) -> Visit | None:
        return self.visits[-1] if self.visits else None


@dataclass(slots=True, eq=False)
class Visit:
    """One stay in a state. ``end`` is None while it lasts; ``errors`` are those of its tasks.

    ``flows`` are the branches or iterations of its last attempt. Payloads are texts, as history has them.
    """

    name: str
    kind: str
    flow: Flow
    entered_id: int
    begin_ms: int
    input: str | None = None
    exited_id: int | None = None
    end_ms: int | None = None
    output: str | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome = "RUNNING"
    errors: list[str] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    started_id: int = 0
    has_failed: bool = False
    """No retrier has helped."""

    @property
    def depth(self) -> int:
        return self.flow.parent.depth + 1 if self.flow.parent else 0

    @property
    def iteration(self) -> int | None:
        parent = self.flow.parent
        return self.flow.index if parent is not None and parent.kind == "Map" else None


def read_visits(events: Sequence[Mapping[str, Any]]) -> list[Visit]:
    """The stays in states in the order of their beginnings; the first is of the machine's own flow.

    Timestamps are milliseconds.
    """
    reader = _Reader()
    for event in events:
        reader.read(event)
    reader.close(events)
    return reader.visits


def visit_at(events: Sequence[Mapping[str, Any]], id: int) -> Visit | None:
    """The stay in a state that the event belongs to; None for what comes before the first.

    The end of an execution belongs to the stay that it followed.
    """
    event = events[id - 1]
    if event["type"].startswith("Execution") and event["previousEventId"]:
        return visit_at(events, event["previousEventId"])
    reader = _Reader()
    for each in events[:id]:
        flow = reader.read(each)
    return flow.last or flow.parent


class _Reader:
    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._root = Flow()
        self._owners: dict[int, Flow] = {0: self._root}
        self._redriven_id = 0
        self._redriven: list[Visit] = []
        self._given_up: list[Flow] = []

    def read(self, event: Mapping[str, Any]) -> Flow:
        """The flow that the event belongs to."""
        kind: str = event["type"]
        flow = self._owners.get(event["previousEventId"], self._root)
        if self._redriven_id and event["previousEventId"] == self._redriven_id:
            flow = self._find_redriven(event)
        if kind.startswith("Execution"):
            flow = self._root
            if kind == "ExecutionRedriven":
                self._reopen(event)
        elif kind.endswith("StateEntered"):
            flow = self._enter(flow, event)
        elif kind.endswith("StateExited"):
            flow = self._exit(flow, event)
        elif kind.startswith("MapIteration"):
            flow = self._iterate(flow, event)
        elif kind == "EvaluationFailed":
            flow = self._fail_evaluation(flow, event)
        elif kind in ("MapStateStarted", "ParallelStateStarted"):
            visit = _around(flow, kind.removesuffix("StateStarted"))
            if visit is not None:
                _end_inside(visit, event["timestamp"])
                visit.flows, visit.started_id, flow = [], event["id"], visit.flow
                visit.outcome = "RUNNING"
        else:
            flow = _note(flow, event)
        self._owners[event["id"]], flow.last_id = flow, event["id"]
        return flow

    def _enter(self, flow: Flow, event: Mapping[str, Any]) -> Flow:
        last, details = flow.last, event["stateEnteredEventDetails"]
        if last is not None and last.end_ms is None and last.started_id == event["previousEventId"]:
            flow = Flow(last, len(last.flows), begun_id=last.started_id)  # branches begin in their order
            last.flows.append(flow)
        kind = event["type"].removesuffix("StateEntered")
        visit = Visit(details["name"], kind, flow, event["id"], event["timestamp"], details.get("input"))
        flow.visits.append(visit)
        self.visits.append(visit)
        return flow

    def _exit(self, flow: Flow, event: Mapping[str, Any]) -> Flow:
        details = event["stateExitedEventDetails"]
        visit = _around(flow, event["type"].removesuffix("StateExited"), details["name"])
        if visit is None:
            return flow
        visit.exited_id, visit.end_ms, visit.output = event["id"], event["timestamp"], details.get("output")
        visit.assigned = details.get("assignedVariables") or {}
        _end_inside(visit, event["timestamp"])
        visit.outcome = "CAUGHT" if visit.outcome == "FAILED" else "SUCCEEDED"
        return visit.flow

    def _iterate(self, flow: Flow, event: Mapping[str, Any]) -> Flow:
        kind = event["type"]
        details = event[kind[:1].lower() + kind[1:] + "EventDetails"]
        visit = _around(flow, "Map", details["name"])
        if visit is None:
            return flow
        if kind == "MapIterationStarted":
            visit.flows.append(Flow(visit, details["index"], begun_id=event["id"]))
        known = [each for each in visit.flows if each.index == details["index"]]
        if not known:
            return flow
        known[-1].is_over = kind != "MapIterationStarted"
        if kind in ("MapIterationFailed", "MapIterationAborted"):
            self._given_up.append(known[-1])
        return known[-1]

    def _fail_evaluation(self, flow: Flow, event: Mapping[str, Any]) -> Flow:
        """Its place in the line of events is the one before its state was entered: the name says more."""
        details = event["evaluationFailedEventDetails"]
        for visit in reversed(self.visits):
            if visit.name == details.get("state") and visit.end_ms is None:
                visit.outcome = "FAILED"
                visit.errors.append(details.get("error", ""))
                return visit.flow
        return flow

    def _reopen(self, event: Mapping[str, Any]) -> None:
        """What had not been left is under way again: all follows the same event, in the order of flows."""
        self._redriven_id = event["id"]
        self._redriven = [visit for visit in self.visits if visit.end_ms is None]
        self._redriven.sort(key=lambda visit: (visit.flow.begun_id, visit.flow.index))
        for visit in self._redriven:
            visit.outcome, visit.has_failed = "RUNNING", False
        for flow in self._given_up:
            flow.is_over = False
        self._given_up = []

    def _find_redriven(self, event: Mapping[str, Any]) -> Flow:
        """The flow of an event that follows the redrive as all first ones do: by what can come next in it."""
        kind = event["type"]
        if kind.endswith("StateEntered"):
            return self._not_begun()
        details = event.get("stateExitedEventDetails") or {}
        for visit in self._redriven:
            is_its = kind.startswith(_WORK_OF.get(visit.kind, ())) or details.get("name") == visit.name
            if is_its and not any(each.end_ms is None for flow in visit.flows for each in flow.visits):
                self._redriven.remove(visit)
                return visit.flow
        return self._root

    def _not_begun(self) -> Flow:
        """A flow that had not entered its first state when the execution ended."""
        groups = [visit for visit in self._redriven if visit.end_ms is None and visit.started_id]
        for visit in groups:
            for flow in visit.flows:
                if not flow.visits and not flow.is_over:
                    return flow
        parallel = next((visit for visit in reversed(groups) if visit.kind == "Parallel"), None)
        if parallel is None:
            return self._root
        parallel.flows.append(Flow(parallel, len(parallel.flows), begun_id=parallel.started_id))
        return parallel.flows[-1]

    def close(self, events: Sequence[Mapping[str, Any]]) -> None:
        """What was open when the execution ended has ended with it."""
        last = events[-1] if events else None
        if last is None or last["type"] not in _UNSUCCESSFUL:
            return
        for visit in self.visits:
            _end(visit, last["timestamp"])


def _end(visit: Visit, now_ms: int) -> None:
    if visit.end_ms is None:
        visit.end_ms = now_ms
        visit.outcome = "FAILED" if visit.outcome == "FAILED" or visit.kind == "Fail" else "ABORTED"


def _end_inside(visit: Visit, now_ms: int) -> None:
    """The failure of one flow of a group has ended the others."""
    for inner in (each for flow in visit.flows for each in flow.visits):
        _end_inside(inner, now_ms)
        _end(inner, now_ms)


def _around(flow: Flow, kind: str, name: str = "") -> Visit | None:
    """The innermost stay under way around the flow that is of this kind, and of this name if one is given.

    Without a name it is one about to begin its work: its last attempt may have failed, but not itself.
    """
    found: Flow | None = flow
    while found is not None:
        visit = found.last
        if visit is not None and not found.is_over and _is_meant(visit, kind, name):
            return visit
        found = found.parent.flow if found.parent else None
    return None


def _is_meant(visit: Visit, kind: str, name: str) -> bool:
    is_named = visit.name == name if name else not visit.has_failed
    return visit.kind == kind and visit.end_ms is None and is_named


def _note(flow: Flow, event: Mapping[str, Any]) -> Flow:
    """Outcomes of what the state asked for; a failure may still be caught or tried again. Whose it is."""
    kind = event["type"]
    group = next((name for name in ("Map", "Parallel") if kind.startswith(name)), None)
    visit = _around(flow, group) if group else flow.last
    if visit is None:
        return flow
    if kind.endswith("Succeeded"):
        visit.outcome = "RUNNING"
    elif kind.endswith(("Failed", "TimedOut")):
        visit.outcome = "FAILED"
        visit.has_failed = kind in ("MapStateFailed", "ParallelStateFailed")
        details: Mapping[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
        if details.get("error"):
            visit.errors.append(details["error"])
    return visit.flow
