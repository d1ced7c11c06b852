"""Executions taken further in transactions: state, history and the rows of what comes next, together.

Everything that can happen to an execution (an answer, a timer, a stop) loads it, lets `Run` decide and
saves what came of it. A killed server has done a step wholly or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import orjson

from sundog import bus, work
from sundog.arn import parse_arn
from sundog.context import Context
from sundog.services.stepfunctions.definitions import Definitions
from sundog.services.stepfunctions.engine.actions import (
    Action,
    FillMapRun,
    Forget,
    RedriveMapRun,
    StartMapRun,
    StartTask,
    StartTimer,
    StopMapRun,
)
from sundog.services.stepfunctions.engine.execution import read_execution, write_execution
from sundog.services.stepfunctions.engine.history import write_text
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.loading import find_activity, find_execution
from sundog.services.stepfunctions.log_records import is_logged
from sundog.services.stepfunctions.logging import put_log
from sundog.services.stepfunctions.map_running import (
    end_child,
    fill_map_run,
    redrive_map_run,
    start_map_run,
    stop_map_run,
)
from sundog.services.stepfunctions.metrics import Metrics
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.rows import SQL, definition_id, scope_key, started_values, write_json
from sundog.store import Transaction
from sundog.work import WorkItem

TASK: Final = "states.task"
TIMER: Final = "states.timer"
RESUME: Final = "states.resume"

SAVED: Final = ("arn", "status", "stopped_ms", "body", "state")
Act = Callable[[Run], None]

_ACTIVITIES: Final = re.compile(r'"(arn:[^"]+:activity:[^"]+)"')


async def take_further(ctx: Context, tx: Transaction, arn: str, act: Act) -> Started | None:
    """Let ``act`` happen to the execution; None where it is not there. What is over stays as it is."""
    started = await find_execution(tx, arn)
    if started is None or started.status != "RUNNING":
        return started
    run = run_of(ctx, started)
    await _note_missing(tx, started, run)
    act(run)
    return await save(ctx, tx, started, run)


def run_of(ctx: Context, started: Started) -> Run:
    machine = ctx.part(Definitions).compile(started.body["definition"], started.body["type"])
    execution = read_execution(orjson.loads(started.state))
    is_express = started.body["type"] == "EXPRESS"
    return Run(machine, execution, ctx.clock.now_ms(), ctx.ids, is_express=is_express)


async def _note_missing(tx: Transaction, started: Started, run: Run) -> None:
    """Tell the run which activities of its machine have been deleted."""
    if ":activity:" not in started.body["definition"]:
        return
    missing = set()
    for text in set(_ACTIVITIES.findall(started.body["definition"])):
        arn = parse_arn(text)
        if arn is not None and await find_activity(tx, arn, arn.resource.partition(":")[2]) is None:
            missing.add(text)
    run.missing_activities = frozenset(missing)


async def begin(ctx: Context, tx: Transaction, started: Started, run: Run, act: Act = Run.begin) -> Started:
    """The first step, in the transaction that takes the execution in."""
    await _note_missing(tx, started, run)
    act(run)
    await _plan_timeout(ctx, tx, started)
    ctx.part(Metrics).count((started.scope, started.machine_arn), "ExecutionsStarted")
    return await save(ctx, tx, started, run, is_new=True, begins=True)


async def redrive(ctx: Context, tx: Transaction, started: Started, run: Run) -> Started:
    """An execution that is over goes on; its time begins anew."""
    run.redrive(started.body["redriveCount"])
    await _plan_timeout(ctx, tx, started)
    ctx.part(Metrics).count((started.scope, started.machine_arn), "ExecutionsRedriven")
    return await save(ctx, tx, started, run, begins=True)


async def _plan_timeout(ctx: Context, tx: Transaction, started: Started) -> None:
    """The TimeoutSeconds of the whole machine."""
    if started.body.get("timeout_s"):
        due_ms = ctx.clock.now_ms() + started.body["timeout_s"] * 1_000
        payload = {"arn": started.arn, "frame": -1, "token": "", "purpose": "execution"}
        await work.put(tx, TIMER, payload, scope=started.scope, due_ms=due_ms, key=f"{started.arn}/execution")


async def save(
    ctx: Context,
    tx: Transaction,
    started: Started,
    run: Run,
    *,
    is_new: bool = False,
    begins: bool = False,
) -> Started:
    """Write what a run did: history, state, and what it asks for. ``begins``: it runs from now on."""
    execution, told = run.execution, [started] if begins else []
    if run.events:
        events = write_json(run.events)
        await tx.run(SQL["put_history"], arn=started.arn, first_id=run.events[0]["id"], events=events)
        level = started.body["loggingConfiguration"].get("level", "OFF")
        if any(is_logged(event["type"], level) for event in run.events):
            await put_log(ctx, tx, started, run.events)
    if execution.is_over:
        started = _ended(started, run)
    else:
        started = replace(started, state=write_json(write_execution(execution)))
    values = started_values(started)
    if is_new:
        id = await _keep_definition(ctx, tx, started)
        await tx.run(SQL["insert_execution"], **values, definition_id=id)
    else:
        await tx.run(SQL["save_execution"], **{name: values[name] for name in SAVED})
    for action in run.actions:
        await _carry_out(ctx, tx, started, action)
    if execution.ready:
        payload = {"arn": started.arn}
        await work.put(tx, RESUME, payload, scope=started.scope, due_ms=ctx.clock.now_ms(), key=started.arn)
    if execution.is_over:
        await _after_end(ctx, tx, started)
        told.append(started)
    await _tell_bus(ctx, tx, told)
    return started


async def _keep_definition(ctx: Context, tx: Transaction, started: Started) -> str:
    """Definitions stay, also of executions that are forgotten: they are few. On a shared store another node
    may have reset it.
    """
    id, definitions = definition_id(started), ctx.part(Definitions)
    if ctx.store.is_shared or not definitions.is_kept(id):
        await tx.run(SQL["keep_definition"], id=id, text=started.body["definition"])
        tx.after_commit(lambda: definitions.note_kept(id))
    return id


def _ended(started: Started, run: Run) -> Started:
    execution = run.execution
    ending: dict[str, Any] = {}
    if execution.status == "SUCCEEDED":
        ending["output"] = write_text(execution.output)
    for name, text in (("error", execution.error), ("cause", execution.cause)):
        if text is not None:
            ending[name] = text
    state = ""
    if run.unfinished is not None and started.body["type"] == "STANDARD":
        left = replace(execution, frames=run.unfinished.frames, ready=run.unfinished.ready)
        state = write_json(write_execution(left))
    body = {**started.body, **ending}
    return replace(started, status=execution.status, stopped_ms=run.now_ms, body=body, state=state)


async def _carry_out(ctx: Context, tx: Transaction, started: Started, action: Action) -> None:
    if isinstance(action, Forget):
        await work.cancel(tx, TIMER, action.token)
        await work.cancel(tx, TASK, action.token)
        await tx.run(SQL["delete_task"], token=action.token)
    elif isinstance(action, StartTimer):
        payload = {
            "arn": started.arn,
            "frame": action.frame,
            "token": action.token,
            "purpose": action.purpose,
        }
        await work.put(tx, TIMER, payload, scope=started.scope, due_ms=action.due_ms, key=action.token)
    elif isinstance(action, StartMapRun):
        await start_map_run(ctx, tx, started, action)
    elif isinstance(action, FillMapRun):
        await fill_map_run(ctx, tx, started, action)
    elif isinstance(action, RedriveMapRun):
        await redrive_map_run(ctx, tx, started, action)
    elif isinstance(action, StopMapRun):
        await stop_map_run(ctx, tx, started, action.arn)
    else:
        await _start_task(ctx, tx, started, action)


async def _start_task(ctx: Context, tx: Transaction, started: Started, action: StartTask) -> None:
    is_activity = action.resource.kind == "activity"
    if is_activity or action.resource.pattern != "request_response":
        await tx.run(
            SQL["insert_task"],
            token=action.token,
            **scope_key(started.scope),
            arn=started.arn,
            frame=action.frame,
            activity=action.resource.arn if is_activity else "",
            input=write_text(action.parameters),
            heartbeat_s=action.heartbeat_s,
            is_taken=0,
            created_ms=ctx.clock.now_ms(),
        )
        if action.heartbeat_s is not None:
            await plan_heartbeat(ctx, tx, started, action.frame, action.token, action.heartbeat_s)
    if is_activity:
        tx.wake(f"states.activity/{action.resource.arn}")
        return
    payload = {"arn": started.arn, "action": {**asdict(action), "resource": asdict(action.resource)}}
    await work.put(tx, TASK, payload, scope=started.scope, due_ms=ctx.clock.now_ms(), key=action.token)


async def plan_heartbeat(
    ctx: Context, tx: Transaction, started: Started, frame: int, token: str, seconds: int
) -> None:
    """Fail the task unless it is heard of within ``seconds``."""
    payload = {"arn": started.arn, "frame": frame, "token": token, "purpose": "heartbeat"}
    due_ms = ctx.clock.now_ms() + seconds * 1_000
    await work.put(tx, TIMER, payload, scope=started.scope, due_ms=due_ms, key=f"{token}/heartbeat")


async def await_child(ctx: Context, tx: Transaction, child_arn: str, parent: Mapping[str, Any]) -> None:
    """Have the child tell its end to the frame that waits for it, also where it is over already."""
    child = await find_execution(tx, child_arn)
    if child is None:
        return
    child = replace(child, body={**child.body, "parent": dict(parent)})
    values = started_values(child)
    await tx.run(SQL["save_execution"], **{name: values[name] for name in SAVED})
    if child.status != "RUNNING":
        await _tell_parent_later(ctx, tx, child)


async def _tell_parent_later(ctx: Context, tx: Transaction, child: Started) -> None:
    payload = {"parent": child.body["parent"], "child": child.arn}
    await work.put(tx, TASK, payload, scope=child.scope, due_ms=ctx.clock.now_ms())


async def note_task(
    ctx: Context, tx: Transaction, arn: str, frame: int, token: str, event: str, details: Mapping[str, Any]
) -> None:
    """A history event of a task that goes on."""
    await take_further(ctx, tx, arn, lambda run: run.note(frame, token, event, details))


# Work


async def resume(ctx: Context, item: WorkItem) -> None:
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        await take_further(ctx, tx, item.payload["arn"], Run.resume)


async def fire(ctx: Context, item: WorkItem) -> None:
    """A timer has run out."""
    payload = item.payload
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        await take_further(ctx, tx, payload["arn"], lambda run: _fire(run, payload))


def _fire(run: Run, payload: Mapping[str, Any]) -> None:
    purpose = payload["purpose"]
    if purpose == "execution":
        run.stop("TIMED_OUT", None, None)
    elif purpose == "heartbeat":
        run.miss_heartbeat(payload["frame"], payload["token"])
    else:
        run.fire(payload["frame"], payload["token"], purpose)


# What others hear


async def _tell_bus(ctx: Context, tx: Transaction, told: Sequence[Started]) -> None:
    """One execution as it was and is: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    if not told or told[0].body["type"] == "EXPRESS":
        return
    arn = told[0].arn
    # On a store of its own rows are begun in the order they were written; many nodes need to be told.
    order = f"states/{arn}" if ctx.store.is_shared else None
    teller = ctx.acting(scope=told[0].scope)
    kind = "Step Functions Execution Status Change"
    await bus.emit(teller, tx, "states", kind, *map(_status, told), resources=[arn], order=order)


