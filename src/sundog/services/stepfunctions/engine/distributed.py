"""Distributed Maps: what their children get, and the history events of the map run in the parent.

Items that are objects of S3 are read, and results written there, by whoever carries the actions out: the
Map waits for `fill` first, and for its end in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sundog.arn import parse_arn
from sundog.lang.asl import Map, State
from sundog.lang.asl.dataflow import effective_input
from sundog.lang.asl.distributed import batch_items
from sundog.lang.evaluation import MISSING, Environment
from sundog.services.stepfunctions.engine.actions import FillMapRun, RedriveMapRun, StartMapRun
from sundog.services.stepfunctions.engine.execution import Frame

if TYPE_CHECKING:
    from sundog.services.stepfunctions.engine.run import Run

STATE_DATA: Final = "STATE_DATA"
"""The source of items that come from the state's input."""

Item = dict[str, Any]
"""``Value``, ``Source``, and ``Key`` where it is a member of an object."""


def start(run: Run, frame: Frame, state: State, work: Map) -> None:
    """Evaluate what the Map says, and ask for a map run."""
    seen = _seen(run, frame, state)
    items = _items(work, seen)
    run.event(frame, "MapStateStarted", {"length": len(items)})
    tolerated = _tolerated(work, seen)
    concurrency = work.max_concurrency.read(seen) if work.max_concurrency else 0
    inputs = [] if work.item_reader else _inputs(run, frame, work, seen, items)
    reader, writer = _reader(work, seen), _writer(work, seen)
    label = work.label or run.ids.uuid()
    arn = _run_arn(run, label)
    run.event(frame, "MapRunStarted", {"mapRunArn": arn})
    frame.phase, frame.token = "task", run.ids.hex(64)
    frame.group = {"map_run": arn}
    run.actions.append(
        StartMapRun(
            frame=frame.id,
            token=frame.token,
            arn=arn,
            label=label,
            place=list(frame.place),
            state=state.name,
            execution_type=work.execution_type,
            inputs=inputs,
            max_concurrency=max(0, concurrency),
            reader=reader,
            writer=writer,
            is_batched=work.item_batcher is not None,
            **tolerated,
        )
    )


def fill(run: Run, frame: Frame, state: State, items: Sequence[Item]) -> None:
    """The reader has found these items."""
    assert isinstance(state.work, Map)
    assert frame.group is not None
    inputs = _inputs(run, frame, state.work, _seen(run, frame, state), items)
    run.actions.append(FillMapRun(frame.group["map_run"], inputs))


def redrive(run: Run, frame: Frame) -> None:
    """The map run goes on: those of its children that have not succeeded are run again."""
    group = frame.group
    assert group is not None
    group["redrives"] = group.get("redrives", 0) + 1
    told = {"mapRunArn": group["map_run"], "redriveCount": group["redrives"]}
    run.event(frame, "MapRunRedriven", told)
    frame.phase, frame.token = "task", run.ids.hex(64)
    run.actions.append(RedriveMapRun(frame.id, frame.token, group["map_run"]))


def _seen(run: Run, frame: Frame, state: State) -> Environment:
    raw = run.environment(frame)
    value = effective_input(state, raw)
    return raw if value is raw.input else run.environment(frame, value)


def _run_arn(run: Run, label: str) -> str:
    machine = parse_arn(run.execution.facts["StateMachine"]["Id"])
    assert machine is not None
    name = machine.resource.removeprefix("stateMachine:").partition("/")[0]
    head = f"arn:{machine.partition}:states:{machine.region}:{machine.account}"
    return f"{head}:mapRun:{name}/{label}:{run.ids.uuid()}"


def _reader(work: Map, seen: Environment) -> dict[str, Any] | None:
    reader = work.item_reader
    if reader is None:
        return None
    return {
        "action": reader.resource.action,
        "parameters": {} if reader.arguments is None else reader.arguments.read(seen),
        "config": dict(reader.reader_config),
        "max_items": None if reader.max_items is None else reader.max_items.read(seen),
    }


def _writer(work: Map, seen: Environment) -> dict[str, Any] | None:
    """Without ``parameters`` where the results only have another form in the state's output."""
    writer = work.result_writer
    if writer is None:
        return None
    asked: dict[str, Any] = {"config": dict(writer.writer_config)}
    if writer.resource is not None:
        asked["parameters"] = {} if writer.arguments is None else writer.arguments.read(seen)
    return asked


def _items(work: Map, seen: Environment) -> list[Item]:
    """Members of an object are items too. A reader's are not known yet."""
    if work.items is None:
        return []
    items = work.items.read(seen)
    if isinstance(items, dict):
        return [{"Key": key, "Value": value, "Source": STATE_DATA} for key, value in items.items()]
    return [{"Value": value, "Source": STATE_DATA} for value in items]


def _tolerated(work: Map, seen: Environment) -> dict[str, Any]:
    count, percentage = work.tolerated_failure_count, work.tolerated_failure_percentage
    return {
        "tolerated_count": 0 if count is None else count.read(seen),
        "tolerated_percentage": 0.0 if percentage is None else percentage.read(seen),
    }


def _inputs(run: Run, frame: Frame, work: Map, seen: Environment, items: Sequence[Item]) -> list[Any]:
    """What each child gets."""
    inputs = _batched(work, seen, _selected(run, frame, work, seen, items))
    for value in inputs:
        run.check(run.state_of(frame), value)
    return inputs


def _selected(run: Run, frame: Frame, work: Map, seen: Environment, items: Sequence[Item]) -> list[Any]:
    if work.item_selector is None:
        return [
            {"Key": item["Key"], "Value": item["Value"]} if "Key" in item else item["Value"] for item in items
        ]
    selected = []
    for index, item in enumerate(items):
        frame.item, kept = {"Index": index, **item}, frame.item
        try:
            selected.append(work.item_selector.read(run.environment(frame, seen.input)))
        finally:
            frame.item = kept
    return selected


def _batched(work: Map, seen: Environment, items: list[Any]) -> list[Any]:
    batcher = work.item_batcher
    if batcher is None:
        return items
    count, size = batcher.max_items_per_batch, batcher.max_input_bytes_per_batch
    return list(
        batch_items(
            items,
            None if count is None else count.read(seen),
            None if size is None else size.read(seen),
            MISSING if batcher.batch_input is None else batcher.batch_input.read(seen),
        )
    )


def succeed(run: Run, frame: Frame, state: State, output: Any) -> None:
    """The children are over, and not too many have failed."""
    done = run.event(frame, "MapRunSucceeded")
    run.event(frame, "MapStateSucceeded")
    frame.last_id = done  # MapStateExited follows what MapStateSucceeded follows (most recordings)
    frame.group = None
    run.complete(frame, state, output)


def fail(run: Run, frame: Frame, error: str, cause: str) -> None:
    """Too many children have failed, or the map run could not be. A redrive finds it in ``group``."""
    run.event(frame, "MapRunFailed", {"error": error, "cause": cause})
    run.fail(frame, error, cause, "MapStateFailed")
