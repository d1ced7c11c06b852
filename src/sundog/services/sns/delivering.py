"""Durable deliveries: rows written with the message, tried until they arrive or the retries are used up.

What was sent is recorded in transactions that take locks: one that had to be run again would send again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from sundog import bus, work
from sundog.arn import Arn
from sundog.context import Context
from sundog.services.sns.delivery_policy import AWS_ENDPOINT, OUTER_ENDPOINT, RetryPhases, http_policy
from sundog.services.sns.directory import Directory
from sundog.services.sns.feedback import report
from sundog.services.sns.lanes import Lanes
from sundog.services.sns.letters import DeliveryFailed, Letter, Receipt
from sundog.services.sns.metrics import Metrics
from sundog.services.sns.model import Message, Subscription, Topic, read_message, read_subscription
from sundog.services.sns.senders import SENDERS, to_queue
from sundog.services.sns.subscription_attributes import redrive_target
from sundog.store import Transaction
from sundog.work import WorkItem

DELIVER: Final = "sns.deliver"
"""To queues, functions, mailboxes, telephones: one row for all takers of a message."""

ORDERED: Final = "sns.deliver.ordered"
"""From FIFO topics: one row a taker, the rows of one group one after another."""

HTTP: Final = "sns.deliver.http"
"""One row a taker, so that a slow one holds nobody else up."""


async def send_out(
    ctx: Context, tx: Transaction, topic: Topic, message: Message, takers: list[Subscription]
) -> None:
    """Write the rows that bring the message to its takers."""
    outer = [one for one in takers if one.protocol in ("http", "https")]
    inner = [one for one in takers if one.protocol not in ("http", "https")]
    for one in outer:
        await put_delivery(ctx, tx, HTTP, topic, message, [one])
    if topic.is_fifo:
        for one in inner:
            await put_delivery(ctx, tx, ORDERED, topic, message, [one], order=f"{one.arn}/{message.group}")
    elif inner:
        await put_delivery(ctx, tx, DELIVER, topic, message, inner)


async def put_delivery(
    ctx: Context,
    tx: Transaction,
    kind: str,
    topic: Topic,
    message: Message | None,
    takers: list[Subscription],
    *,
    attempt: int = 1,
    due_ms: int | None = None,
    order: str | None = None,
    is_farewell: bool = False,
    id: str = "",
) -> None:
    """``message`` None asks the taker to confirm, or says farewell to one that is no longer stored.

    What is sent then keeps its ``id`` from attempt to attempt, as a message does.
    """
    payload: dict[str, Any] = {
        "topic": topic.name,
        "message": message,
        "to": [one.id for one in takers],
        "attempt": attempt,
    }
    if message is None:
        payload["id"] = id or ctx.ids.uuid()
    if is_farewell:
        payload["ended"] = asdict(takers[0])
    due_ms = ctx.clock.now_ms() if due_ms is None else due_ms
    await work.put(tx, kind, payload, scope=topic.scope, due_ms=due_ms, order=order)


async def deliver(ctx: Context, item: WorkItem) -> None:
    """One attempt at every taker of the row; those that fail get rows of their own."""
    attempt = item.payload["attempt"]
    tries = await asyncio.gather(*(_try(ctx, letter, attempt) for letter in await _letters(ctx, item)))
    async with ctx.store.transaction(takes_locks=True) as tx:
        for one in tries:
            await report(ctx, tx, one.letter, one.outcome, attempt)
            if one.due_ms is not None:
                letter = one.letter
                await put_delivery(
                    ctx,
                    tx,
                    item.kind,
                    letter.topic,
                    letter.message,
                    [letter.subscription],
                    attempt=attempt + 1,
                    due_ms=one.due_ms,
                    is_farewell=letter.is_farewell,
                    id=letter.delivery_id,
                )
        await work.finish(tx, item)


async def deliver_in_order(ctx: Context, item: WorkItem) -> None:
    """The messages behind a delivery that fails wait until it arrives or is given up."""
    attempt = item.payload["attempt"]
    for letter in await _letters(ctx, item):
        one = await _try(ctx, letter, attempt)
        async with ctx.store.transaction(takes_locks=True) as tx:
            await report(ctx, tx, letter, one.outcome, attempt)
            if one.due_ms is None:
                await work.finish(tx, item)
            else:
                await work.postpone(tx, item, one.due_ms, {**item.payload, "attempt": attempt + 1})


async def deliver_over_http(ctx: Context, item: WorkItem) -> None:
    """As any other, but only so many at once, and in a second, to one subscriber."""
    lanes, id = ctx.part(Lanes), item.payload["to"][0]
    wait_ms = lanes.enter(id, await _rate(ctx, item), ctx.clock.now_ms())
    if wait_ms is not None:
        async with ctx.store.transaction(takes_locks=True) as tx:
            await work.postpone(tx, item, ctx.clock.now_ms() + wait_ms)
        return
    try:
        await deliver(ctx, item)
    finally:
        lanes.leave(id)


async def _rate(ctx: Context, item: WorkItem) -> int | None:
    """How many deliveries a second the subscriber's throttle policy allows."""
    for letter in await _letters(ctx, item):
        own = letter.subscription.attributes.get("DeliveryPolicy")
        return http_policy(letter.topic.attributes.get("DeliveryPolicy"), own).per_second_max
    return None