def _status(started: Started) -> dict[str, Any]:
    body = started.body
    detail = {
        "executionArn": started.arn,
        "stateMachineArn": started.machine_arn,
        "name": started.name,
        "status": started.status,
        "startDate": started.started_ms,
        "stopDate": started.stopped_ms,
        "input": body["input"],
        "inputDetails": {"included": True},
        "output": body.get("output"),
        "outputDetails": {"included": True} if "output" in body else None,
        "stateMachineVersionArn": body.get("stateMachineVersionArn"),
        "stateMachineAliasArn": body.get("stateMachineAliasArn"),
        "redriveCount": body.get("redriveCount", 0),
        "redriveDate": body.get("redriveDate"),
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": None,
        "error": body.get("error"),
        "cause": body.get("cause"),
    }
    if started.status in ("RUNNING", "SUCCEEDED"):
        detail["redriveStatusReason"] = f"Execution is {started.status} and cannot be redriven"
    else:
        detail["redriveStatus"] = "REDRIVABLE"
    return detail


async def _after_end(ctx: Context, tx: Transaction, started: Started) -> None:
    """The figures, and the execution that waits for this one."""
    if started.body.get("timeout_s"):
        await work.cancel(tx, TIMER, f"{started.arn}/execution")
    metrics, subject = ctx.part(Metrics), (started.scope, started.machine_arn)
    names = {
        "SUCCEEDED": "ExecutionsSucceeded",
        "FAILED": "ExecutionsFailed",
        "ABORTED": "ExecutionsAborted",
        "TIMED_OUT": "ExecutionsTimedOut",
    }
    metrics.count(subject, names[started.status])
    metrics.count(subject, "ExecutionTime", (started.stopped_ms or 0) - started.started_ms)
    if "parent" in started.body:
        await _tell_parent_later(ctx, tx, started)
    if "map_run" in started.body:
        await end_child(ctx, tx, started)
