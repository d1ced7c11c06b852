"""What ages: data moves to coarser periods and is dropped in the end, as AWS keeps it.

Reading decides by the clock what can be seen; this only makes the store follow, step by step.
"""

from __future__ import annotations

from itertools import pairwise

from sundog.context import Context
from sundog.service import Part
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.datum import merge
from sundog.services.cloudwatch.model import Sample
from sundog.services.cloudwatch.series import SQL, to_row
from sundog.store import Row
from sundog.work.worker import Worker

_KEY = ("metric_id", "start_ms", "tier_s", "unit", "is_set", "bucket")


class Sweep(Part):
    """Part: once an hour, everything that has become too old for its place."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._due_ms = ctx.clock.now_ms() + limits.HOUR_MS
        self._worker = Worker(
            "cloudwatch sweep",
            ctx.clock,
            ctx.store,
            self._step,
            channel="cloudwatch.sweep",
            may_be_late=lambda: True,  # one sweep ages everything, however late
        )

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def _step(self) -> int:
        now_ms = self._ctx.clock.now_ms()
        if now_ms >= self._due_ms:
            if await sweep(self._ctx):
                return now_ms
            self._due_ms = now_ms + limits.HOUR_MS
        return self._due_ms


async def sweep(ctx: Context) -> bool:
    """One bounded step; whether there may be more to do at once."""
    now_ms, count = ctx.clock.now_ms(), limits.SWEEP_ROWS_MAX
    is_full = False
    for (tier_s, kept_ms), (coarser_s, _) in pairwise((*limits.TIERS, (0, 0))):
        is_full |= await _age(ctx, tier_s, coarser_s, now_ms - kept_ms) >= count
    async with ctx.store.transaction() as tx:
        forgotten = await tx.run(SQL["forget_metrics"], before_ms=now_ms - limits.TIERS[-1][1], count=count)
        forgotten += await tx.run(SQL["forget_history"], before_ms=now_ms - limits.HISTORY_MS, count=count)
    return is_full or forgotten >= count


async def _age(ctx: Context, tier_s: int, coarser_s: int, before_ms: int) -> int:
    """Samples of this tier that are too old become part of the coarser one; of the last tier, nothing."""
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["aged_samples"], tier_s=tier_s, before_ms=before_ms, count=limits.SWEEP_ROWS_MAX
        )
        if not rows:
            return 0
        by_metric: dict[int, list[Sample]] = {}
        for row in rows if coarser_s else ():
            by_metric.setdefault(row["metric_id"], []).append(_coarser(row, coarser_s))
        for metric_id in sorted(by_metric):
            samples = merge(by_metric[metric_id])
            await tx.run_many(SQL["put_sample"], [to_row(metric_id, sample) for sample in samples])
        await tx.run_many(SQL["drop_sample"], [{name: row[name] for name in _KEY} for row in rows])
    return len(rows)


def _coarser(row: Row, tier_s: int) -> Sample:
    start_ms = row["start_ms"] // (tier_s * 1_000) * tier_s * 1_000
    return Sample(
        start_ms,
        tier_s,
        row["unit"],
        bool(row["is_set"]),
        row["bucket"],
        row["count"],
        row["total"],
        row["low"],
        row["high"],
    )