async def _letters(ctx: Context, item: WorkItem) -> list[Letter]:
    """Whom the row is for. Who has unsubscribed since gets nothing."""
    payload: Mapping[str, Any] = item.payload
    arn = Arn.of("sns", item.scope, payload["topic"])
    view = await ctx.part(Directory).find(arn)
    if view is None:
        return []
    if "ended" in payload:
        ended = read_subscription(payload["ended"])
        return [Letter(view.topic, ended, None, payload["id"], is_farewell=True)]
    message = read_message(payload["message"]) if payload["message"] else None
    found = [view.by_id[id] for id in payload["to"] if id in view.by_id]
    return [Letter(view.topic, one, message, payload.get("id", "")) for one in found]


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: what came of it, and when the next is due (None: it arrived or is given up)."""

    letter: Letter
    outcome: Receipt | DeliveryFailed
    due_ms: int | None = None


async def _try(ctx: Context, letter: Letter, attempt: int) -> Try:
    try:
        receipt = await SENDERS[letter.subscription.protocol](ctx, letter)
    except DeliveryFailed as failure:
        return Try(letter, failure, await _after_failure(ctx, letter, failure, attempt))
    if letter.message is not None:
        ctx.part(bus.Traces).note(letter.message.id, _name(letter), "delivered", attempt=attempt)
        ctx.part(Metrics).count(letter.topic.key, "NumberOfNotificationsDelivered")
    return Try(letter, receipt)


async def _after_failure(ctx: Context, letter: Letter, failure: DeliveryFailed, attempt: int) -> int | None:
    """When to try again. What is given up goes to the subscription's dead-letter queue, if it has one."""
    message_id = letter.message.id if letter.message else ""
    note = partial(
        ctx.part(bus.Traces).note, message_id, _name(letter), attempt=attempt, message=failure.text
    )
    delay_ms = phases_of(letter.topic, letter.subscription).delay_ms(attempt)
    if delay_ms is not None and not failure.is_final:
        due_ms = ctx.clock.now_ms() + delay_ms
        note("retrying", due_ms=due_ms)
        return due_ms
    note("given up")
    ctx.part(Metrics).count(letter.topic.key, "NumberOfNotificationsFailed")
    if target := redrive_target(letter.subscription):
        await _redrive(ctx, letter, target)
    return None


async def _redrive(ctx: Context, letter: Letter, target: str) -> None:
    note = partial(ctx.part(bus.Traces).note, letter.message.id if letter.message else "", target)
    count = partial(ctx.part(Metrics).count, letter.topic.key)
    try:
        await to_queue(ctx, letter, target)
    except DeliveryFailed as failure:
        note("failed", message=failure.text)
        count("NumberOfNotificationsFailedToRedriveToDlq")
        return
    note("dead letter")
    count("NumberOfNotificationsRedrivenToDlq")


def _name(letter: Letter) -> str:
    return f"{letter.subscription.protocol} {letter.subscription.endpoint}"


def phases_of(topic: Topic, subscription: Subscription) -> RetryPhases:
    if subscription.protocol in ("http", "https"):
        own = subscription.attributes.get("DeliveryPolicy")
        return http_policy(topic.attributes.get("DeliveryPolicy"), own).phases
    return AWS_ENDPOINT if subscription.protocol in ("sqs", "lambda") else OUTER_ENDPOINT
