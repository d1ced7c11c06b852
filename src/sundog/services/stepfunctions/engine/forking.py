"""Where an execution stood just before it entered a state, made from its history: another one goes on there.

What was over stays over, with the recorded outputs. A flow that was in the middle of a state does that
state's work anew, as a redrive does. The definition may be another one: it has to have the states in
which the flows stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog.lang.asl import Choice, Map, Parallel, StateMachine
from sundog.lang.evaluation import EvaluationFailed
from sundog.services.stepfunctions.engine import groups
from sundog.services.stepfunctions.engine.execution import Frame
from sundog.services.stepfunctions.engine.places import flow_at
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.visits import Flow, Visit, read_visits


class CannotFork(Exception):
    """The text says why the other definition cannot go on from there."""


def stand_before(run: Run, old: StateMachine, events: Sequence[Mapping[str, Any]], entered_id: int) -> Frame:
    """Fill the run's execution with the flows as they stood before the event that entered a state.

    The answer is the flow that is to enter it; the first state of all is none to fork at. ``old`` is the
    machine that wrote the history. Raises `CannotFork`.
    """
    fork = _Fork(run, old, events, entered_id)
    fork.open_flow(fork.before[0].flow, None, [])
    if fork.entering is None:
        raise CannotFork(f"What is around {fork.target.name} is another state in this definition.")
    execution = run.execution
    execution.ready.remove(fork.entering.id)
    execution.ready.insert(0, fork.entering.id)
    execution.next_event = entered_id
    return fork.entering


class _Fork:
    def __init__(
        self, run: Run, old: StateMachine, events: Sequence[Mapping[str, Any]], entered_id: int
    ) -> None:
        self.run, self.old = run, old
        self.before = read_visits(events[: entered_id - 1])
        self.whole = {visit.entered_id: visit for visit in read_visits(events)}
        self.target = self.whole[entered_id]
        self.entering: Frame | None = None

    def open_flow(
        self,
        flow: Flow,
        parent: Frame | None,
        place: list[Any],
        value: Any = None,
        item: dict[str, Any] | None = None,
    ) -> tuple[bool, Any]:
        """(True, output) where the flow is over; else its frame stands where the flow stood."""
        last = flow.last
        if last is not None and last.exited_id is not None and self._next(last) is None:
            state = flow_at(self.old.flow, place).states.get(last.name)
            ends = state is not None and state.next is None and not isinstance(state.work, Choice)
            if ends and last.outcome != "CAUGHT":
                return True, _read(last.output)
        started = flow.parent.started_id if flow.parent else 0
        frame = self.run.open_frame(parent, flow.index, place, value, flow.last_id or started, item)
        if last is None:
            self._note_entering(frame, self._first(flow))
            return False, None
        for visit in flow.visits:
            frame.variables.update({name: _read(text) for name, text in visit.assigned.items()})
        if last.exited_id is None:
            self._be_in(frame, last)
        else:
            self._be_before(frame, self._next(last) or last)
        return False, None

    def _be_before(self, frame: Frame, visit: Visit) -> None:
        frame.state, frame.input = visit.name, _read(visit.input)
        self._check(frame)
        self._note_entering(frame, visit)

    def _note_entering(self, frame: Frame, visit: Visit | None) -> None:
        if visit is self.target:
            self.entering = frame
            frame.state, frame.input = visit.name, _read(visit.input)
            self._check(frame)

    def _be_in(self, frame: Frame, visit: Visit) -> None:
        frame.state, frame.input = visit.name, _read(visit.input)
        frame.entered_id, frame.entered_ms = visit.entered_id, self.run.now_ms
        self._check(frame)
        self.run.execution.ready.remove(frame.id)
        state = self.run.state_of(frame)
        frame.attempts = [0] * len(state.retry)
        if not visit.started_id or visit.outcome == "FAILED" or state.type != visit.kind:
            return
        try:
            if isinstance(state.work, Parallel):
                self._open_branches(frame, visit, state.work)
            elif isinstance(state.work, Map) and state.work.mode == "INLINE":
                self._open_iterations(frame, visit, state.work)
        except EvaluationFailed as failure:
            raise CannotFork(f"What {visit.name} works on cannot be told again: {failure.cause}") from None
        if frame.group is not None and not frame.group["left"]:
            frame.group = None  # less is to be done than was done then: all of it anew

    def _open_branches(self, frame: Frame, visit: Visit, work: Parallel) -> None:
        count = len(work.branches)
        if count < len(visit.flows):
            return  # other branches than then: all of it anew
        frame.phase, frame.group = "children", {"results": [None] * count, "left": count}
        value = groups.branch_input(self.run, frame, self.run.state_of(frame))
        for index in range(count):
            known = visit.flows[index] if index < len(visit.flows) else Flow(visit, index)
            self._open_child(frame, known, index, value, None)

    def _open_iterations(self, frame: Frame, visit: Visit, work: Map) -> None:
        state = self.run.state_of(frame)
        group = groups.map_group(self.run, frame, state, work)
        begun = {flow.index: flow for flow in visit.flows}
        if not begun or max(begun) >= len(group["items"]):
            return  # other items than then: all of it anew
        frame.phase, frame.group = "children", group
        group["next"] = max(begun) + 1
        for index, flow in sorted(begun.items()):
            item = {"Index": index, "Value": group["items"][index]}
            value = groups.iteration_input(self.run, frame, state, item)
            self._open_child(frame, flow, 0, value, item)

    def _open_child(
        self, frame: Frame, flow: Flow, branch: int, value: Any, item: dict[str, Any] | None
    ) -> None:
        assert frame.group is not None
        is_over, output = self.open_flow(flow, frame, [*frame.place, frame.state, branch], value, item)
        if is_over:
            frame.group["results"][flow.index] = output
            frame.group["left"] -= 1

    def _next(self, visit: Visit) -> Visit | None:
        """The stay that followed in its flow, also where that was later."""
        visits = self.whole[visit.entered_id].flow.visits
        place = next(i for i, each in enumerate(visits) if each.entered_id == visit.entered_id)
        return visits[place + 1] if place + 1 < len(visits) else None

    def _first(self, flow: Flow) -> Visit | None:
        """The first stay of a flow that had not begun yet, if it is the one to be entered."""
        there, parent = self.target.flow, flow.parent
        is_first = there.visits[0] is self.target and there.index == flow.index
        outer = there.parent.entered_id if there.parent else 0
        return self.target if is_first and outer == (parent.entered_id if parent else 0) else None

    def _check(self, frame: Frame) -> None:
        if frame.state not in self.run.flow_at(frame.place).states:
            raise CannotFork(
                f"The definition has no state {frame.state}, in which the execution stands there."
            )


def _read(text: str | None) -> Any:
    return orjson.loads(text or "null")
