"""ReceiveMessage, with short and long polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.sqs import attempts, limits
from sundog.services.sqs.claims import claim
from sundog.services.sqs.counting import Counters
from sundog.services.sqs.errors import InvalidAttributeName
from sundog.services.sqs.in_flight import InFlight
from sundog.services.sqs.loading import SQL, load_queue
from sundog.services.sqs.model import Message, Queue, Receipt, sequence_number
from sundog.services.sqs.receipts import write_receipt
from sundog.services.sqs.rules import (
    check_range,
    md5_of_attributes,
    parse_attribute_filter,
    read_attributes,
)
from sundog.services.sqs.throttle import Throttle
from sundog.store import Subscription

SYSTEM_ATTRIBUTES = frozenset(
    {
        "AWSTraceHeader",
        "All",
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "DeadLetterQueueSourceArn",
        "MessageDeduplicationId",
        "MessageGroupId",
        "SenderId",
        "SentTimestamp",
        "SequenceNumber",
    }
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a receiver wants; None where the queue decides."""

    count: int
    visibility_ms: int | None
    wait_ms: int | None
    attempt_id: str | None
    system_names: frozenset[str]
    wants_attribute: Callable[[str], bool] | None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look into the queue found; ``due_ms`` is when a hidden message appears next."""

    queue: Queue
    messages: Sequence[Message]
    due_ms: int | None


@operation("sqs", "ReceiveMessage")
async def receive_message(ctx: Context, request: Request) -> Result:
    """Up to ten messages, hidden from others from now on; waits for the first one if asked to."""
    ask = parse_ask(request)
    look = await _look(ctx, request, ask)
    ctx.part(Throttle).check(look.queue, "ReceiveMessage")
    wait_ms = look.queue.wait_ms if ask.wait_ms is None else ask.wait_ms
    if not look.messages and wait_ms:
        look = await _wait(ctx, request, ask, look, wait_ms)
    ctx.part(Counters).received(look.queue, len(look.messages))
    if not look.messages:
        return {}
    return {"Messages": [describe(look.queue, message, ask) for message in look.messages]}


def parse_ask(request: Request) -> Ask:
    wait_s, visibility_s = request.get("WaitTimeSeconds"), request.get("VisibilityTimeout")
    count = request.get("MaxNumberOfMessages")
    check_range(count, "MaxNumberOfMessages", 1, 10, "Must be between 1 and 10, if provided.")
    _check_seconds(wait_s, "WaitTimeSeconds", limits.WAIT_S_MAX)
    _check_seconds(visibility_s, "VisibilityTimeout", limits.VISIBILITY_S_MAX)
    names = frozenset(request.get("AttributeNames") or ()) | frozenset(
        request.get("MessageSystemAttributeNames") or ()
    )
    for name in names - SYSTEM_ATTRIBUTES:
        raise InvalidAttributeName(name=name)
    return Ask(
        1 if count is None else count,
        None if visibility_s is None else visibility_s * 1_000,
        None if wait_s is None else wait_s * 1_000,
        request.get("ReceiveRequestAttemptId"),
        SYSTEM_ATTRIBUTES if "All" in names else names,
        parse_attribute_filter(request.get("MessageAttributeNames") or []),
    )


def _check_seconds(value: int | None, name: str, maximum: int) -> None:
    check_range(value, name, 0, maximum, f"Must be >= 0 and <= {maximum}, if provided.")


async def _look(ctx: Context, request: Request, ask: Ask) -> Look:
    """One transaction: claim what can be received; if nothing can, find out when something will."""
    in_flight = ctx.part(InFlight)
    async with ctx.store.transaction(takes_locks=True) as tx:
        queue = await load_queue(ctx, tx, request)
        visibility_ms = queue.visibility_ms if ask.visibility_ms is None else ask.visibility_ms
        if ask.attempt_id is not None:
            again = await attempts.repeat(ctx, tx, queue, ask.attempt_id, visibility_ms)
            if again:
                return Look(queue, again, None)
        count = await in_flight.allowance(tx, queue, ask.count)
        messages = await claim(ctx, tx, queue, count, visibility_ms) if count else []
        if messages and ask.attempt_id is not None:
            await attempts.remember(ctx, tx, queue, ask.attempt_id, messages)
        due_ms = None
        if not messages:
            statement = SQL["next_group_visible" if queue.is_fifo else "next_visible"]
            row = await tx.one(statement, pile=queue.pile, now_ms=ctx.clock.now_ms())
            due_ms = row["visible_ms"] if row else None
    in_flight.handed_out(queue, len(messages))
    if not count and not queue.is_fifo and not ask.wait_ms:
        raise in_flight.over_limit()
    return Look(queue, messages, due_ms)


async def _wait(ctx: Context, request: Request, ask: Ask, look: Look, wait_ms: int) -> Look:
    """Look whenever something may have changed, until there is a message or the time is over.

    The time is over too when that much real time has passed, whatever the clock does, so that no client
    is stuck before a frozen clock.
    """
    deadline_ms = ctx.clock.now_ms() + wait_ms
    wall_deadline_ms = ctx.clock.wall_ms() + wait_ms
    async with ctx.store.subscribe(look.queue.channel) as subscription:
        look = await _look(ctx, request, ask)
        while not look.messages and ctx.clock.now_ms() < deadline_ms:
            due_ms = min(deadline_ms, look.due_ms or deadline_ms)
            # A service polls on: whatever will appear is work for it, also beyond this one poll.
            is_service = ctx.principal.kind == "service"
            is_work = due_ms < deadline_ms or (look.due_ms is not None and is_service)
            # Its poll of a queue in which nothing will appear by itself may end late: a day of them is free.
            may_be_late = _always if is_service and look.due_ms is None else None
            is_over = not await _pause(ctx, subscription, due_ms, is_work, wall_deadline_ms, may_be_late)
            if is_over or not ctx.is_connected():
                return replace(look, messages=())
            look = await _look(ctx, request, ask)
    return look


def _always() -> bool:
    return True


async def _pause(
    ctx: Context,
    subscription: Subscription,
    due_ms: int,
    is_work: bool,
    wall_deadline_ms: int,
    may_be_late: Callable[[], bool] | None,
) -> bool:
    """Wait for a wake or for ``due_ms``; False when the client's real time is over first."""
    wall_s = (wall_deadline_ms - ctx.clock.wall_ms()) / 1_000
    if wall_s <= 0:
        return False
    waiting = asyncio.ensure_future(subscription.wait(due_ms, is_work=is_work, may_be_late=may_be_late))
    ending = asyncio.ensure_future(ctx.clock.sleep_wall(wall_s))
    try:
        await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
        return waiting.done()
    finally:
        for task in (waiting, ending):
            task.cancel()
        await asyncio.gather(waiting, ending, return_exceptions=True)


