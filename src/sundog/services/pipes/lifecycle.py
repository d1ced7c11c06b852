"""Durable work: a pipe on its way to a state arrives there, or says why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sundog.arn import Arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.pipes.model import DELETING, FAILED, MOVING, RUNNING, STOPPED, STOPPING, Pipe
from sundog.services.pipes.pollers import Pollers
from sundog.services.pipes.queue_source import queue_url
from sundog.services.pipes.rows import SQL, pipe_values, scope_key, to_pipe
from sundog.services.pipes.shard_readers import begin_reading
from sundog.services.pipes.streams import StreamSources
from sundog.store import Transaction
from sundog.work import WorkItem, finish, put

SETTLE: Final = "pipes.settle"
SERVICE: Final = "pipes.amazonaws.com"


async def begin(ctx: Context, tx: Transaction, pipe: Pipe) -> None:
    """The pipe has been written in a state that passes: have it pass. What polls for it stops at once."""
    payload = {"name": pipe.name, "revision": pipe.revision}
    await put(tx, SETTLE, payload, scope=pipe.scope, due_ms=ctx.clock.now_ms())
    ctx.part(Pollers).changed(tx)


async def settle(ctx: Context, item: WorkItem) -> None:
    """Work: the end of CREATING, UPDATING, STARTING, STOPPING and DELETING."""
    key = {**scope_key(item.scope), "name": item.payload["name"]}
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["pipe"], **key)
    if row is None or row["revision"] != item.payload["revision"]:
        return
    problem, shards = await _look(ctx, to_pipe(row))
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["pipe"], **key)
        await finish(tx, item)
        if row is None or row["revision"] != item.payload["revision"]:
            return
        pipe = to_pipe(row)
        if pipe.current == DELETING:
            await tx.run(SQL["delete_pipe"], **key)
            await tx.run(SQL["delete_checkpoints"], **key)
        elif pipe.current in MOVING:
            pipe = _arrived(pipe, problem)
            await tx.run(SQL["update_pipe"], **pipe_values(pipe))
            if pipe.current == RUNNING:
                await begin_reading(ctx, tx, pipe, shards)
        ctx.part(Pollers).changed(tx)


def _arrived(pipe: Pipe, problem: str) -> Pipe:
    if problem:
        return replace(pipe, current=FAILED[pipe.current], reason=problem)
    return replace(pipe, current=RUNNING if pipe.desired == RUNNING else STOPPED, reason="")


async def _look(ctx: Context, pipe: Pipe) -> tuple[str, Sequence[str]]:
    """Why the pipe cannot be used, if so, and the shards of its stream."""
    if pipe.current in (DELETING, STOPPING):
        return "", ()
    try:
        return "", await _shards(ctx, pipe.source)
    except AwsError as error:
        return f"Source {pipe.source} cannot be read: {error.message}"[:512], ()


async def _shards(ctx: Context, queue: Arn) -> Sequence[str]:
    """None where the source is a queue that is there."""
    stream = ctx.part(StreamSources).find(queue.service)
    if stream is not None:
        return await stream.shards(ctx, queue)
    poller = ctx.acting(scope=queue.scope, principal=Principal.service(SERVICE, queue.account))
    request = {"QueueUrl": queue_url(queue), "AttributeNames": ["VisibilityTimeout"]}
    await poller.dispatch("sqs", "GetQueueAttributes", request)
    return ()
