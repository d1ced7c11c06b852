"""What queries come to: metrics read from the store, expressions computed from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sundog.context import Context
from sundog.lang.metric_math import Call, Environment, MathError, Series, Value, evaluate, matches
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.labels import default_labels
from sundog.services.cloudwatch.metrics import rows_after
from sundog.services.cloudwatch.model import Metric, Summary
from sundog.services.cloudwatch.queries import Query, Search, searches_in, wrong_expression
from sundog.services.cloudwatch.series import (
    align_start_ms,
    find_metric,
    load_series,
    readable_from_ms,
    to_metric,
)
from sundog.services.cloudwatch.statistics import Statistic, compute
from sundog.store import Transaction


@dataclass(frozen=True, slots=True)
class Times:
    """The time asked for."""

    start_ms: int
    end_ms: int
    now_ms: int

    def first_ms(self, period_s: int) -> int:
        return align_start_ms(self.start_ms, period_s, self.now_ms)

    def starts(self, period_s: int) -> range:
        """The start of every period, of the last ones where there are more than an answer may hold."""
        every = range(self.first_ms(period_s), self.end_ms, period_s * 1_000)
        return every[-limits.METRIC_DATAPOINTS_MAX :]


@dataclass(frozen=True, slots=True)
class Source:
    """One metric to read."""

    metric: Metric
    statistic: Statistic
    period_s: int
    unit: str = ""


async def read_source(ctx: Context, tx: Transaction, source: Source, times: Times) -> dict[int, float]:
    """The statistic of every period that has data of any unit, or of the one asked for."""
    id = await find_metric(tx, ctx.scope, source.metric)
    if id is None:
        return {}
    first_ms = times.first_ms(source.period_s)
    found = await load_series(tx, id, [source.statistic], first_ms, times.end_ms, source.period_s)
    readable_ms = readable_from_ms(source.period_s, times.now_ms)
    summaries: dict[int, Summary] = {}
    for (start_ms, unit), summary in found.items():
        if start_ms >= readable_ms and source.unit in ("", unit):
            _join(summaries.setdefault(start_ms, Summary()), summary)
    values = {start_ms: compute(source.statistic, summary) for start_ms, summary in summaries.items()}
    return {start_ms: value for start_ms, value in sorted(values.items()) if value is not None}


async def answer_queries(
    ctx: Context, tx: Transaction, queries: Sequence[Query], times: Times
) -> dict[str, Value]:
    """The value of every query by its id; ``queries`` in the order they need each other."""
    values: dict[str, Value] = {}
    metrics = [query for query in queries if query.metric is not None]
    labels = default_labels([_source(query) for query in metrics])
    for query, label in zip(metrics, labels, strict=True):
        points = await read_source(ctx, tx, _source(query), times)
        values[query.id] = Series(points, query.period_s, label)
    periods = [query.period_s for query in metrics]
    for query in queries:
        if query.expression is None:
            continue
        period_s = query.period_s or min(periods, default=60)
        try:
            found = await _searches(ctx, tx, query, times)
            environment = Environment(
                values, [one.id for one in metrics], times.starts(period_s), period_s, found
            )
            values[query.id] = evaluate(query.expression, environment)
        except MathError as error:
            raise wrong_expression(query.id, str(error)) from None
    return values


def _source(query: Query) -> Source:
    assert query.metric is not None and query.statistic is not None
    return Source(query.metric, query.statistic, query.period_s, query.unit)


async def _searches(
    ctx: Context, tx: Transaction, query: Query, times: Times
) -> Mapping[Call, tuple[Series, ...]]:
    assert query.expression is not None
    found = {}
    for search in searches_in(query.expression):
        sources = await _find(ctx, tx, search, times)
        labels = default_labels(sources)
        found[search.call] = tuple(
            [
                Series(await read_source(ctx, tx, source, times), source.period_s, label)
                for source, label in zip(sources, labels, strict=True)
            ]
        )
    return found


async def _find(ctx: Context, tx: Transaction, search: Search, times: Times) -> list[Source]:
    """The first hundred metrics that the search means."""
    found: list[Source] = []
    after, wanted = ["", "", ""], {"Namespace": search.terms.namespace}
    since_ms = times.now_ms - limits.LISTED_MS
    for _ in range(limits.SEARCH_CANDIDATES_MAX // limits.LISTED_METRICS_MAX):
        rows = await rows_after(tx, ctx, wanted, after, since_ms)
        for metric in map(to_metric, rows):
            if matches(search.terms, metric.namespace, metric.name, metric.dimensions):
                found.append(Source(metric, search.statistic, search.period_s))
        if len(rows) < limits.LISTED_METRICS_MAX or len(found) >= limits.SEARCH_METRICS_MAX:
            break
        after = [rows[-1]["namespace"], rows[-1]["name"], rows[-1]["dimensions"]]
    return found[: limits.SEARCH_METRICS_MAX]


def _join(whole: Summary, part: Summary) -> None:
    whole.add(part.count, part.total, part.low, part.high)
    whole.has_sets |= part.has_sets
    whole.values = sorted(whole.values + part.values)
