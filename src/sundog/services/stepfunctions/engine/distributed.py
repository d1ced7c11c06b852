"""Distributed Maps: what their children get, and the history events of the map run in the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sundog.arn import parse_arn
from sundog.lang.asl import Map, State
from sundog.lang.asl.dataflow import effective_input
from sundog.lang.asl.distributed import batch_items
from sundog.lang.evaluation import MISSING, Environment
from sundog.services.stepfunctions.engine.actions import StartMapRun
from sundog.services.stepfunctions.engine.execution import Frame

if TYPE_CHECKING:
    from sundog.services.stepfunctions.engine.run import Run

NO_S3: Final = "sundog has no S3 yet: give the items with ItemsPath or Items instead of an ItemReader."
NO_WRITER: Final = "sundog has no S3 yet: leave ResultWriter out, and take the results from the output."


def start(run: Run, frame: Frame, state: State, work: Map) -> None:
    """Evaluate what the Map says, and ask for a map run."""
    raw = run.environment(frame)
    value = effective_input(state, raw)
    seen = raw if value is raw.input else run.environment(frame, value)
    items = _items(work, seen)
    started = run.event(frame, "MapStateStarted", {"length": len(items)})
    tolerated = _tolerated(work, seen)
    concurrency = work.max_concurrency.read(seen) if work.max_concurrency else 0
    inputs = _batched(work, seen, _selected(run, frame, work, seen, items))
    machine = parse_arn(run.execution.facts["StateMachine"]["Id"])
    assert machine is not None
    name = machine.resource.removeprefix("stateMachine:").partition("/")[0]
    label = work.label or run.ids.uuid()
    head = f"arn:{machine.partition}:states:{machine.region}:{machine.account}"
    arn = f"{head}:mapRun:{name}/{label}:{run.ids.uuid()}"
    run.event(frame, "MapRunStarted", {"mapRunArn": arn})
    frame.phase, frame.token = "task", run.ids.hex(64)
    frame.group = {"map_run": arn, "started": started}
    refusal = _refusal(work)
    if refusal is not None:
        fail(run, frame, state, *refusal)
        return
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
            **tolerated,
        )
    )


def _refusal(work: Map) -> tuple[str, str] | None:
    if work.item_reader is not None:
        return "States.ItemReaderFailed", NO_S3
    if work.result_writer is not None and work.result_writer.resource is not None:
        return "States.ResultWriterFailed", NO_WRITER
    return None


def _items(work: Map, seen: Environment) -> list[Any]:
    """Members of an object are items too. A reader's are not known yet."""
    if work.items is None:
        return []
    items = work.items.read(seen)
    if isinstance(items, dict):
        return [{"Key": key, "Value": value} for key, value in items.items()]
    return list(items)


def _tolerated(work: Map, seen: Environment) -> dict[str, Any]:
    count, percentage = work.tolerated_failure_count, work.tolerated_failure_percentage
    return {
        "tolerated_count": 0 if count is None else count.read(seen),
        "tolerated_percentage": 0.0 if percentage is None else percentage.read(seen),
    }


def _selected(run: Run, frame: Frame, work: Map, seen: Environment, items: list[Any]) -> list[Any]:
    if work.item_selector is None:
        return items
    selected = []
    for index, item in enumerate(items):
        frame.item, kept = {"Index": index, "Value": item}, frame.item
        selected.append(work.item_selector.read(run.environment(frame, seen.input)))
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


def succeed(run: Run, frame: Frame, state: State, outputs: list[Any]) -> None:
    """The children are over, and not too many have failed."""
    done = run.event(frame, "MapRunSucceeded")
    run.event(frame, "MapStateSucceeded")
    frame.last_id = done  # MapStateExited follows what MapStateSucceeded follows (most recordings)
    frame.group = None
    run.complete(frame, state, outputs)


def fail(run: Run, frame: Frame, state: State, error: str, cause: str) -> None:
    """Too many children have failed, or the map run could not be."""
    run.event(frame, "MapRunFailed", {"error": error, "cause": cause})
    frame.group = None
    run.fail(frame, error, cause, "MapStateFailed")
