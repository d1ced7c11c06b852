"""Queues: create, find, list, purge and delete them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import orjson

from sundog import work
from sundog.arn import Arn, parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.scope import Scope
from sundog.services.sqs import limits
from sundog.services.sqs.errors import (
    InvalidAttributeName,
    InvalidParameterValueException,
    PurgeQueueInProgress,
    QueueDeletedRecently,
    QueueNameExists,
    invalid,
)
from sundog.services.sqs.loading import (
    SQL,
    find_queue,
    find_queue_by_arn,
    load_queue,
    load_queue_for_update,
    no_such_queue,
    quotas,
)
from sundog.services.sqs.queue_attributes import (
    decide_dead_letter,
    find_difference,
    merge_attributes,
    parse_attributes,
    parse_redrive,
)
from sundog.services.sqs.queue_urls import write_queue_url
from sundog.services.sqs.rows import retention_ms
from sundog.services.sqs.rules import require
from sundog.services.sqs.tags import check_tags
from sundog.store import Row, Transaction

DROP = "sqs.drop"
SECRET_LENGTH = 32
PREFIX_END = "\U0010ffff"
_STANDARD_NAME = re.compile(r"^[A-Za-z0-9_\-]{1,80}\Z")
_FIFO_NAME = re.compile(r"^(?=.{6,80}$)[A-Za-z0-9_\-]+\.fifo\Z")


@operation("sqs", "CreateQueue")
async def create_queue(ctx: Context, request: Request) -> Result:
    """A queue of this name is there afterwards; one that was there already must have the same attributes."""
    require(request, "QueueName")
    name, given = request["QueueName"], request.get("Attributes") or {}
    is_fifo = check_name(name, given)
    attributes = parse_attributes(given, is_fifo=is_fifo, quotas=quotas(ctx))
    tags = check_tags({}, request.get("tags") or {}, name)
    async with ctx.store.transaction() as tx:
        existing = await find_queue(ctx, tx, ctx.scope, name)
        if existing is not None:
            different = find_difference(existing, attributes, quotas(ctx))
            if different is not None:
                raise QueueNameExists(name=different)
        else:
            source = Arn.of("sqs", ctx.scope, name)
            dead_letter_arn = await check_redrive(ctx, tx, source, given.get("RedrivePolicy", ""))
            merged = merge_attributes({}, attributes)
            await _insert(ctx, tx, name, is_fifo, merged, tags, dead_letter_arn)
    return {"QueueUrl": write_queue_url(ctx.host, ctx.scope, name)}


def check_name(name: str, given: dict[str, str]) -> bool:
    """Whether the new queue is FIFO; its name and ``FifoQueue`` must agree."""
    is_fifo = "FifoQueue" in given
    if is_fifo and given["FifoQueue"].lower() != "true":
        raise InvalidAttributeName(name="FifoQueue")
    if is_fifo and not _FIFO_NAME.match(name):
        raise InvalidParameterValueException(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not is_fifo and not _STANDARD_NAME.match(name):
        text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise InvalidParameterValueException(text)
    return is_fifo


async def check_redrive(ctx: Context, tx: Transaction, source: Arn, policy: str) -> str:
    """The ARN of the dead-letter queue that ``policy`` names; it must exist and be willing."""
    if not policy:
        return ""
    redrive = parse_redrive(policy)
    target = parse_arn(redrive.dead_letter_arn)
    if target is None or target.service != "sqs":
        raise invalid(policy, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
    if target.account != source.account or target.region != source.region:
        raise invalid(policy, "RedrivePolicy", "Dead-letter target owner should be same as the source.")
    queue = await find_queue_by_arn(ctx, tx, redrive.dead_letter_arn)
    if queue is None:
        raise invalid(policy, "RedrivePolicy", "Dead letter target does not exist.")
    allow_policy = queue.attributes.get("RedriveAllowPolicy", "")
    decide_dead_letter(policy, source, redrive, queue.is_fifo, allow_policy)
    return redrive.dead_letter_arn


@operation("sqs", "DeleteQueue")
async def delete_queue(ctx: Context, request: Request) -> Result | None:
    """The queue is gone at once; its messages are dropped in bounded steps afterwards."""
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        await tx.run(SQL["delete_queue"], id=queue.id)
        await tx.run(SQL["remember_deleted"], **_key(queue.scope, queue.name), now_ms=ctx.clock.now_ms())
        await _drop(ctx, tx, queue.scope, queue.pile)
        tx.wake(queue.channel)
    return None


@operation("sqs", "PurgeQueue")
async def purge_queue(ctx: Context, request: Request) -> Result | None:
    """The queue is empty at once: it gets a new pile, the old one is dropped afterwards."""
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        if queue.purged_ms and now_ms < queue.purged_ms + quotas(ctx).purge_pause_ms:
            raise PurgeQueueInProgress(name=queue.name)
        await tx.run(SQL["set_pile"], id=queue.id, pile=await _new_pile(tx, queue.name), now_ms=now_ms)
        await _drop(ctx, tx, queue.scope, queue.pile)
    return None


@operation("sqs", "GetQueueUrl")
async def get_queue_url(ctx: Context, request: Request) -> Result:
    require(request, "QueueName")
    scope = Scope(request.get("QueueOwnerAWSAccountId") or ctx.scope.account, ctx.scope.region)
    async with ctx.store.transaction() as tx:
        if await find_queue(ctx, tx, scope, request["QueueName"]) is None:
            raise no_such_queue(ctx)
    return {"QueueUrl": write_queue_url(ctx.host, scope, request["QueueName"])}


@operation("sqs", "ListQueues")
async def list_queues(ctx: Context, request: Request) -> Result:
    count, after = parse_page(request)
    prefix = request.get("QueueNamePrefix") or ""
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["queues"],
            account=ctx.scope.account,
            region=ctx.scope.region,
            after=after,
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            count=count + 1,
        )
    return write_page(ctx, request, "QueueUrls", rows, count)


@operation("sqs", "ListDeadLetterSourceQueues")
async def list_dead_letter_source_queues(ctx: Context, request: Request) -> Result:
    count, after = parse_page(request)
    async with ctx.store.transaction() as tx:
        queue = await load_queue(ctx, tx, request)
        rows = await tx.all(SQL["dead_letter_sources"], arn=queue.arn, after=after, count=count + 1)
    return {"queueUrls": [], **write_page(ctx, request, "queueUrls", rows, count)}


def parse_page(request: Request) -> tuple[int, str]:
    """How many items a page has, and after which name it begins."""
    count = request.get("MaxResults")
    if count is not None and not 1 <= count <= limits.PAGE_MAX:
        reason = f"MaxResults must be an integer between 1 and {limits.PAGE_MAX}."
        raise InvalidParameterValueException(f"Value for parameter MaxResults is invalid. Reason: {reason}")
    token = request.get("NextToken")
    if not token:
        return count or limits.PAGE_MAX, ""
    try:
        return count or limits.PAGE_MAX, base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidParameterValueException("Invalid or expired next token.") from None


def write_page(ctx: Context, request: Request, member: str, rows: list[Row], count: int) -> dict[str, Any]:
    """A page of URLs; the token for the next only for those who asked for pages, as AWS does."""
    urls = [
        write_queue_url(ctx.host, Scope(row["account"], row["region"]), row["name"]) for row in rows[:count]
    ]
    page: dict[str, Any] = {member: urls} if urls else {}
    if len(rows) > count and request.get("MaxResults") is not None:
        page["NextToken"] = base64.urlsafe_b64encode(rows[count - 1]["name"].encode()).decode()
    return page


async def _insert(
    ctx: Context,
    tx: Transaction,
    name: str,
    is_fifo: bool,
    attributes: dict[str, str],
    tags: dict[str, str],
    dead_letter_arn: str,
) -> None:
    now_ms, key = ctx.clock.now_ms(), _key(ctx.scope, name)
    deleted = await tx.one(SQL["deleted_queue"], **key)
    if deleted is not None and now_ms < deleted["deleted_ms"] + quotas(ctx).name_reuse_ms:
        raise QueueDeletedRecently
    await tx.run(SQL["forget_deleted"], **key)
    await tx.run(
        SQL["insert_queue"],
        **key,
        pile=await _new_pile(tx, name),
        secret=ctx.ids.hex(SECRET_LENGTH),
        is_fifo=int(is_fifo),
        attributes=orjson.dumps(attributes).decode(),
        tags=orjson.dumps(tags).decode(),
        retention_ms=retention_ms(attributes),
        dead_letter_arn=dead_letter_arn,
        now_ms=now_ms,
    )


async def _new_pile(tx: Transaction, queue_name: str) -> int:
    row = await tx.one(SQL["insert_pile"], queue_name=queue_name)
    assert row is not None
    return int(row["id"])


async def _drop(ctx: Context, tx: Transaction, scope: Scope, pile: int) -> None:
    await work.put(tx, DROP, {"pile": pile}, scope=scope, due_ms=ctx.clock.now_ms(), key=str(pile))


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}
