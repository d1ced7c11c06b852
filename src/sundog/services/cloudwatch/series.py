"""Metrics in the store: writing samples, and reading them back period by period."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from sundog.context import Context
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.model import Dimensions, Metric, Sample, Summary
from sundog.services.cloudwatch.statistics import Statistic
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


class MetricMemory(Part):
    """Part: the ids of metrics, and about when each was last put. Ids never change while data is put."""

    def __init__(self, _ctx: Context) -> None:
        self._known: dict[tuple[Scope, Metric], tuple[int, int]] = {}

    async def forget(self) -> None:
        self._known.clear()

    def recall(self, scope: Scope, metric: Metric, time_ms: int) -> int | None:
        """Its id, if nothing has to be written about it."""
        found = self._known.get((scope, metric))
        return found[0] if found is not None and time_ms < found[1] + limits.MINUTE_MS else None

    def learn(self, scope: Scope, metric: Metric, id: int, time_ms: int) -> None:
        if len(self._known) >= limits.KNOWN_METRICS_MAX:
            self._known.clear()
        self._known[scope, metric] = id, time_ms


def write_dimensions(dimensions: Dimensions) -> str:
    return orjson.dumps(dimensions).decode()


def to_metric(row: Row) -> Metric:
    dimensions = tuple((name, value) for name, value in orjson.loads(row["dimensions"]))
    return Metric(row["namespace"], row["name"], dimensions)


async def find_metric(tx: Transaction, scope: Scope, metric: Metric) -> int | None:
    row = await tx.one(SQL["metric"], **_key(scope, metric))
    return None if row is None else row["id"]


async def put_samples(
    ctx: Context, tx: Transaction, metric: Metric, samples: list[Sample], time_ms: int
) -> None:
    """Add ``samples``; the metric appears with the first one. ``time_ms``: that of the newest."""
    memory, scope = ctx.part(MetricMemory), ctx.scope
    id = memory.recall(scope, metric, time_ms)
    if id is None:
        id = await _touch(tx, scope, metric, time_ms)
        known_id = id
        tx.after_commit(lambda: memory.learn(scope, metric, known_id, time_ms))
    await tx.run_many(SQL["put_sample"], [to_row(id, sample) for sample in samples])


async def _touch(tx: Transaction, scope: Scope, metric: Metric, time_ms: int) -> int:
    await tx.run(SQL["insert_metric"], **_key(scope, metric), time_ms=time_ms)
    row = await tx.one(SQL["metric"], **_key(scope, metric))
    assert row is not None, "a metric that was just inserted is there"
    await tx.run(SQL["touch_metric"], id=row["id"], time_ms=time_ms)
    return int(row["id"])


async def load_series(
    tx: Transaction,
    metric_id: int,
    statistics: Iterable[Statistic],
    from_ms: int,
    to_ms: int,
    period_s: int,
) -> dict[tuple[int, str], Summary]:
    """What was put from ``from_ms`` to before ``to_ms``: by start of the period and unit, in this order."""
    needs_values = any(not statistic.is_plain for statistic in statistics)
    rows = await tx.all(
        SQL["samples" if needs_values else "totals"],
        metric_id=metric_id,
        from_ms=from_ms,
        to_ms=to_ms,
        tier_s=max(period_s, 60),
    )
    found: dict[tuple[int, str], Summary] = {}
    for row in rows:
        start_ms = from_ms + (row["start_ms"] - from_ms) // (period_s * 1_000) * period_s * 1_000
        summary = found.setdefault((start_ms, row["unit"]), Summary())
        summary.add(row["count"], row["total"], row["low"], row["high"])
        if needs_values:
            summary.has_sets |= bool(row["is_set"])
            summary.values.append((row["total"] / row["count"], row["count"]))
    for summary in found.values():
        summary.values.sort()
    return dict(sorted(found.items()))


def readable_from_ms(period_s: int, now_ms: int) -> int:
    """The oldest data that is kept at this resolution."""
    kept_ms = max(kept for tier_s, kept in limits.TIERS if tier_s <= max(period_s, 1))
    return now_ms - kept_ms


def align_start_ms(start_ms: int, period_s: int, now_ms: int) -> int:
    """Where AWS lets a request begin: at a whole minute, five minutes or hour, by its age.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
    """
    age_ms = now_ms - start_ms
    if period_s in limits.HIGH_RESOLUTION_PERIODS and age_ms <= limits.TIERS[0][1]:
        unit_s = period_s
    elif age_ms <= limits.TIERS[1][1]:
        unit_s = 60
    else:
        unit_s = 300 if age_ms <= limits.TIERS[2][1] else 3_600
    return start_ms // (unit_s * 1_000) * unit_s * 1_000


def _key(scope: Scope, metric: Metric) -> dict[str, str]:
    return {
        "account": scope.account,
        "region": scope.region,
        "namespace": metric.namespace,
        "name": metric.name,
        "dimensions": write_dimensions(metric.dimensions),
    }


def to_row(metric_id: int, sample: Sample) -> dict[str, object]:
    return {
        "metric_id": metric_id,
        "start_ms": sample.start_ms,
        "tier_s": sample.tier_s,
        "unit": sample.unit,
        "is_set": int(sample.is_set),
        "bucket": sample.bucket,
        "count": sample.count,
        "total": sample.total,
        "low": sample.low,
        "high": sample.high,
    }
