"""Parallel and Map: flows inside a state, their results, and what the failure of one means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sundog.lang.asl import Map, Parallel, State
from sundog.lang.asl.dataflow import arguments, effective_input
from sundog.services.stepfunctions.engine import distributed
from sundog.services.stepfunctions.engine.execution import Frame

if TYPE_CHECKING:
    from sundog.services.stepfunctions.engine.run import Run

CONCURRENCY_MAX: Final = 40
"""Iterations of an inline Map at once."""

ABORTABLE: Final = ("Task", "Wait", "Parallel", "Map")


def start_branches(run: Run, frame: Frame, state: State, work: Parallel) -> None:
    value = branch_input(run, frame, state)
    frame.phase = "children"
    frame.group = {"results": [None] * len(work.branches), "left": len(work.branches)}
    started = run.event(frame, "ParallelStateStarted")
    for index in range(len(work.branches)):
        run.open_frame(frame, index, [*frame.place, frame.state, index], value, started)


def branch_input(run: Run, frame: Frame, state: State) -> Any:
    """What every branch of a Parallel gets."""
    seen = run.environment(frame)
    value = arguments(state, seen, effective_input(state, seen))
    run.check(state, value)
    return value


def start_map(run: Run, frame: Frame, state: State, work: Map) -> None:
    if work.mode == "DISTRIBUTED":
        distributed.start(run, frame, state, work)
        return
    frame.group = map_group(run, frame, state, work)
    frame.phase = "children"
    count = len(frame.group["items"])
    started = run.event(frame, "MapStateStarted", {"length": count})
    if not count:
        _finish(run, frame, state, started)
        return
    for _ in range(min(frame.group["limit"], count)):
        _start_iteration(run, frame, state, started)


def map_group(run: Run, frame: Frame, state: State, work: Map) -> dict[str, Any]:
    """What an inline Map remembers of its iterations, before the first."""
    assert work.items is not None
    raw = run.environment(frame)
    value = effective_input(state, raw)
    seen = raw if value is raw.input else run.environment(frame, value)
    items = work.items.read(seen)
    if isinstance(items, dict):
        items = [{"Key": key, "Value": item} for key, item in items.items()]
    limit = work.max_concurrency.read(seen) if work.max_concurrency else 0
    return {
        "results": [None] * len(items),
        "left": len(items),
        "items": items,
        "next": 0,
        "limit": min(limit, CONCURRENCY_MAX) if limit and limit > 0 else CONCURRENCY_MAX,
        "value": value,
    }


def _start_iteration(run: Run, frame: Frame, state: State, previous: int) -> None:
    group = frame.group
    assert group is not None
    index = group["next"]
    group["next"] += 1
    value = group["items"][index]
    item = {"Index": index, "Value": value}
    child = run.open_frame(frame, index, [*frame.place, frame.state, 0], value, previous, item)
    details = {"name": state.name, "index": index}
    run.event(child, "MapIterationStarted", details)
    child.input = iteration_input(run, frame, state, item)


def iteration_input(run: Run, frame: Frame, state: State, item: dict[str, Any]) -> Any:
    """What the iteration of ``item`` gets; the selector is a field of the Map."""
    group, work = frame.group, state.work
    assert group is not None and isinstance(work, Map)
    if work.item_selector is None:
        return item["Value"]
    kept, frame.item = frame.item, item
    seen = group["value"] if state.query_language == "JSONPath" else frame.input
    try:
        value = work.item_selector.read(run.environment(frame, seen))
    finally:
        frame.item = kept
    run.check(state, value)
    return value


def end_child(run: Run, child: Frame, output: Any) -> None:
    """One flow of a group is over: the next begins, or the group is done."""
    assert child.parent is not None
    frame = run.execution.frames[child.parent]
    state, group = run.state_of(frame), frame.group
    assert group is not None
    group["results"][child.index] = output
    group["left"] -= 1
    last_id = child.last_id
    if isinstance(state.work, Map):
        details = {"name": state.name, "index": child.index}
        done_id = run.event(child, "MapIterationSucceeded", details)
        if group["next"] < len(group["items"]):
            run.close_frame(child)
            run.attempt(frame, lambda state: _start_iteration(run, frame, state, last_id))
            return
        last_id = done_id
    run.close_frame(child)
    if group["left"] == 0:
        run.attempt(frame, lambda state: _finish(run, frame, state, last_id))


def _finish(run: Run, frame: Frame, state: State, last_id: int) -> None:
    assert frame.group is not None
    results = frame.group["results"]
    frame.last_id = last_id
    run.event(frame, f"{state.type}StateSucceeded")
    if isinstance(state.work, Map):
        frame.last_id = last_id  # MapStateExited follows what MapStateSucceeded follows (recorded)
    run.complete(frame, state, results)


def fail_child(run: Run, child: Frame, error: str | None, cause: str | None) -> None:
    """The failure of one flow ends the others, and is the failure of the group."""
    assert child.parent is not None
    frame = run.execution.frames[child.parent]
    state = run.state_of(frame)
    last_id = child.last_id
    if isinstance(state.work, Map):
        run.event(child, "MapIterationFailed", {"name": state.name, "index": child.index})
    _abort_state(run, child, last_id)
    siblings = [f for f in run.execution.frames.values() if f.parent == frame.id and f is not child]
    for sibling in sorted(siblings, key=lambda sibling: sibling.index):
        if isinstance(state.work, Map):
            sibling.last_id = last_id
            run.event(sibling, "MapIterationAborted", {"name": state.name, "index": sibling.index})
        _abort_state(run, sibling, last_id)
    frame.last_id = last_id  # what follows does not come after MapIterationFailed (recorded)
    run.fail(frame, error, cause, f"{state.type}StateFailed")


def _abort_state(run: Run, frame: Frame, last_id: int) -> None:
    """The state in which a flow ends with its group, where it is of a kind that takes time (recorded)."""
    if frame.id in run.execution.ready:
        return  # not entered yet
    for child in [each for each in run.execution.frames.values() if each.parent == frame.id]:
        _abort_state(run, child, last_id)
    kind = run.state_of(frame).type
    if kind in ABORTABLE:
        frame.last_id = last_id
        run.event(frame, f"{kind}StateAborted")
