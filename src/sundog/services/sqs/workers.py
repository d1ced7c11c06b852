"""What SQS does by itself: drop the piles of purged and deleted queues, expire messages, emit metrics."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from sundog import work
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.sqs import limits
from sundog.services.sqs.claims import refresh_group
from sundog.services.sqs.counting import Counters, Depth, Depths, QueueCounts
from sundog.services.sqs.loading import SQL, find_queue, read_queue
from sundog.services.sqs.model import Queue
from sundog.work import WorkItem
from sundog.work.worker import Worker

logger = logging.getLogger(__name__)
MINUTE_MS = 60_000
QUEUES_A_STEP = 200
METRICS_A_CALL = 500
NAMESPACE, PRINCIPAL = "AWS/SQS", "sqs.amazonaws.com"


async def drop_pile(ctx: Context, item: WorkItem) -> None:
    """Drop some messages of a pile, and once more a minute after the last: a sender may have been late."""
    pile, is_last_look = item.payload["pile"], item.payload.get("last", False)
    async with ctx.store.transaction(takes_locks=True) as tx:
        count = await tx.run(SQL["drop_pile_messages"], pile=pile, count=limits.SWEEP_ROWS_MAX)
        count = max(count, await tx.run(SQL["drop_pile_groups"], pile=pile, count=limits.SWEEP_ROWS_MAX))
        now_ms = ctx.clock.now_ms()
        if count >= limits.SWEEP_ROWS_MAX:
            await work.postpone(tx, item, now_ms)
        elif not is_last_look:
            await work.postpone(tx, item, now_ms + MINUTE_MS, {"pile": pile, "last": True})
        else:
            await tx.run(SQL["drop_pile"], pile=pile)
            await work.finish(tx, item)


class Minutes:
    """Once a minute: expired messages and what nobody needs any more are dropped, metrics are emitted."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._gauged: dict[tuple[Scope, str], Depth] = {}
        self._minute_ms = this_minute_ms(ctx)
        self._worker = Worker(
            "sqs minutes",
            ctx.clock,
            ctx.store,
            self._step,
            channel="sqs.minutes",
            may_be_late=self._has_nothing_to_tell,
        )

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def forget(self) -> None:
        self._gauged.clear()

    def _has_nothing_to_tell(self) -> bool:
        """No figures to emit; and what has expired nobody sees."""
        return not self._gauged and self._ctx.part(Counters).is_empty

    async def _step(self) -> int:
        """A minute that failed is done again, with all that was counted since."""
        minute_ms = this_minute_ms(self._ctx)
        if minute_ms > self._minute_ms:
            await sweep(self._ctx)
            await self._emit(minute_ms - MINUTE_MS)
            self._minute_ms = minute_ms
        return minute_ms + MINUTE_MS

    async def _emit(self, minute_ms: int) -> None:
        """What was counted, and the depth of every queue that was used or held something a minute ago."""
        counted = {(scope, name): counts for scope, name, counts in self._ctx.part(Counters).take()}
        for scope in {scope for scope, _ in (*counted, *self._gauged)}:
            data: list[dict[str, Any]] = []
            for key in {key for key in (*counted, *self._gauged) if key[0] == scope}:
                data += write_counts(key[1], counted.get(key, QueueCounts()), minute_ms)
                data += await self._gauge(key, minute_ms)
            await self._put(scope, data)

    async def _gauge(self, key: tuple[Scope, str], minute_ms: int) -> list[dict[str, Any]]:
        self._gauged.pop(key, None)
        async with self._ctx.store.transaction(takes_locks=True) as tx:
            queue = await find_queue(self._ctx, tx, *key)
            if queue is None:
                return []
            depth = await self._ctx.part(Depths).count(tx, queue)
            expired_ms = self._ctx.clock.now_ms() - queue.retention_ms
            oldest = await tx.one(SQL["oldest_sent"], pile=queue.pile, expired_ms=expired_ms)
        if oldest is not None:
            self._gauged[key] = depth
        age_s = (self._ctx.clock.now_ms() - oldest["sent_ms"]) / 1_000 if oldest else 0.0
        return list(write_gauges(queue.name, depth, age_s, minute_ms))

    async def _put(self, scope: Scope, data: list[dict[str, Any]]) -> None:
        ctx = self._ctx.acting(scope=scope, principal=Principal.service(PRINCIPAL, scope.account))
        for start in range(0, len(data), METRICS_A_CALL):
            request = {"Namespace": NAMESPACE, "MetricData": data[start : start + METRICS_A_CALL]}
            try:
                await ctx.dispatch("cloudwatch", "PutMetricData", request)
            except AwsError as error:
                logger.debug("metrics of SQS were refused: %s", error.message)


