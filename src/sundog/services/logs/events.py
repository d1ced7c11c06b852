"""PutLogEvents: the path of every log line. Three statements a call, one row a batch."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.logs.errors import ResourceNotFoundException
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import Accepted
from sundog.services.logs.passing import pass_on
from sundog.services.logs.rows import pack
from sundog.services.logs.rules import decide_put
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
            await _store(tx, ctx, stream, accepted, now_ms)
            if stream["metric_filters"] or stream["subscription_filters"]:
                await pass_on(ctx, tx, stream, request["logStreamName"], accepted)
    result: dict[str, Any] = {"nextSequenceToken": sequence_token(stream["stream_id"], now_ms)}
    if accepted.rejected:
        result["rejectedLogEventsInfo"] = accepted.rejected
    return result


async def _store(tx: Transaction, ctx: Context, stream: Row, accepted: Accepted, now_ms: int) -> None:
    first_ms, last_ms = accepted.times[0], accepted.times[-1]
    await tx.run(
        SQL["insert_chunk"],
        account=ctx.scope.account,
        region=ctx.scope.region,
        group_id=stream["group_id"],
        stream_id=stream["stream_id"],
        min_ms=first_ms,
        max_ms=last_ms,
        ingested_ms=now_ms,
        bytes=accepted.bytes,
        payload=pack(accepted.times, accepted.messages),
    )
    known_ms = stream["first_event_ms"]
    await tx.run(
        SQL["touch_stream"],
        id=stream["stream_id"],
        first_event_ms=first_ms if known_ms < 0 else min(known_ms, first_ms),
        last_event_ms=max(stream["last_event_ms"], last_ms),
        ingested_ms=now_ms,
    )