def describe(queue: Queue, message: Message, ask: Ask) -> dict[str, Any]:
    """A message as its receiver sees it."""
    receipt = Receipt(queue.id, message.id, message.message_id, message.receive_count)
    result: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": write_receipt(receipt, queue.secret),
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    if ask.system_names:
        have = system_attributes(queue, message)
        wanted = {name: value for name, value in have.items() if name in ask.system_names}
        if wanted:
            result["Attributes"] = wanted
    if message.attributes is not None and ask.wants_attribute is not None:
        attributes = read_attributes(message.attributes)
        chosen = {name: value for name, value in attributes.items() if ask.wants_attribute(name)}
        if chosen:
            result["MessageAttributes"] = chosen
            result["MD5OfMessageAttributes"] = md5_of_attributes(chosen)
    return result


def system_attributes(queue: Queue, message: Message) -> dict[str, str]:
    have: dict[str, str] = orjson.loads(message.system)
    have["SentTimestamp"] = str(message.sent_ms)
    have["ApproximateReceiveCount"] = str(message.receive_count)
    have["ApproximateFirstReceiveTimestamp"] = str(message.first_receive_ms)
    if message.group_id is not None:
        have["MessageGroupId"] = message.group_id
    if queue.is_fifo:
        have["SequenceNumber"] = sequence_number(message.id)
    return have
