"""RedriveExecution: an execution that has not succeeded goes on from where it failed.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
The map run of a distributed Map goes on too: its children that have not succeeded are redriven or begun
anew. Branches and iterations that had succeeded stay so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.engine.run import EVENTS_MAX
from sundog.services.stepfunctions.engine.times import write_time
from sundog.services.stepfunctions.errors import ExecutionNotRedrivable
from sundog.services.stepfunctions.loading import load_execution
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.names import read_arn
from sundog.services.stepfunctions.running import redrive, run_of
from sundog.store import Transaction

PERIOD_MS: Final = 14 * limits.DAY_MS
REDRIVES_MAX: Final = 1_000
BY_MAP_RUN: Final = "Execution was started by a Map Run and can only be redriven with it"
_OUTCOME: Final = ("output", "error", "cause")


@operation("stepfunctions", "RedriveExecution")
async def redrive_execution(ctx: Context, request: Request) -> Result:
    """The same token again is the same redrive."""
    read_arn(request["executionArn"], "execution", "express")
    token, now_ms = request.get("clientToken"), ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        started = await load_execution(tx, request["executionArn"])
        if token is not None and started.body.get("redriveToken") == token:
            return {"redriveDate": started.body["redriveDate"]}
        reason = BY_MAP_RUN if "map_run" in started.body else why_not(started, now_ms)
        if reason is not None:
            raise ExecutionNotRedrivable(reason=reason)
        if run_of(ctx, started).execution.next_event > EVENTS_MAX:
            raise ExecutionNotRedrivable(reason="Execution event history count has reached its limit")
        await go_on(ctx, tx, started, token)
    return {"redriveDate": now_ms}


async def go_on(ctx: Context, tx: Transaction, started: Started, token: str | None = None) -> None:
    """Redrive what may be."""
    run, now_ms = run_of(ctx, started), ctx.clock.now_ms()
    count = started.body.get("redriveCount", 0) + 1
    facts = run.execution.facts
    times = {"RedriveCount": count, "RedriveTime": write_time(now_ms)}
    run.execution.facts = {**facts, "Execution": {**facts["Execution"], **times}}
    body = {name: value for name, value in started.body.items() if name not in _OUTCOME}
    body |= {"redriveCount": count, "redriveDate": now_ms, "redriveToken": token}
    started = replace(started, status="RUNNING", stopped_ms=None, body=body)
    await redrive(ctx, tx, started, run)


def why_not(started: Started, now_ms: int) -> str | None:
    """The reason why an execution cannot be redriven; None where it can."""
    if started.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {started.status} and cannot be redriven"
    if not started.state:
        return "Execution cannot be redriven"
    if now_ms - (started.stopped_ms or now_ms) > PERIOD_MS:
        return "Execution redrivable period exceeded"
    if started.body.get("redriveCount", 0) >= REDRIVES_MAX:
        return "Execution redrive limit exceeded"
    return None


def redrivable(started: Started) -> str:
    """What ``redriveStatus`` says of an execution that may be redriven."""
    return "REDRIVABLE_BY_MAP_RUN" if "map_run" in started.body else "REDRIVABLE"


def describe_redriving(started: Started, now_ms: int) -> dict[str, Any]:
    """What DescribeExecution says of redrives."""
    shown: dict[str, Any] = {"redriveCount": started.body.get("redriveCount", 0)}
    if "redriveDate" in started.body:
        shown["redriveDate"] = started.body["redriveDate"]
    reason = why_not(started, now_ms)
    if reason is None:
        return {**shown, "redriveStatus": redrivable(started)}
    return {**shown, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
