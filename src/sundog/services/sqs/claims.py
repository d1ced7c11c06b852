"""Claiming messages: who receives takes them out of sight, dead letters go their way, expired ones vanish.

Everything here happens in the transaction of one receive, so a message is always in exactly one queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import orjson

from sundog.context import Context
from sundog.services.sqs.limits import CLAIM_ROUNDS_MAX
from sundog.services.sqs.loading import SQL, find_queue_by_arn
from sundog.services.sqs.model import Message, Queue
from sundog.services.sqs.rows import to_message
from sundog.store import Transaction


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand the message out; ``receive_count`` includes this receive."""

    message: Message


@dataclass(frozen=True, slots=True)
class Bury:
    """Move the message to the dead-letter queue: it was received often enough without being deleted."""

    message: Message


@dataclass(frozen=True, slots=True)
class Expire:
    """Drop the message: it is older than the queue keeps messages."""

    message: Message


Decision = Deliver | Bury | Expire


def decide(queue: Queue, messages: Iterable[Message], now_ms: int) -> list[Decision]:
    """What happens to each of these messages, all of which could be received, if they were."""
    oldest_ms = now_ms - queue.retention_ms
    decisions: list[Decision] = []
    for message in messages:
        if message.sent_ms <= oldest_ms:
            decisions.append(Expire(message))
        elif queue.redrive is not None and message.receive_count >= queue.redrive.receive_count_max:
            decisions.append(Bury(message))
        else:
            decisions.append(Deliver(message))
    return decisions


def decide_group(queue: Queue, messages: Sequence[Message], now_ms: int) -> list[Decision]:
    """The same for the messages of a FIFO group: up to the first one that cannot be received yet."""
    decisions: list[Decision] = []
    for message in messages:
        if message.visible_ms > now_ms and message.sent_ms > now_ms - queue.retention_ms:
            break
        decisions += decide(queue, [message], now_ms)
    return decisions


async def claim(ctx: Context, tx: Transaction, queue: Queue, count: int, visibility_ms: int) -> list[Message]:
    """Up to ``count`` messages, out of sight for ``visibility_ms``; their counts include this receive."""
    now_ms = ctx.clock.now_ms()
    hidden_ms = now_ms + visibility_ms
    step = _claim_fifo if queue.is_fifo else _claim_standard
    for _ in range(CLAIM_ROUNDS_MAX):
        claimed, moved = await step(ctx, tx, queue, count, now_ms, hidden_ms)
        if claimed or not moved:
            return claimed
    return []


async def _claim_standard(
    ctx: Context, tx: Transaction, queue: Queue, count: int, now_ms: int, hidden_ms: int
) -> tuple[list[Message], bool]:
    """One statement takes the oldest; what should have been a dead letter is moved on at once."""
    rows = await tx.all(
        SQL["claim_messages"],
        pile=queue.pile,
        now_ms=now_ms,
        hidden_ms=hidden_ms,
        expired_ms=now_ms - queue.retention_ms,
        count=count,
    )
    claimed, moved = [], False
    for message in sorted(map(to_message, rows), key=lambda m: m.id):
        if queue.redrive is not None and message.receive_count > queue.redrive.receive_count_max:
            moved = await bury(ctx, tx, queue, message, message.receive_count - 1, now_ms)
            if moved:
                continue
        claimed.append(message)
    return claimed, moved


async def _claim_fifo(
    ctx: Context, tx: Transaction, queue: Queue, count: int, now_ms: int, hidden_ms: int
) -> tuple[list[Message], bool]:
    """Groups whose first message can be received, the longest waiting first; of each as many as possible."""
    groups = await tx.all(SQL["ready_groups"], pile=queue.pile, now_ms=now_ms, count=count)
    claimed: list[Message] = []
    moved = False
    for group in groups:
        if len(claimed) >= count:
            break
        group_id = group["group_id"]
        rows = await tx.all(
            SQL["group_messages"], pile=queue.pile, group_id=group_id, count=count - len(claimed)
        )
        decisions = decide_group(queue, [to_message(row) for row in rows], now_ms)
        for decision in decisions:
            if await _perform(ctx, tx, queue, decision, now_ms, hidden_ms):
                claimed.append(received(decision.message, now_ms, hidden_ms))
            else:
                moved = True
        await refresh_group(tx, queue.pile, group_id)
        moved = moved or not decisions
    return claimed, moved


async def _perform(
    ctx: Context, tx: Transaction, queue: Queue, decision: Decision, now_ms: int, hidden_ms: int
) -> bool:
    """Whether the message of ``decision`` is handed out."""
    message = decision.message
    match decision:
        case Expire():
            await tx.run(SQL["forget_message"], id=message.id)
            return False
        case Bury() if await bury(ctx, tx, queue, message, message.receive_count, now_ms):
            return False
    await tx.run(SQL["claim_message"], id=message.id, hidden_ms=hidden_ms, now_ms=now_ms)
    return True


def received(message: Message, now_ms: int, hidden_ms: int) -> Message:
    """The message as this receive leaves it."""
    return replace(
        message,
        visible_ms=hidden_ms,
        receive_count=message.receive_count + 1,
        first_receive_ms=now_ms if message.first_receive_ms is None else message.first_receive_ms,
    )


async def refresh_group(tx: Transaction, pile: int, group_id: str) -> None:
    """Note when the group's first message can be received; forget an empty group."""
    await tx.run(SQL["leave_group"], pile=pile, group_id=group_id)
    await tx.run(SQL["refresh_group"], pile=pile, group_id=group_id)


async def bury(
    ctx: Context, tx: Transaction, queue: Queue, message: Message, receive_count: int, now_ms: int
) -> bool:
    """Move a message to the dead-letter queue; False when that queue is gone: then it stays.

    On a standard queue it keeps the time it was sent, so it expires as if it had stayed; on a FIFO queue
    that time starts anew.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    assert queue.redrive is not None
    target = await find_queue_by_arn(ctx, tx, queue.redrive.dead_letter_arn)
    if target is None or target.is_fifo != queue.is_fifo:
        return False
    moved = replace(
        message,
        system=orjson.dumps({**orjson.loads(message.system), "DeadLetterQueueSourceArn": queue.arn}).decode(),
        sent_ms=now_ms if target.is_fifo else message.sent_ms,
        receive_count=receive_count,
    )
    await move(tx, moved, target, now_ms)
    return True


async def move(tx: Transaction, message: Message, target: Queue, now_ms: int) -> None:
    """Put ``message``, as it is now, into ``target``, to be received at once; take the row it was out."""
    group_id = message.group_id if target.is_fifo else None
    if group_id is not None:
        await tx.run(SQL["enter_group"], pile=target.pile, group_id=group_id, visible_ms=now_ms)
    await tx.run(
        SQL["move_message"],
        id=message.id,
        pile=target.pile,
        visible_ms=now_ms,
        sent_ms=message.sent_ms,
        message_id=message.message_id,
        system=message.system,
        fifo_group=group_id,
        receive_count=message.receive_count,
        first_receive_ms=message.first_receive_ms,
    )
    await tx.run(SQL["forget_message"], id=message.id)
    tx.wake(target.channel)
