"""Express executions whose caller waits: run in memory, from the first state to the last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sundog.context import Context
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.calling import Call, call
from sundog.services.stepfunctions.engine.actions import Action, StartTask, StartTimer
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.logging import keep_events
from sundog.services.stepfunctions.metrics import Metrics
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.task_error import TaskError

Answer = Callable[[], None]
"""Tells the run what came of an action."""


async def run_express(ctx: Context, started: Started, run: Run) -> None:
    """Take the run to its end: five minutes at most."""
    deadline_ms = started.started_ms + limits.EXPRESS_MS_MAX
    timeout_s = started.body.get("timeout_s")
    if timeout_s:
        deadline_ms = min(deadline_ms, started.started_ms + timeout_s * 1_000)
    pending: set[asyncio.Task[Answer]] = set()
    over = asyncio.ensure_future(_at(ctx, deadline_ms, lambda: run.stop("TIMED_OUT", "States.Timeout", None)))
    try:
        run.begin()
        while not run.execution.is_over:
            pending |= {asyncio.ensure_future(_carry_out(ctx, started, run, a)) for a in _wanted(run)}
            if run.execution.ready:
                run.resume()
                continue
            done, _ = await asyncio.wait({*pending, over}, return_when=asyncio.FIRST_COMPLETED)
            pending -= done
            run.now_ms = ctx.clock.now_ms()
            for each in done:
                each.result()()
    finally:
        for each in (*pending, over):
            each.cancel()
    run.now_ms = ctx.clock.now_ms()
    _count(ctx, started, run)
    await keep_events(ctx, started, run.events)


def _wanted(run: Run) -> list[Action]:
    actions, run.actions = run.actions, []
    return [action for action in actions if isinstance(action, StartTask | StartTimer)]


def _carry_out(ctx: Context, started: Started, run: Run, action: Action) -> Coroutine[Any, Any, Answer]:
    if isinstance(action, StartTimer):
        return _at(ctx, action.due_ms, lambda: run.fire(action.frame, action.token, action.purpose))
    assert isinstance(action, StartTask)
    return _do(ctx, started, run, action)


async def _at(ctx: Context, due_ms: int, answer: Answer) -> Answer:
    await ctx.clock.sleep_until(due_ms)
    return answer


async def _do(ctx: Context, started: Started, run: Run, action: StartTask) -> Answer:
    asked = Call(action.resource, action.parameters, action.role_arn, started.arn)
    try:
        result = await call(ctx, asked)
    except TaskError as failed:
        error, cause = failed.error, failed.cause
        return lambda: run.fail_task(action.frame, action.token, error, cause)
    return lambda: run.finish_task(action.frame, action.token, result)


def _count(ctx: Context, started: Started, run: Run) -> None:
    metrics, subject = ctx.part(Metrics), (started.scope, started.machine_arn)
    metrics.count(subject, "ExecutionsStarted")
    names = {"SUCCEEDED": "ExecutionsSucceeded", "TIMED_OUT": "ExecutionsTimedOut"}
    metrics.count(subject, names.get(run.execution.status, "ExecutionsFailed"))
    metrics.count(subject, "ExecutionTime", run.now_ms - started.started_ms)
