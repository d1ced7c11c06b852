"""The work rows of tasks: call, and tell the execution what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sundog import work
from sundog.context import Context
from sundog.lang.asl import TaskResource
from sundog.services.stepfunctions.calling import Call, call
from sundog.services.stepfunctions.children import describe_child
from sundog.services.stepfunctions.engine.history import named, with_output, write_text
from sundog.services.stepfunctions.loading import find_execution
from sundog.services.stepfunctions.running import await_child, take_further
from sundog.services.stepfunctions.task_error import TaskError
from sundog.store import Transaction
from sundog.work import WorkItem


async def do_task(ctx: Context, item: WorkItem) -> None:
    """One attempt: a task is done at least once, as its call and its result cannot be one step."""
    if "child" in item.payload:
        await _tell_parent(ctx, item)
        return
    arn, action = item.payload["arn"], item.payload["action"]
    resource = TaskResource(**action["resource"])
    asked = Call(resource, action["parameters"], action["role_arn"], arn, action["token"])
    try:
        result = await call(ctx, asked)
    except TaskError as error:
        async with ctx.store.transaction() as tx:
            await work.finish(tx, item)
            await _failed(ctx, tx, arn, action, error)
        return
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        await _done(ctx, tx, arn, action, resource, result)


async def _done(
    ctx: Context, tx: Transaction, arn: str, action: Mapping[str, Any], resource: TaskResource, result: Any
) -> None:
    frame, token = action["frame"], action["token"]
    if resource.pattern == "request_response":
        await take_further(ctx, tx, arn, lambda run: run.finish_task(frame, token, result))
        return
    details = {**named(resource), **with_output(write_text(result))}
    await take_further(ctx, tx, arn, lambda run: run.note(frame, token, "TaskSubmitted", details))
    if resource.pattern.startswith("sync"):
        parent = {"arn": arn, "frame": frame, "token": token, "pattern": resource.pattern}
        await await_child(ctx, tx, result["ExecutionArn"], parent)


async def _failed(
    ctx: Context, tx: Transaction, arn: str, action: Mapping[str, Any], error: TaskError
) -> None:
    frame, token = action["frame"], action["token"]
    await take_further(ctx, tx, arn, lambda run: run.fail_task(frame, token, error.error, error.cause))


async def _tell_parent(ctx: Context, item: WorkItem) -> None:
    """A nested execution is over."""
    parent = item.payload["parent"]
    frame, token = parent["frame"], parent["token"]
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        child = await find_execution(tx, item.payload["child"])
        if child is None:
            return
        shown = describe_child(child, parses_output=parent["pattern"] == "sync:2")
        if child.status == "SUCCEEDED":
            await take_further(ctx, tx, parent["arn"], lambda run: run.finish_task(frame, token, shown))
            return
        cause = orjson.dumps(shown).decode()
        await take_further(
            ctx, tx, parent["arn"], lambda run: run.fail_task(frame, token, "States.TaskFailed", cause)
        )
