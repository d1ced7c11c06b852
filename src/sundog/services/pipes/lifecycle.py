"""Durable work: a pipe on its way to a state arrives there, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.pipes.model import DELETING, FAILED, MOVING, RUNNING, STOPPED, STOPPING, Pipe
from sundog.services.pipes.pollers import Pollers
from sundog.services.pipes.queue_source import queue_url
from sundog.services.pipes.rows import SQL, pipe_values, scope_key, to_pipe
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
    problem = await _problem(ctx, to_pipe(row))
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["pipe"], **key)
        await finish(tx, item)
        if row is None or row["revision"] != item.payload["revision"]:
            return
        pipe = to_pipe(row)
        if pipe.current == DELETING:
            await tx.run(SQL["delete_pipe"], **key)
        elif pipe.current in MOVING:
            await tx.run(SQL["update_pipe"], **pipe_values(_arrived(pipe, problem)))
        ctx.part(Pollers).changed(tx)


def _arrived(pipe: Pipe, problem: str) -> Pipe:
    if problem:
        return replace(pipe, current=FAILED[pipe.current], reason=problem)
    return replace(pipe, current=RUNNING if pipe.desired == RUNNING else STOPPED, reason="")


async def _problem(ctx: Context, pipe: Pipe) -> str:
    """Why the pipe cannot be used: its queue is not there."""
    if pipe.current in (DELETING, STOPPING):
        return ""
    queue = pipe.source
    poller = ctx.acting(scope=queue.scope, principal=Principal.service(SERVICE, queue.account))
    request = {"QueueUrl": queue_url(queue), "AttributeNames": ["VisibilityTimeout"]}
    try:
        await poller.dispatch("sqs", "GetQueueAttributes", request)
    except AwsError as error:
        return f"Source {queue} cannot be read: {error.message}"[:512]
    return ""
