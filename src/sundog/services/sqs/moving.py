"""The durable side of a message move task: one bounded step after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from sundog import work
from sundog.context import Context
from sundog.services.sqs.claims import Deliver, decide_group, move, refresh_group
from sundog.services.sqs.loading import SQL, find_queue_by_arn
from sundog.services.sqs.model import Message, Queue
from sundog.services.sqs.move_tasks import RUNNING
from sundog.services.sqs.rows import to_message
from sundog.store import Row, Transaction
from sundog.work import WorkItem

STEP_MESSAGES_MAX = 250
STEPS_PER_SECOND_MAX = 10
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
NO_SOURCE = "CouldNotDetermineMessageSource"


@dataclass(frozen=True, slots=True)
class Step:
    """How many messages one step moves, and how long the next one waits."""

    count: int
    pause_ms: int


def plan_step(rate: int) -> Step:
    """Spread ``rate`` messages a second over up to ten steps; 0 means as fast as possible."""
    if not rate:
        return Step(STEP_MESSAGES_MAX, 0)
    steps = min(rate, STEPS_PER_SECOND_MAX)
    count = rate // steps
    return Step(count, count * 1_000 // rate)


class MoveFailed(Exception):
    """The task can not go on; the argument is its FailureReason."""


async def move_some(ctx: Context, item: WorkItem) -> None:
    """Move some messages of the task, then go on later, or write down how it ended."""
    async with ctx.store.transaction(takes_locks=True) as tx:
        scope = {"account": item.scope.account, "region": item.scope.region}
        task = await tx.one(SQL["move_task"], **scope, task_id=item.payload["task_id"])
        if task is None:
            await work.finish(tx, item)
            return
        step = plan_step(task["rate"])
        status, moved, failure = await _step(ctx, tx, task, step.count)
        moved += task["moved"]
        await tx.run(SQL["set_move_task"], id=task["id"], status=status, moved=moved, failure=failure)
        if status == RUNNING:
            await work.postpone(tx, item, ctx.clock.now_ms() + step.pause_ms)
        else:
            await work.finish(tx, item)


async def _step(ctx: Context, tx: Transaction, task: Row, count: int) -> tuple[str, int, str]:
    """Status, how many messages were moved, and the reason of a failure."""
    if task["status"] != RUNNING:
        return "CANCELLED", 0, ""
    source = await find_queue_by_arn(ctx, tx, task["source_arn"])
    if source is None:
        return "FAILED", 0, NO_QUEUE
    left = task["to_move"] - task["moved"]
    messages = await _movable(tx, source, min(count, left), ctx.clock.now_ms()) if left > 0 else []
    moved = 0
    try:
        if task["destination_arn"]:
            await _destination(ctx, tx, task["destination_arn"])
        for message in messages:
            await _move(ctx, tx, source, message, task["destination_arn"])
            moved += 1
    except MoveFailed as failure:
        return "FAILED", moved, str(failure)
    is_done = not messages or moved >= left
    return ("COMPLETED" if is_done else RUNNING), moved, ""


async def _movable(tx: Transaction, source: Queue, count: int, now_ms: int) -> Sequence[Message]:
    """What a receiver could get now, in order."""
    if not source.is_fifo:
        expired_ms = now_ms - source.retention_ms
        values = {"pile": source.pile, "now_ms": now_ms, "expired_ms": expired_ms, "count": count}
        return [to_message(row) for row in await tx.all(SQL["movable_messages"], **values)]
    messages: list[Message] = []
    for group in await tx.all(SQL["ready_groups"], pile=source.pile, now_ms=now_ms, count=count):
        left = count - len(messages)
        key = {"pile": source.pile, "group_id": group["group_id"]}
        rows = await tx.all(SQL["group_messages"], **key, count=left) if left else []
        plain = replace(source, redrive=None)
        decisions = decide_group(plain, [to_message(row) for row in rows], now_ms)
        messages += [decision.message for decision in decisions if isinstance(decision, Deliver)]
    return messages


async def _move(ctx: Context, tx: Transaction, source: Queue, message: Message, destination_arn: str) -> None:
    """A moved message begins anew: new id, new time, never received.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    """
    system = orjson.loads(message.system)
    came_from = system.pop("DeadLetterQueueSourceArn", "")
    target_arn = destination_arn or came_from
    if not target_arn:
        raise MoveFailed(NO_SOURCE)
    target = await _destination(ctx, tx, target_arn)
    now_ms = ctx.clock.now_ms()
    fresh = replace(
        message,
        message_id=ctx.ids.uuid(),
        system=orjson.dumps(system).decode(),
        sent_ms=now_ms,
        receive_count=0,
        first_receive_ms=None,
    )
    await move(tx, fresh, target, now_ms)
    if source.is_fifo and message.group_id is not None:
        await refresh_group(tx, source.pile, message.group_id)


async def _destination(ctx: Context, tx: Transaction, arn: str) -> Queue:
    queue = await find_queue_by_arn(ctx, tx, arn)
    if queue is None:
        raise MoveFailed(NO_QUEUE)
    return queue
