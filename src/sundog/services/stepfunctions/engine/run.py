"""`Run`: an execution taken further by one event. Pure but for chance, which is an argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sundog.ids import Ids
from sundog.lang.asl import (
    Catcher,
    Choice,
    Exhausted,
    Fail,
    Flow,
    Map,
    Parallel,
    Pass,
    Retry,
    State,
    StateMachine,
    Succeed,
    Task,
    Wait,
    decide_catch,
    decide_retry,
)
from sundog.lang.asl.dataflow import (
    Left,
    effective_input,
    leave,
    leave_caught,
    leave_choice,
    pass_result,
)
from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed, executing
from sundog.services.stepfunctions.engine import distributed, groups, tasks
from sundog.services.stepfunctions.engine.actions import Action, Forget, StartTimer, StopMapRun
from sundog.services.stepfunctions.engine.execution import Execution, Frame, Phase, Unfinished
from sundog.services.stepfunctions.engine.history import (
    Event,
    details_name,
    failure,
    with_input,
    with_output,
    write_text,
)
from sundog.services.stepfunctions.engine.places import flow_at
from sundog.services.stepfunctions.engine.seeing import context, variables
from sundog.services.stepfunctions.engine.sizes import too_large, write_limited

STEPS_MAX = 500
"""States entered in one go; then others have a turn."""

EVENTS_MAX = 25_000

HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"


class Run:
    """Call one of `begin`, `resume`, `finish_task`, `fail_task`, `fire`, `stop`; then read what it did."""

    def __init__(
        self, machine: StateMachine, execution: Execution, now_ms: int, ids: Ids, *, is_express: bool = False
    ) -> None:
        self.machine, self.execution = machine, execution
        self.now_ms, self.ids, self.is_express = now_ms, ids, is_express
        self.events: list[Event] = []
        self.actions: list[Action] = []
        self.missing_activities: frozenset[str] = frozenset()
        self.unfinished: Unfinished | None = None
        self._before: Unfinished | None = None
        self._written: tuple[Any, str] = (MISSING, "")

    # What may happen

    def begin(self) -> None:
        """The execution starts."""
        execution = self.execution
        details = {**with_input(self.write(execution.input)), "roleArn": execution.role_arn}
        self._append("ExecutionStarted", 0, details)
        self.open_frame(None, 0, [], execution.input, 0)
        self._go_on()

    def resume(self) -> None:
        """There was more to do than one go allows."""
        self._go_on()

    def finish_task(self, frame_id: int, token: str, output: Any, worker: str = "") -> None:
        """What a Task asked for is done."""
        frame = self.waiting(frame_id, token, "task")
        if frame is None:
            return
        self.actions.append(Forget(token))
        self.attempt(frame, lambda state: tasks.succeed(self, frame, state, output))
        self._go_on()

    def fail_task(
        self, frame_id: int, token: str, error: str | None, cause: str | None, ending: str = "Failed"
    ) -> None:
        """What a Task asked for has failed; ``ending`` is how its history event ends."""
        frame = self.waiting(frame_id, token, "task")
        if frame is None:
            return
        self.actions.append(Forget(token))
        tasks.note_failure(self, frame, self.state_of(frame), error, cause, ending)
        self.fail(frame, error, cause)
        self._go_on()

    def miss_heartbeat(self, frame_id: int, token: str) -> None:
        """Nobody was heard of: ``States.Timeout`` (recorded), where the state does not name the other."""
        frame = self.waiting(frame_id, token, "task")
        if frame is None:
            return
        state = self.state_of(frame)
        named = [name for retrier in state.retry for name in retrier.error_equals]
        named += [name for catcher in state.catch for name in catcher.error_equals]
        error = HEARTBEAT_TIMEOUT if HEARTBEAT_TIMEOUT in named else "States.Timeout"
        self.fail_task(frame_id, token, error, None, "TimedOut")

    def tell_map(self, frame_id: int, token: str, act: Callable[[Run, Frame, State], None]) -> None:
        """Something has happened to the map run of a distributed Map: one of `distributed`'s functions."""
        frame = self.waiting(frame_id, token, "task")
        if frame is not None:
            self.attempt(frame, lambda state: act(self, frame, state))
            self._go_on()

    def note(self, frame_id: int, token: str, event_type: str, details: Mapping[str, Any]) -> None:
        """A Task has come a bit further (submitted, taken by a worker)."""
        frame = self.waiting(frame_id, token, "task")
        if frame is not None:
            self.event(frame, event_type, details)

    def fire(self, frame_id: int, token: str, purpose: str) -> None:
        """A timer has run out."""
        if purpose == "timeout":
            self.fail_task(frame_id, token, "States.Timeout", None, "TimedOut")
            return
        frame = self.waiting(frame_id, token, "wait" if purpose == "wait" else "retry")
        if frame is None:
            return
        if purpose == "wait":
            self.attempt(frame, lambda state: self._exit_plain(frame, state))
        else:
            frame.retry_count += 1
            self.attempt(frame, lambda state: self._work(frame, state))
        self._go_on()

    def redrive(self, count: int) -> None:
        """An execution that has not succeeded goes on from where it stood; retriers count from 0 again."""
        execution = self.execution
        execution.status, execution.error, execution.cause = "RUNNING", None, None
        redriven = self._append("ExecutionRedriven", self._last_id(), {"redriveCount": count})
        for frame in execution.frames.values():
            frame.last_id = redriven
        self.do_again()

    def do_again(self) -> None:
        """Every flow that is in a state does the state's work anew; retriers count from 0 again."""
        execution = self.execution
        for frame in sorted(execution.frames.values(), key=lambda frame: frame.id):
            frame.token = ""
            has_children = any(each.parent == frame.id for each in execution.frames.values())
            if frame.id not in execution.ready and not has_children and not execution.is_over:
                frame.attempts, frame.retry_count = [0] * len(self.state_of(frame).retry), 0
                self._do_again(frame)
        self._go_on()

    def _do_again(self, frame: Frame) -> None:
        if frame.group is not None and "map_run" in frame.group:
            distributed.redrive(self, frame)
        else:
            self.attempt(frame, lambda state: self._work(frame, state))

    def stop(self, status: str, error: str | None, cause: str | None) -> None:
        """The execution ends from outside: ABORTED or TIMED_OUT."""
        if self.execution.is_over:
            return
        self._end(status, error, cause)
        kind = "ExecutionAborted" if status == "ABORTED" else "ExecutionTimedOut"
        self._append(kind, 0 if status == "ABORTED" else self._last_id(), failure(error, cause))

    # Frames

    def open_frame(
        self,
        parent: Frame | None,
        index: int,
        place: list[Any],
        value: Any,
        last_id: int,
        item: dict[str, Any] | None = None,
    ) -> Frame:
        """A flow starts with ``value``."""
        execution = self.execution
        frame = Frame(
            execution.next_frame, parent.id if parent else None, index, place, "", value, last_id, item=item
        )
        frame.state = self.flow_at(place).start_at
        execution.next_frame += 1
        execution.frames[frame.id] = frame
        execution.ready.append(frame.id)
        return frame

    def close_frame(self, frame: Frame) -> None:
        """The flow is over, and with it everything inside it."""
        for child in [f for f in self.execution.frames.values() if f.parent == frame.id]:
            self.close_frame(child)
        self._forget(frame)
        del self.execution.frames[frame.id]

    def _forget(self, frame: Frame) -> None:
        """Nobody waits any more for what the frame has asked for."""
        if frame.token:
            self.actions.append(Forget(frame.token))
        self._stop_map_run(frame)

    def _stop_map_run(self, frame: Frame) -> None:
        if frame.group is not None and "map_run" in frame.group:
            self.actions.append(StopMapRun(frame.group["map_run"]))

    def flow_at(self, place: list[Any]) -> Flow:
        return flow_at(self.machine.flow, place)

    def state_of(self, frame: Frame) -> State:
        return self.flow_at(frame.place).states[frame.state]

    def waiting(self, frame_id: int, token: str, phase: Phase) -> Frame | None:
        """The frame, if it still waits for this very answer."""
        frame = self.execution.frames.get(frame_id)
        if self.execution.is_over or frame is None or frame.token != token or frame.phase != phase:
            return None
        return frame

    # Steps

    def _go_on(self) -> None:
        execution = self.execution
        steps = 0
        while execution.ready and not execution.is_over and steps < STEPS_MAX:
            frame = execution.frames.get(execution.ready.pop(0))
            if frame is not None and frame.phase == "ready":
                self._enter(frame)
                steps += 1
        if execution.is_over:
            execution.ready.clear()
        elif execution.next_event > EVENTS_MAX and not self.is_express:
            self._give_up_long()

    def _enter(self, frame: Frame) -> None:
        state = self.state_of(frame)
        frame.entered_ms, frame.retry_count, frame.attempts = self.now_ms, 0, [0] * len(state.retry)
        frame.entered_id = self.event(
            frame, f"{state.type}StateEntered", {"name": state.name, **with_input(self.write(frame.input))}
        )
        self.attempt(frame, lambda state: self._work(frame, state))

    def attempt(self, frame: Frame, act: Callable[[State], None]) -> None:
        """Do something that evaluates fields of the frame's state; what cannot be evaluated is an error."""
        try:
            act(self.state_of(frame))
        except EvaluationFailed as problem:
            ending = ""
            if problem.error == "States.QueryEvaluationError" and isinstance(self.state_of(frame).work, Map):
                ending = "MapStateFailed"
            self.fail(frame, problem.error, self._note_evaluation(frame, problem), ending)

    def _told(self, frame: Frame, cause: str) -> str:
        return executing(frame.state, frame.entered_id, cause)

    def _work(self, frame: Frame, state: State) -> None:
        work = state.work
        frame.phase = "ready"
        if isinstance(work, Pass):
            self._pass(frame, state, work)
        elif isinstance(work, Choice):
            self._choose(frame, state, work)
        elif isinstance(work, Wait):
            self._wait(frame, state, work)
        elif isinstance(work, Succeed):
            self._exit_plain(frame, state)
        elif isinstance(work, Fail):
            self._fail_state(frame, state, work)
        elif isinstance(work, Task):
            tasks.start(self, frame, state, work)
        elif isinstance(work, Parallel):
            groups.start_branches(self, frame, state, work)
        elif isinstance(work, Map):
            groups.start_map(self, frame, state, work)

    def _pass(self, frame: Frame, state: State, work: Pass) -> None:
        seen = self.environment(frame)
        result = pass_result(state, work, seen, effective_input(state, seen))
        self._leave(frame, state, leave(state, seen, result), state.next)

    def _exit_plain(self, frame: Frame, state: State) -> None:
        seen = self.environment(frame)
        self._leave(frame, state, leave(state, seen, effective_input(state, seen)), state.next)

    def _choose(self, frame: Frame, state: State, work: Choice) -> None:
        seen = self.environment(frame)
        value = effective_input(state, seen)
        asked = seen if value is seen.input else self.environment(frame, value)
        for rule in work.rules:
            if rule.condition.read(asked):
                self._leave(frame, state, leave_choice(state, seen, value, rule), rule.next)
                return
        if work.default is None:
            cause = "Failed to transition out of the state. The state does not point to a next state."
            self.fail(frame, "States.NoChoiceMatched", self._told(frame, cause))
            return
        self._leave(frame, state, leave_choice(state, seen, value, None), work.default)

    def _wait(self, frame: Frame, state: State, work: Wait) -> None:
        environment = self.environment(frame, effective_input(state, self.environment(frame)))
        if work.seconds is not None:
            due_ms = frame.entered_ms + work.seconds.read(environment) * 1_000
        else:
            assert work.timestamp is not None
            due_ms = work.timestamp.read(environment)
        if due_ms <= self.now_ms:
            self._exit_plain(frame, state)
            return
        frame.phase, frame.token = "wait", self.ids.uuid()
        self.actions.append(StartTimer(frame.id, frame.token, due_ms, "wait"))

    def _fail_state(self, frame: Frame, state: State, work: Fail) -> None:
        environment = self.environment(frame)
        error = work.error.read(environment) if work.error else None
        cause = work.cause.read(environment) if work.cause else None
        self._fail_flow(frame, error, cause)

    # Leaving a state

    def complete(self, frame: Frame, state: State, result: Any) -> None:
        """The state has done its work: its output, its variables, and on to the next state."""
        self._leave(frame, state, leave(state, self.environment(frame), result), state.next)

    def _leave(self, frame: Frame, state: State, left: Left, next: str | None) -> None:
        self.check(state, left.output)
        details: dict[str, Any] = {"name": state.name, **with_output(self.write(left.output))}
        if left.assigned:
            frame.variables.update(left.assigned)
            told = {name: write_text(value) for name, value in left.assigned.items()}
            details |= {"assignedVariables": told, "assignedVariablesDetails": {"truncated": False}}
        self.event(frame, f"{state.type}StateExited", details)
        frame.token, frame.group = "", None
        if next is None:
            self._end_flow(frame, left.output)
            return
        frame.state, frame.input, frame.phase = next, left.output, "ready"
        self.execution.ready.insert(0, frame.id)

    def _end_flow(self, frame: Frame, output: Any) -> None:
        if frame.parent is not None:
            groups.end_child(self, frame, output)
            return
        execution = self.execution
        execution.output = output
        last_id = frame.last_id
        self._end("SUCCEEDED", None, None)
        self._append("ExecutionSucceeded", last_id, with_output(self.write(output)))

    # Errors

    def fail(self, frame: Frame, error: str | None, cause: str | None, ending: str = "") -> None:
        """The frame's state has failed: a retrier, a catcher, or the end of the flow.

        ``ending`` is the event that says so where nobody tries again.
        """
        state = self.state_of(frame)
        if self._before is None:
            self._before = self._stand()
        for child in [f for f in self.execution.frames.values() if f.parent == frame.id]:
            self.close_frame(child)
        self._stop_map_run(frame)
        decided = decide_retry(state.retry, error or "", frame.attempts, self.ids)
        if isinstance(decided, Retry):
            self._before = None
            frame.attempts[decided.index] += 1
            frame.phase, frame.token = "retry", self.ids.uuid()
            self.actions.append(StartTimer(frame.id, frame.token, self.now_ms + decided.delay_ms, "retry"))
            return
        assert decided is None or isinstance(decided, Exhausted)
        if ending:
            self.event(frame, ending)
        caught = decide_catch(state.catch, error or "")
        if caught is None:
            self._fail_flow(frame, error, cause)
            return
        self._catch(frame, state, caught[1], error, cause)

    def _catch(
        self, frame: Frame, state: State, catcher: Catcher, error: str | None, cause: str | None
    ) -> None:
        told = {"Error": error, "Cause": cause}
        try:
            left = leave_caught(state, self.environment(frame), catcher, told)
            self._before = None
            self._leave(frame, state, left, catcher.next)
        except EvaluationFailed as problem:
            self._fail_flow(frame, problem.error, self._note_evaluation(frame, problem))

    def _note_evaluation(self, frame: Frame, problem: EvaluationFailed) -> str:
        """The cause as history shows it; failures of JSONata have an event of their own."""
        cause = self._told(frame, problem.cause)
        if problem.error == "States.QueryEvaluationError":
            place = {"location": problem.location} if problem.location else {}
            told = {"error": problem.error, "cause": cause, "state": frame.state, **place}
            frame.last_id = self._append("EvaluationFailed", self._before_evaluation(frame), told)
        return cause

    def _before_evaluation(self, frame: Frame) -> int:
        """What fails as its state is entered follows what came before that, except in a Wait (recorded)."""
        if frame.last_id != frame.entered_id or isinstance(self.state_of(frame).work, Wait):
            return frame.last_id
        entered = (event["previousEventId"] for event in self.events if event["id"] == frame.entered_id)
        previous: int = next(entered, frame.last_id)
        return previous

    def _fail_flow(self, frame: Frame, error: str | None, cause: str | None) -> None:
        if frame.parent is not None:
            groups.fail_child(self, frame, error, cause)
            return
        last_id = frame.last_id
        self._end("FAILED", error, cause)
        self._append("ExecutionFailed", last_id, failure(error, cause))

    def _give_up_long(self) -> None:
        cause = f"The execution reached the maximum number of history events ({EVENTS_MAX})."
        last_id = self._last_id()
        self._end("FAILED", "States.Runtime", cause)
        self._append("ExecutionFailed", last_id, failure("States.Runtime", cause))

    def _end(self, status: str, error: str | None, cause: str | None) -> None:
        execution = self.execution
        self.unfinished = None if status == "SUCCEEDED" else self._before or self._stand()
        for frame in execution.frames.values():
            self._forget(frame)
        execution.status, execution.error, execution.cause = status, error, cause
        execution.frames.clear()
        execution.ready.clear()

    def _stand(self) -> Unfinished:
        return Unfinished(dict(self.execution.frames), list(self.execution.ready))

    def _last_id(self) -> int:
        return self.execution.next_event - 1

    # Events and what is seen

    def event(self, frame: Frame, event_type: str, details: Mapping[str, Any] | None = None) -> int:
        """Append to the frame's line of events; its id."""
        frame.last_id = self._append(event_type, frame.last_id, details)
        return frame.last_id

    def _append(self, event_type: str, previous: int, details: Mapping[str, Any] | None) -> int:
        execution = self.execution
        event: Event = {
            "timestamp": self.now_ms,
            "type": event_type,
            "id": execution.next_event,
            "previousEventId": previous,
        }
        if details is not None:
            event[details_name(event_type)] = dict(details)
        self.events.append(event)
        execution.next_event += 1
        id: int = event["id"]
        return id

    def check(self, state: State, value: Any) -> None:
        """Refuse what is too large to go from state to state, or into one."""
        text = write_limited(value)
        if text is None:
            raise EvaluationFailed("States.DataLimitExceeded", too_large(state))
        self._written = value, text

    def write(self, value: Any) -> str:
        """As JSON text. What left one state enters the next: it is not written again."""
        if self._written[0] is not value:
            self._written = value, write_text(value)
        return self._written[1]

    def environment(self, frame: Frame, value: Any = MISSING) -> Environment:
        """What the fields of the frame's state see; ``value`` instead of the state's raw input."""
        return Environment(
            input=frame.input if value is MISSING else value,
            context=context(self.execution, frame, self.state_of(frame)),
            variables=variables(self.execution, frame),
            ids=self.ids,
            now_ms=self.now_ms,
        )
