"""Message move tasks: dead letters go back to where they came from, or elsewhere, at a chosen pace.

A task is a row; durable work moves some messages at a time until none is left.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from sundog import work
from sundog.context import Context, Request, Result, operation
from sundog.services.sqs import limits
from sundog.services.sqs.counting import Depths
from sundog.services.sqs.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
    UnsupportedOperation,
    invalid,
)
from sundog.services.sqs.loading import SQL, find_queue_by_arn
from sundog.services.sqs.model import Queue
from sundog.services.sqs.rules import check_range, require
from sundog.store import Row, Transaction

MOVE = "sqs.move"
RUNNING, CANCELLING = "RUNNING", "CANCELLING"
ALREADY_RUNNING = (
    "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
)


@operation("sqs", "StartMessageMoveTask")
async def start_message_move_task(ctx: Context, request: Request) -> Result:
    """The messages that can be received now are moved after this has answered."""
    require(request, "SourceArn")
    source_arn, destination_arn = request["SourceArn"], request.get("DestinationArn") or ""
    rate = request.get("MaxNumberOfMessagesPerSecond")
    maximum = limits.MOVE_RATE_MAX
    reason = f"You must enter a value between 1 and {maximum}."
    check_range(rate, "MaxNumberOfMessagesPerSecond", 1, maximum, reason)
    async with ctx.store.transaction() as tx:
        source = await _load(ctx, tx, source_arn, "SourceArn")
        if not await tx.all(SQL["dead_letter_sources"], arn=source.arn, after="", count=1):
            raise InvalidParameterValueException("Source queue must be configured as a Dead Letter Queue.")
        if destination_arn:
            destination = await _load(ctx, tx, destination_arn, "DestinationArn")
            _check_destination(source, destination)
        if await tx.one(SQL["running_move_task"], **_key(source)) is not None:
            raise InvalidParameterValueException(ALREADY_RUNNING)
        task_id = ctx.ids.uuid()
        await _insert(ctx, tx, source, task_id, destination_arn, rate or 0)
    return {"TaskHandle": write_handle(task_id, source.arn)}


@operation("sqs", "CancelMessageMoveTask")
async def cancel_message_move_task(ctx: Context, request: Request) -> Result:
    """What was moved stays moved."""
    require(request, "TaskHandle")
    task_id, source_arn = parse_handle(request["TaskHandle"])
    async with ctx.store.transaction() as tx:
        source = await _load(ctx, tx, source_arn, "SourceArn")
        task = await tx.one(SQL["move_task"], **_scope(source), task_id=task_id)
        if task is None:
            raise ResourceNotFoundException("Task does not exist.")
        if task["status"] != RUNNING:
            raise UnsupportedOperation("Only active tasks can be cancelled.")
        await _set(tx, task, CANCELLING)
    return {"ApproximateNumberOfMessagesMoved": task["moved"]}


@operation("sqs", "ListMessageMoveTasks")
async def list_message_move_tasks(ctx: Context, request: Request) -> Result:
    """The newest tasks of a source queue, newest first; one unless more are asked for."""
    require(request, "SourceArn")
    count, maximum = request.get("MaxResults"), limits.MOVE_TASKS_LISTED_MAX
    check_range(count, "MaxResults", 1, maximum, f"Value for parameter MaxResults must be 1 to {maximum}.")
    async with ctx.store.transaction() as tx:
        source = await _load(ctx, tx, request["SourceArn"], "SourceArn")
        rows = await tx.all(SQL["move_tasks"], **_key(source), count=count or 1)
    return {"Results": [_describe(row) for row in rows]} if rows else {}


def write_handle(task_id: str, source_arn: str) -> str:
    return base64.b64encode(orjson.dumps({"taskId": task_id, "sourceArn": source_arn})).decode()


def parse_handle(handle: str) -> tuple[str, str]:
    """Task id and source ARN. Raises `InvalidParameterValueException`."""
    try:
        members = orjson.loads(base64.b64decode(handle, validate=True))
        return str(members["taskId"]), str(members["sourceArn"])
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise InvalidParameterValueException("Value for parameter TaskHandle is invalid.") from None


def _check_destination(source: Queue, destination: Queue) -> None:
    if source.id == destination.id:
        raise invalid(destination.arn, "DestinationArn", "Source and destination queue can not be the same.")
    if source.is_fifo != destination.is_fifo:
        reason = "Source and destination queue must be of the same type."
        raise invalid(destination.arn, "DestinationArn", reason)


async def _load(ctx: Context, tx: Transaction, arn: str, parameter: str) -> Queue:
    queue = await find_queue_by_arn(ctx, tx, arn)
    if queue is None:
        raise ResourceNotFoundException(name=parameter)
    return queue


async def _insert(
    ctx: Context, tx: Transaction, source: Queue, task_id: str, destination_arn: str, rate: int
) -> None:
    now_ms = ctx.clock.now_ms()
    depth = await ctx.part(Depths).count(tx, source)
    await tx.run(
        SQL["insert_move_task"],
        **_key(source),
        task_id=task_id,
        destination_arn=destination_arn,
        rate=rate,
        to_move=depth.visible,
        now_ms=now_ms,
    )
    await tx.run(SQL["trim_move_tasks"], **_key(source), count=limits.MOVE_TASKS_KEPT_MAX)
    await work.put(tx, MOVE, {"task_id": task_id}, scope=source.scope, due_ms=now_ms)


async def _set(tx: Transaction, task: Row, status: str) -> None:
    await tx.run(
        SQL["set_move_task"], id=task["id"], status=status, moved=task["moved"], failure=task["failure"]
    )


def _describe(row: Row) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Status": row["status"],
        "SourceArn": row["source_arn"],
        "ApproximateNumberOfMessagesMoved": row["moved"],
        "ApproximateNumberOfMessagesToMove": row["to_move"],
        "StartedTimestamp": row["started_ms"],
    }
    if row["status"] == RUNNING:
        result["TaskHandle"] = write_handle(row["task_id"], row["source_arn"])
    if row["destination_arn"]:
        result["DestinationArn"] = row["destination_arn"]
    if row["rate"]:
        result["MaxNumberOfMessagesPerSecond"] = row["rate"]
    if row["failure"]:
        result["FailureReason"] = row["failure"]
    return result


def _scope(queue: Queue) -> dict[str, str]:
    return {"account": queue.scope.account, "region": queue.scope.region}


def _key(queue: Queue) -> dict[str, str]:
    return {**_scope(queue), "source_arn": queue.arn}