def this_minute_ms(ctx: Context) -> int:
    return ctx.clock.now_ms() // MINUTE_MS * MINUTE_MS


def write_counts(name: str, counts: QueueCounts, minute_ms: int) -> Iterator[dict[str, Any]]:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
    figures = {
        "NumberOfMessagesSent": counts.sent,
        "NumberOfMessagesReceived": counts.received,
        "NumberOfMessagesDeleted": counts.deleted,
        "NumberOfEmptyReceives": counts.empty_receives,
    }
    for metric, figure in figures.items():
        yield _datum(name, metric, minute_ms) | {"Value": float(figure), "Unit": "Count"}
    if counts.sent:
        statistics = {
            "SampleCount": float(counts.sent),
            "Sum": float(counts.sent_bytes),
            "Minimum": float(counts.sent_bytes_min),
            "Maximum": float(counts.sent_bytes_max),
        }
        yield _datum(name, "SentMessageSize", minute_ms) | {"StatisticValues": statistics, "Unit": "Bytes"}


def write_gauges(name: str, depth: Depth, age_s: float, minute_ms: int) -> Iterator[dict[str, Any]]:
    figures = {
        "ApproximateNumberOfMessagesVisible": depth.visible,
        "ApproximateNumberOfMessagesNotVisible": depth.in_flight,
        "ApproximateNumberOfMessagesDelayed": depth.delayed,
    }
    for metric, figure in figures.items():
        yield _datum(name, metric, minute_ms) | {"Value": float(figure), "Unit": "Count"}
    yield _datum(name, "ApproximateAgeOfOldestMessage", minute_ms) | {"Value": age_s, "Unit": "Seconds"}


def _datum(name: str, metric: str, minute_ms: int) -> dict[str, Any]:
    dimensions = [{"Name": "QueueName", "Value": name}]
    return {"MetricName": metric, "Dimensions": dimensions, "Timestamp": minute_ms}


async def sweep(ctx: Context) -> None:
    """Drop what has expired: nobody could see it any more, it only took room."""
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction(takes_locks=True) as tx:
        await tx.run(SQL["drop_deduplications"], now_ms=now_ms)
        await tx.run(SQL["drop_attempts"], now_ms=now_ms)
        await tx.run(SQL["drop_deleted_queues"], before_ms=now_ms - MINUTE_MS)
    after = 0
    while True:
        async with ctx.store.transaction(takes_locks=True) as tx:
            rows = await tx.all(SQL["queues_with_expired"], after=after, now_ms=now_ms, count=QUEUES_A_STEP)
            queues = [read_queue(ctx, row) for row in rows]
        for queue in queues:
            while await _expire(ctx, queue, now_ms) >= limits.SWEEP_ROWS_MAX:
                pass
        if len(queues) < QUEUES_A_STEP:
            return
        after = queues[-1].id


async def _expire(ctx: Context, queue: Queue, now_ms: int) -> int:
    """One bounded step; how many messages it dropped."""
    async with ctx.store.transaction(takes_locks=True) as tx:
        values = {"pile": queue.pile, "expired_ms": now_ms - queue.retention_ms}
        rows = await tx.all(SQL["expired_messages"], **values, count=limits.SWEEP_ROWS_MAX)
        groups = sorted({row["fifo_group"] for row in rows if row["fifo_group"] is not None})
        for group_id in groups:
            await tx.one(SQL["lock_group"], pile=queue.pile, group_id=group_id)
        await tx.run_many(SQL["forget_message"], [{"id": row["id"]} for row in rows])
        for group_id in groups:
            await refresh_group(tx, queue.pile, group_id)
    return len(rows)
