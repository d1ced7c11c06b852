"""SendMessage and SendMessageBatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.sqs import limits
from sundog.services.sqs.batches import Entry, check_entries, failed_entry, write_outcome
from sundog.services.sqs.counting import Counters
from sundog.services.sqs.errors import BatchRequestTooLong, MissingRequiredParameterException
from sundog.services.sqs.loading import SQL, load_queue, quotas
from sundog.services.sqs.model import NewMessage, Queue, sequence_number
from sundog.services.sqs.rules import (
    attributes_size,
    check_message,
    check_ordering,
    md5_of_attributes,
    write_attributes,
)
from sundog.services.sqs.throttle import Throttle
from sundog.store import Transaction

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message; ``row`` is its id in the store, 0 on standard queues."""

    message_id: str
    row: int = 0


@operation("sqs", "SendMessage")
async def send_message(ctx: Context, request: Request) -> Result:
    """The message is on disk when this answers."""
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction(takes_locks=True) as tx:
        queue = await load_queue(ctx, tx, request)
        message = check_message(queue, request, ctx.trace_header)
        ctx.part(Throttle).check(queue, "SendMessage", message.group_id)
        values = to_values(ctx, queue, message, now_ms)
        if queue.is_fifo:
            sent = await _insert_fifo(tx, queue, message, values, now_ms)
        else:
            await tx.run(SQL["insert_message"], **values)
            sent = Sent(values["message_id"])
        tx.wake(queue.channel)
    ctx.part(Counters).sent(queue, 1, message.size)
    return _describe(message, sent)


@operation("sqs", "SendMessageBatch")
async def send_message_batch(ctx: Context, request: Request) -> Result:
    """All that can be sent is, in one transaction; the rest is told in ``Failed``."""
    now_ms = ctx.clock.now_ms()
    failed: list[dict[str, Any]] = []
    async with ctx.store.transaction(takes_locks=True) as tx:
        queue = await load_queue(ctx, tx, request)
        entries = check_entries(request, "SendMessageBatch")
        _check_batch(ctx, queue, entries)
        messages = _check_messages(ctx, queue, entries, failed)
        sent = await _insert_all(ctx, tx, queue, [message for _, message in messages], now_ms)
        if messages:
            tx.wake(queue.channel)
    ctx.part(Counters).sent(queue, len(messages), sum(message.size for _, message in messages))
    successful = [
        {"Id": entry["Id"], **_describe(message, one)}
        for (entry, message), one in zip(messages, sent, strict=True)
    ]
    return write_outcome(successful, failed)


def to_values(ctx: Context, queue: Queue, message: NewMessage, now_ms: int) -> Values:
    """The row of a new message."""
    delay_ms = queue.delay_ms if message.delay_ms is None else message.delay_ms
    system = {"SenderId": ctx.principal.user_id}
    if message.trace_header:
        system["AWSTraceHeader"] = message.trace_header
    if message.deduplication_id is not None:
        system["MessageDeduplicationId"] = message.deduplication_id
    return {
        "pile": queue.pile,
        "visible_ms": now_ms + delay_ms,
        "sent_ms": now_ms,
        "message_id": ctx.ids.uuid(),
        "body": message.body,
        "body_md5": message.body_md5,
        "attributes": write_attributes(message.attributes),
        "system": orjson.dumps(system).decode(),
        "group_id": message.group_id,
    }


def _check_batch(ctx: Context, queue: Queue, entries: Sequence[Entry]) -> None:
    """What fails the whole batch: its size, and entries that a FIFO queue could not place."""
    total = 0
    for entry in entries:
        body = entry.get("MessageBody")
        if not body:
            raise MissingRequiredParameterException(name="MessageBody")
        total += len(body) if body.isascii() else len(body.encode())
        if entry.get("MessageAttributes"):
            total += attributes_size(entry["MessageAttributes"])
        if queue.is_fifo:
            check_ordering(queue, entry)
    if total > quotas(ctx).batch_bytes_max:
        raise BatchRequestTooLong(limit=quotas(ctx).batch_bytes_max, sent=total)
    if not queue.is_fifo:
        return
    groups = {entry.get("MessageGroupId") for entry in entries}
    for group_id in groups if queue.is_limited_by_group else {None}:
        ctx.part(Throttle).check(queue, "SendMessage", group_id)


def _check_messages(
    ctx: Context, queue: Queue, entries: Sequence[Entry], failed: list[dict[str, Any]]
) -> list[tuple[Entry, NewMessage]]:
    good = []
    for entry in entries:
        try:
            good.append((entry, check_message(queue, entry, ctx.trace_header)))
        except AwsError as error:
            failed.append(failed_entry(entry, error))
    return good


async def _insert_all(
    ctx: Context, tx: Transaction, queue: Queue, messages: Sequence[NewMessage], now_ms: int
) -> list[Sent]:
    rows = [to_values(ctx, queue, message, now_ms) for message in messages]
    if not queue.is_fifo:
        await tx.run_many(SQL["insert_message"], rows)
        return [Sent(values["message_id"]) for values in rows]
    # Group by group, the same order for everybody: two batches never wait for one another in a ring.
    order = sorted(range(len(messages)), key=lambda n: messages[n].group_id or "")
    sent = {n: await _insert_fifo(tx, queue, messages[n], rows[n], now_ms) for n in order}
    return [sent[n] for n in range(len(messages))]


async def _insert_fifo(
    tx: Transaction, queue: Queue, message: NewMessage, values: Values, now_ms: int
) -> Sent:
    """Put the message at the end of its group, unless its deduplication id was sent within five minutes."""
    key = {
        "queue_id": queue.id,
        "scope": message.group_id if queue.deduplicates_by_group(now_ms) else "",
        "deduplication_id": message.deduplication_id,
    }
    is_new = await tx.run(
        SQL["remember_deduplication"],
        **key,
        expires_ms=now_ms + limits.DEDUPLICATION_MS,
        message_id=values["message_id"],
        now_ms=now_ms,
    )
    if not is_new:
        first = await tx.one(SQL["deduplication"], **key)
        assert first is not None
        return Sent(first["message_id"], first["sequence"])
    group = {"pile": queue.pile, "group_id": message.group_id, "visible_ms": values["visible_ms"]}
    await tx.run(SQL["enter_group"], **group)
    row = await tx.one(SQL["insert_fifo_message"], **values)
    assert row is not None
    await tx.run(SQL["set_deduplication_sequence"], **key, sequence=row["id"])
    return Sent(values["message_id"], row["id"])


def _describe(message: NewMessage, sent: Sent) -> dict[str, Any]:
    result = {"MessageId": sent.message_id, "MD5OfMessageBody": message.body_md5}
    if message.attributes:
        result["MD5OfMessageAttributes"] = md5_of_attributes(message.attributes)
    if message.system_attributes:
        result["MD5OfMessageSystemAttributes"] = md5_of_attributes(message.system_attributes)
    if sent.row:
        result["SequenceNumber"] = sequence_number(sent.row)
    return result
