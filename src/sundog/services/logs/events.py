"""PutLogEvents: the path of every log line. Three statements a call; one row a batch of a minute."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.logs import limits
from sundog.services.logs.errors import ResourceNotFoundException
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import Accepted, Position, event_bytes
from sundog.services.logs.passing import pass_on
from sundog.services.logs.rows import pack
from sundog.services.logs.rules import decide_put, split_by_time
from sundog.services.logs.streams import sequence_token
from sundog.store import Row, Transaction


@operation("logs", "PutLogEvents")
async def put_log_events(ctx: Context, request: Request) -> Result:
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        stream = await tx.one(
            SQL["target_stream"],
            account=ctx.scope.account,
            region=ctx.scope.region,
            name=request["logGroupName"],
            stream=request["logStreamName"],
        )
        if stream is None:
            raise ResourceNotFoundException(what="log group")
        if stream["stream_id"] is None:
            raise ResourceNotFoundException(what="log stream")
        accepted = decide_put(request["logEvents"], now_ms, stream["retention_days"] * 86_400_000)
        if accepted.times:
            positions = await _store(tx, ctx, stream, accepted, now_ms)
            if stream["metric_filters"] or stream["subscription_filters"]:
                await pass_on(ctx, tx, stream, request["logStreamName"], accepted, positions)
    result: dict[str, Any] = {"nextSequenceToken": sequence_token(stream["stream_id"], now_ms)}
    if accepted.rejected:
        result["rejectedLogEventsInfo"] = accepted.rejected
    return result


async def _store(
    tx: Transaction, ctx: Context, stream: Row, accepted: Accepted, now_ms: int
) -> list[Position]:
    """Write the events, one row for each minute or so of them; where each event then stands."""
    positions: list[Position] = []
    for start, end in split_by_time(accepted.times, limits.CHUNK_SPAN_MS_MAX):
        times, messages = accepted.times[start:end], accepted.messages[start:end]
        row = await tx.one(
            SQL["insert_chunk"],
            account=ctx.scope.account,
            region=ctx.scope.region,
            group_id=stream["group_id"],
            stream_id=stream["stream_id"],
            min_ms=times[0],
            max_ms=times[-1],
            ingested_ms=now_ms,
            bytes=sum(map(event_bytes, messages)),
            payload=pack(times, messages),
        )
        assert row is not None
        positions += [Position(time_ms, row["id"], index) for index, time_ms in enumerate(times)]
    await _touch(tx, stream, accepted, now_ms)
    return positions


async def _touch(tx: Transaction, stream: Row, accepted: Accepted, now_ms: int) -> None:
    first_ms, known_ms = accepted.times[0], stream["first_event_ms"]
    await tx.run(
        SQL["touch_stream"],
        id=stream["stream_id"],
        first_event_ms=first_ms if known_ms < 0 else min(known_ms, first_ms),
        last_event_ms=max(stream["last_event_ms"], accepted.times[-1]),
        ingested_ms=now_ms,
    )
