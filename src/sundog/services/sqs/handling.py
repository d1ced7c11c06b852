"""What is done with received messages: delete them, change how long they stay hidden; one or ten at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.sqs import limits
from sundog.services.sqs.batches import Entry, check_entries, failed_entry, write_outcome
from sundog.services.sqs.claims import refresh_group
from sundog.services.sqs.counting import Counters
from sundog.services.sqs.errors import ReceiptHandleIsInvalid, invalid
from sundog.services.sqs.loading import SQL, load_queue
from sundog.services.sqs.model import Queue, Receipt
from sundog.services.sqs.receipts import parse_receipt
from sundog.services.sqs.rules import check_range, require
from sundog.services.sqs.throttle import Throttle
from sundog.store import Row, Transaction

NOT_IN_FLIGHT = "Message does not exist or is not available for visibility timeout change."
HANDLE_EXPIRED = "The receipt handle has expired."
TOO_LONG = f"Total VisibilityTimeout for the message is beyond the limit [{limits.VISIBILITY_S_MAX} seconds]"

Act = Callable[[Context, Transaction, Queue, Entry], Awaitable[None]]


@operation("sqs", "DeleteMessage")
async def delete_message(ctx: Context, request: Request) -> Result | None:
    require(request, "QueueUrl", "ReceiptHandle")
    async with ctx.store.transaction(takes_locks=True) as tx:
        queue = await load_queue(ctx, tx, request)
        ctx.part(Throttle).check(queue, "DeleteMessage")
        await _delete(ctx, tx, queue, request)
    ctx.part(Counters).deleted(queue, 1)
    return None


@operation("sqs", "DeleteMessageBatch")
async def delete_message_batch(ctx: Context, request: Request) -> Result:
    queue, result = await _batch(ctx, request, "DeleteMessage", _delete, "ReceiptHandle")
    ctx.part(Counters).deleted(queue, len(result.get("Successful", ())))
    return result


@operation("sqs", "ChangeMessageVisibility")
async def change_message_visibility(ctx: Context, request: Request) -> Result | None:
    require(request, "QueueUrl", "ReceiptHandle", "VisibilityTimeout")
    async with ctx.store.transaction(takes_locks=True) as tx:
        queue = await load_queue(ctx, tx, request)
        await _change_visibility(ctx, tx, queue, request)
        tx.wake(queue.channel)
    return None


@operation("sqs", "ChangeMessageVisibilityBatch")
async def change_message_visibility_batch(ctx: Context, request: Request) -> Result:
    _, result = await _batch(
        ctx, request, "ChangeMessageVisibility", _change_visibility, "ReceiptHandle", "VisibilityTimeout"
    )
    return result


async def _batch(
    ctx: Context, request: Request, action: str, act: Act, *required: str
) -> tuple[Queue, dict[str, Any]]:
    """Do ``act`` for each entry, in one transaction; an entry that is refused changes nothing."""
    successful, failed = [], []
    async with ctx.store.transaction(takes_locks=True) as tx:
        queue = await load_queue(ctx, tx, request)
        ctx.part(Throttle).check(queue, action)
        for entry in check_entries(request, f"{action}Batch", *required):
            try:
                await act(ctx, tx, queue, entry)
                successful.append({"Id": entry["Id"]})
            except AwsError as error:
                failed.append(failed_entry(entry, error))
        tx.wake(queue.channel)
    return queue, write_outcome(successful, failed)


async def _delete(ctx: Context, tx: Transaction, queue: Queue, entry: Entry) -> None:
    """Any handle deletes on a standard queue; on a FIFO queue only that of a message still out."""
    receipt = _receipt(queue, entry["ReceiptHandle"])
    key = {"id": receipt.id, "message_id": receipt.message_id, "pile": queue.pile}
    if not queue.is_fifo:
        await tx.run(SQL["delete_message"], **key)
        return
    state = await _locked_state(tx, queue, receipt)
    if state is None:
        return
    if state["receive_count"] != receipt.receive_count or state["visible_ms"] <= ctx.clock.now_ms():
        raise invalid(entry["ReceiptHandle"], "ReceiptHandle", HANDLE_EXPIRED)
    await tx.run(SQL["delete_message"], **key)
    await refresh_group(tx, queue.pile, state["fifo_group"])
    tx.wake(queue.channel)


async def _change_visibility(ctx: Context, tx: Transaction, queue: Queue, entry: Entry) -> None:
    """Hide the message for another time, counted from now. Nothing happens once it is visible again."""
    seconds: int = entry["VisibilityTimeout"]
    maximum = limits.VISIBILITY_S_MAX
    check_range(seconds, "VisibilityTimeout", 0, maximum, f"Must be >= 0 and <= {maximum}, if provided.")
    receipt = _receipt(queue, entry["ReceiptHandle"])
    now_ms = ctx.clock.now_ms()
    state = await _locked_state(tx, queue, receipt)
    if state is None:
        raise invalid(entry["ReceiptHandle"], "ReceiptHandle", NOT_IN_FLIGHT)
    if state["visible_ms"] <= now_ms or state["receive_count"] != receipt.receive_count:
        if queue.is_fifo:
            raise invalid(entry["ReceiptHandle"], "ReceiptHandle", NOT_IN_FLIGHT)
        return  # AWS answers a late change on a standard queue as if it had been done
    visible_ms = now_ms + seconds * 1_000
    if visible_ms - state["received_ms"] > limits.VISIBILITY_S_MAX * 1_000:
        raise invalid(seconds, "VisibilityTimeout", TOO_LONG)
    await tx.run(SQL["set_visible"], id=receipt.id, visible_ms=visible_ms)
    if queue.is_fifo:
        await refresh_group(tx, queue.pile, state["fifo_group"])


async def _locked_state(tx: Transaction, queue: Queue, receipt: Receipt) -> Row | None:
    """The message a receipt is for; on a FIFO queue its group is held first, as by everybody else."""
    key = {"id": receipt.id, "message_id": receipt.message_id, "pile": queue.pile}
    if queue.is_fifo:
        found = await tx.one(SQL["group_of_message"], **key)
        if found is None:
            return None
        await tx.one(SQL["lock_group"], pile=queue.pile, group_id=found["fifo_group"])
    return await tx.one(SQL["message_state"], **key)


def _receipt(queue: Queue, handle: str) -> Receipt:
    receipt = parse_receipt(handle, queue.id, queue.secret)
    if receipt is None:
        raise ReceiptHandleIsInvalid(handle=handle)
    return receipt
