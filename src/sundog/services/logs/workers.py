"""Durable work of CloudWatch Logs: expire and forget events in bounded steps, emit the metrics of filters."""

from __future__ import annotations

from sundog import work
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.logs import limits
from sundog.services.logs.groups import SQL
from sundog.services.logs.rows import to_group
from sundog.work import WorkItem


async def expire(ctx: Context, item: WorkItem) -> None:
    """Drop events older than their group's retention, some rows now, the rest in the next step."""
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["group_by_id"], id=item.payload["group"])
        group = None if row is None else to_group(row)
        if group is None or not group.retention_days:
            await work.finish(tx, item)
            return
        now_ms = ctx.clock.now_ms()
        before_ms = now_ms - group.retention_ms
        count = await tx.run(
            SQL["expire_group_chunks"], id=group.id, before_ms=before_ms, count=limits.SWEEP_CHUNKS_MAX
        )
        is_done = count < limits.SWEEP_CHUNKS_MAX
        await work.postpone(tx, item, now_ms + limits.SWEEP_MS if is_done else now_ms)


async def forget(ctx: Context, item: WorkItem) -> None:
    """Drop the events of a deleted group or stream."""
    kind = "group" if "group" in item.payload else "stream"
    async with ctx.store.transaction() as tx:
        count = await tx.run(SQL[f"drop_{kind}_chunks"], id=item.payload[kind], count=limits.SWEEP_CHUNKS_MAX)
        if count < limits.SWEEP_CHUNKS_MAX:
            await work.finish(tx, item)
        else:
            await work.postpone(tx, item, ctx.clock.now_ms())


async def emit_metrics(ctx: Context, item: WorkItem) -> None:
    """What a metric filter counted becomes metric data. Data CloudWatch refuses is dropped, as on AWS."""
    try:
        await ctx.dispatch("cloudwatch", "PutMetricData", item.payload)
    except AwsError as error:
        if not error.sender_fault:
            raise
