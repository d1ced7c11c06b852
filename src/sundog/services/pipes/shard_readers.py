"""Durable work: the shards of a running pipe's stream, each read by one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from sundog.bus import Delivery, send
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.pipes.checkpoints import Checkpoint, Outcome, decide
from sundog.services.pipes.execution import Execution
from sundog.services.pipes.filters import is_wanted, read_filters
from sundog.services.pipes.inputs import write_time
from sundog.services.pipes.model import RUNNING, Pipe
from sundog.services.pipes.rows import SQL, scope_key, to_pipe
from sundog.services.pipes.streams import Read, Start, StreamSource, StreamSources
from sundog.store import Transaction
from sundog.work import Schedule, WorkItem, finish, postpone, put

READ: Final = "pipes.read_shard"
POLL_MS: Final = 1_000
"""AWS polls each shard once a second."""
BACK_OFF: Final = Schedule(POLL_MS, 60_000)


async def begin_reading(ctx: Context, tx: Transaction, pipe: Pipe, shards: Sequence[str]) -> None:
    """Have every shard read from now on; readers of an older revision end by themselves."""
    for shard in shards:
        payload = {"name": pipe.name, "revision": pipe.revision, "shard": shard}
        key = f"{pipe.scope.account}/{pipe.scope.region}/{pipe.name}/{shard}"
        await put(tx, READ, payload, scope=pipe.scope, due_ms=ctx.clock.now_ms(), key=key)


async def read_shard(ctx: Context, item: WorkItem) -> None:
    """Work: one batch of one shard, from its checkpoint to the target."""
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["pipe"], **scope_key(item.scope), name=item.payload["name"])
        found = await tx.one(SQL["checkpoint"], **_key(item))
    if row is None or row["revision"] != item.payload["revision"] or row["current_state"] != RUNNING:
        return
    pipe = to_pipe(row)
    source = ctx.part(StreamSources).find(pipe.source.service)
    assert source is not None, "the pipe was refused otherwise"
    settings = pipe.body["SourceParameters"][source.parameters]
    try:
        checkpoint = await _origin(ctx, item, pipe, source) if found is None else _to_checkpoint(found)
        count = checkpoint.count_max or settings["BatchSize"]
        read = await source.read(ctx, pipe.source, item.payload["shard"], checkpoint.position, count)
    except AwsError:
        async with ctx.store.transaction() as tx:
            await postpone(tx, item, ctx.clock.now_ms() + BACK_OFF.failure_ms(item.attempt))
        return
    if not read.records:
        await _rest(ctx, item, checkpoint, read)
        return
    failed = await _execute(ctx, pipe, read)
    outcome = decide(checkpoint, read, failed, settings, ctx.clock.now_ms())
    await _note(ctx, item, pipe, source, read, outcome)


async def _origin(ctx: Context, item: WorkItem, pipe: Pipe, source: StreamSource) -> Checkpoint:
    settings = pipe.body["SourceParameters"][source.parameters]
    start = Start(settings["StartingPosition"], settings.get("StartingPositionTimestamp"))
    return Checkpoint(await source.origin(ctx, pipe.source, item.payload["shard"], start))


async def _execute(ctx: Context, pipe: Pipe, read: Read) -> frozenset[int]:
    """Which records failed; those that no filter wants have not."""
    filters = read_filters(pipe)
    places = [at for at, record in enumerate(read.records) if is_wanted(record, filters)]
    if not places:
        return frozenset()
    failed = await Execution(ctx, pipe).run([read.records[at] for at in places])
    return frozenset(places[at] for at in failed)


async def _rest(ctx: Context, item: WorkItem, checkpoint: Checkpoint, read: Read) -> None:
    """Nothing there: look again in a while. The origin is kept, so that LATEST is where the pipe began."""
    async with ctx.store.transaction() as tx:
        await _keep(tx, item, checkpoint)
        if read.is_closed:
            await finish(tx, item)
        else:
            await postpone(tx, item, ctx.clock.now_ms() + POLL_MS)


async def _note(
    ctx: Context, item: WorkItem, pipe: Pipe, source: StreamSource, read: Read, outcome: Outcome
) -> None:
    """The checkpoint, the dead letter and the reader's next turn, in one transaction."""
    now_ms, attempts = ctx.clock.now_ms(), outcome.checkpoint.attempts
    settings = pipe.body["SourceParameters"][source.parameters]
    dead_letters = (settings.get("DeadLetterConfig") or {}).get("Arn")
    async with ctx.store.transaction() as tx:
        await _keep(tx, item, outcome.checkpoint)
        await postpone(tx, item, now_ms + (BACK_OFF.failure_ms(attempts) if attempts else 0))
        if outcome.given_up and dead_letters:
            body = _letter(pipe, source, item.payload["shard"], read, outcome, now_ms)
            letter = Delivery(
                target_arn=dead_letters, body=body, source_arn=pipe.arn, service="pipes.amazonaws.com"
            )
            await send(ctx, tx, letter)


def _letter(pipe: Pipe, source: StreamSource, shard: str, read: Read, outcome: Outcome, now_ms: int) -> str:
    """What a dead letter says of a batch: where it is in the stream, not what is in it."""
    last = outcome.given_up - 1
    info: dict[str, Any] = {
        "shardId": shard,
        "startSequenceNumber": read.positions[0],
        "endSequenceNumber": read.positions[last],
        "approximateArrivalOfFirstRecord": write_time(read.arrived_ms[0]),
        "approximateArrivalOfLastRecord": write_time(read.arrived_ms[last]),
        "batchSize": outcome.given_up,
        "streamArn": str(pipe.source),
    }
    letter = {
        "context": {"partnerResourceArn": pipe.arn, "condition": outcome.condition},
        "version": "1.0",
        "timestamp": write_time(now_ms),
        source.batch_info: info,
    }
    return orjson.dumps(letter).decode()


async def _keep(tx: Transaction, item: WorkItem, checkpoint: Checkpoint) -> None:
    await tx.run(
        SQL["keep_checkpoint"],
        **_key(item),
        position=checkpoint.position,
        attempts=checkpoint.attempts,
        count_max=checkpoint.count_max,
    )


def _key(item: WorkItem) -> dict[str, str]:
    return {**scope_key(item.scope), "name": item.payload["name"], "shard": item.payload["shard"]}


def _to_checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(row["position"], row["attempts"], row["count_max"])
