"""Receive attempts: a FIFO receive repeated with the same id gets the same messages and handles again.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sundog.context import Context
from sundog.services.sqs import limits
from sundog.services.sqs.claims import refresh_group
from sundog.services.sqs.errors import invalid
from sundog.services.sqs.loading import SQL
from sundog.services.sqs.model import Message, Queue
from sundog.services.sqs.rows import to_message
from sundog.services.sqs.rules import WRONG_TYPE, check_id
from sundog.store import Transaction

NAME = "ReceiveRequestAttemptId"


async def repeat(
    ctx: Context, tx: Transaction, queue: Queue, attempt_id: str, visibility_ms: int
) -> list[Message]:
    """The messages of the first attempt, hidden anew; none when one of them was touched since."""
    if not queue.is_fifo:
        raise invalid(attempt_id, NAME, WRONG_TYPE)
    check_id(attempt_id, NAME)
    now_ms = ctx.clock.now_ms()
    row = await tx.one(SQL["attempt"], queue_id=queue.id, attempt_id=attempt_id, now_ms=now_ms)
    if row is None:
        return []
    messages = []
    for message_row, receive_count, hidden_ms in orjson.loads(row["claims"]):
        found = await tx.one(SQL["message"], id=message_row)
        message = to_message(found) if found is not None and found["pile"] == queue.pile else None
        is_untouched = message is not None and message.receive_count == receive_count
        if message is None or not is_untouched or message.visible_ms != hidden_ms or hidden_ms <= now_ms:
            return []
        messages.append(message)
    return await _hide_again(ctx, tx, queue, attempt_id, messages, visibility_ms)


async def remember(
    ctx: Context, tx: Transaction, queue: Queue, attempt_id: str, messages: Sequence[Message]
) -> None:
    claims = [(message.id, message.receive_count, message.visible_ms) for message in messages]
    await tx.run(
        SQL["remember_attempt"],
        queue_id=queue.id,
        attempt_id=attempt_id,
        expires_ms=ctx.clock.now_ms() + limits.DEDUPLICATION_MS,
        claims=orjson.dumps(claims).decode(),
    )


async def _hide_again(
    ctx: Context,
    tx: Transaction,
    queue: Queue,
    attempt_id: str,
    messages: Sequence[Message],
    visibility_ms: int,
) -> list[Message]:
    hidden_ms = ctx.clock.now_ms() + visibility_ms
    hidden = []
    for message in messages:
        await tx.run(SQL["set_visible"], id=message.id, visible_ms=hidden_ms)
        row = await tx.one(SQL["message"], id=message.id)
        assert row is not None
        hidden.append(to_message(row))
    for group_id in sorted({message.group_id or "" for message in messages}):
        await refresh_group(tx, queue.pile, group_id)
    await remember(ctx, tx, queue, attempt_id, hidden)
    return hidden
