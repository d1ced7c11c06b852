"""GetQueueAttributes and SetQueueAttributes."""

from __future__ import annotations

import orjson

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.sqs.counting import Depths
from sundog.services.sqs.errors import InvalidAttributeName, InvalidAttributeValue
from sundog.services.sqs.loading import SQL, load_queue, load_queue_for_update, quotas
from sundog.services.sqs.model import Queue
from sundog.services.sqs.queue_attributes import (
    COUNTS,
    KNOWN,
    effective,
    merge_attributes,
    parse_attributes,
)
from sundog.services.sqs.queues import check_redrive
from sundog.services.sqs.rows import retention_ms
from sundog.services.sqs.rules import require
from sundog.store import Transaction


@operation("sqs", "GetQueueAttributes")
async def get_queue_attributes(ctx: Context, request: Request) -> Result:
    names = request.get("AttributeNames") or []
    for name in names:
        if name != "All" and name not in KNOWN:
            raise InvalidAttributeName(name=name)
    wants_all = "All" in names
    async with ctx.store.transaction() as tx:
        queue = await load_queue(ctx, tx, request)
        have = effective(queue, quotas(ctx))
        if wants_all or any(name in COUNTS for name in names):
            have.update(await _counts(ctx, tx, queue))
    wanted = have if wants_all else {name: have[name] for name in names if name in have}
    return {"Attributes": wanted} if wanted else {}


@operation("sqs", "SetQueueAttributes")
async def set_queue_attributes(ctx: Context, request: Request) -> Result | None:
    """All of the attributes given, or none. They act at once, but a deduplication scope after a minute."""
    require(request, "Attributes")
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        given = request["Attributes"]
        changes = parse_attributes(given, is_fifo=queue.is_fifo, quotas=quotas(ctx))
        if changes.get("FifoQueue") == "false":
            reason = "Modifying queue type is not supported."
            raise InvalidAttributeValue(f"Invalid value for the parameter FifoQueue. Reason: {reason}")
        source = Arn.of("sqs", queue.scope, queue.name)
        await check_redrive(ctx, tx, source, given.get("RedrivePolicy", ""))
        await change_attributes(ctx, tx, queue, changes)
        tx.wake(queue.channel)
    return None


async def change_attributes(ctx: Context, tx: Transaction, queue: Queue, changes: dict[str, str]) -> None:
    """Write checked changes; the caller holds the queue."""
    attributes = merge_attributes(queue.attributes, changes)
    policy = attributes.get("RedrivePolicy", "")
    now_ms = ctx.clock.now_ms()
    former, changed_ms = _former_scope(queue, attributes, now_ms)
    await tx.run(
        SQL["set_attributes"],
        id=queue.id,
        attributes=orjson.dumps(attributes).decode(),
        retention_ms=retention_ms(attributes),
        dead_letter_arn=orjson.loads(policy)["deadLetterTargetArn"] if policy else "",
        former_scope=former,
        scope_changed_ms=changed_ms,
        now_ms=now_ms,
    )


def _former_scope(queue: Queue, attributes: dict[str, str], now_ms: int) -> tuple[str, int]:
    """Which deduplication scope still acts for a while, and since when it is on its way out."""
    scope = attributes.get("DeduplicationScope", "queue")
    if scope == queue.attributes.get("DeduplicationScope", "queue"):
        return queue.former_scope, queue.scope_changed_ms
    return ("messageGroup" if queue.deduplicates_by_group(now_ms) else "queue"), now_ms


async def _counts(ctx: Context, tx: Transaction, queue: Queue) -> dict[str, str]:
    depth = await ctx.part(Depths).count(tx, queue)
    figures = (depth.visible, depth.in_flight, depth.delayed)
    return {name: str(figure) for name, figure in zip(COUNTS, figures, strict=True)}
