"""What workers and callbacks say of a task: done, failed, still at it."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.lang.asl import InvalidJson, parse_json
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.errors import InvalidOutput, InvalidToken, TaskTimedOut
from sundog.services.stepfunctions.loading import find_execution
from sundog.services.stepfunctions.rows import SQL
from sundog.services.stepfunctions.running import plan_heartbeat, take_further
from sundog.store import Row, Transaction

TOKEN_LENGTH = 64


@operation("stepfunctions", "SendTaskSuccess")
async def send_task_success(ctx: Context, request: Request) -> Result:
    output = _output(request["output"])
    async with ctx.store.transaction() as tx:
        task = await _load(tx, request["taskToken"])
        token, frame = task["token"], task["frame"]
        await take_further(ctx, tx, task["arn"], lambda run: run.finish_task(frame, token, output))
    return {}


@operation("stepfunctions", "SendTaskFailure")
async def send_task_failure(ctx: Context, request: Request) -> Result:
    error, cause = request.get("error"), request.get("cause")
    async with ctx.store.transaction() as tx:
        task = await _load(tx, request["taskToken"])
        token, frame = task["token"], task["frame"]
        await take_further(ctx, tx, task["arn"], lambda run: run.fail_task(frame, token, error, cause))
    return {}


@operation("stepfunctions", "SendTaskHeartbeat")
async def send_task_heartbeat(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        task = await _load(tx, request["taskToken"])
        started = await find_execution(tx, task["arn"])
        if started is not None and task["heartbeat_s"] is not None:
            await plan_heartbeat(ctx, tx, started, task["frame"], task["token"], task["heartbeat_s"])
    return {}


async def _load(tx: Transaction, token: str) -> Row:
    if len(token) != TOKEN_LENGTH or any(c not in "0123456789abcdef" for c in token):
        raise InvalidToken(reason="Invalid token")
    task = await tx.one(SQL["task"], token=token)
    if task is None:
        raise TaskTimedOut
    return task


def _output(text: str) -> Any:
    try:
        output = parse_json(text)
    except InvalidJson as error:
        raise InvalidOutput(reason=error.message) from None
    if len(text.encode()) > limits.PAYLOAD_BYTES_MAX:
        raise InvalidOutput(reason="Output is too large")
    return output
