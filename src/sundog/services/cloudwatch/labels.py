"""The labels of GetMetricData: what tells the metrics apart, and labels with figures in them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from sundog.lang.metric_math import Series
from sundog.services.cloudwatch.model import Metric
from sundog.services.cloudwatch.statistics import Statistic

_DYNAMIC = re.compile(r"\$\{\s*([A-Z_]+)(?:\('([^']*)'\))?\s*\}")


class Labelled(Protocol):
    @property
    def metric(self) -> Metric: ...
    @property
    def statistic(self) -> Statistic: ...
    @property
    def period_s(self) -> int: ...


def default_labels(sources: Sequence[Labelled]) -> list[str]:
    """The name of each metric and what differs between them (recorded: statistic, then period).

    Where dimensions differ their values come first, and alone if nothing else differs.
    """
    has_names = len({source.metric.name for source in sources}) > 1
    has_statistics = len({source.statistic.name for source in sources}) > 1
    has_periods = len({source.period_s for source in sources}) > 1
    labels = []
    for source in sources:
        dimensions = _different_dimensions(source.metric, sources)
        parts = [
            dimensions,
            source.metric.name if has_names or not dimensions else "",
            source.statistic.name if has_statistics else "",
            str(source.period_s) if has_periods else "",
        ]
        labels.append(" ".join(filter(None, parts)))
    return labels


def _different_dimensions(metric: Metric, sources: Sequence[Labelled]) -> str:
    """The values of the dimensions that other metrics of the same name do not share."""
    others = [dict(one.metric.dimensions) for one in sources if one.metric.name == metric.name]
    return " ".join(
        value for name, value in metric.dimensions if any(other.get(name) != value for other in others)
    )


FIGURES: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: math.fsum(values) / len(values),
    "DATAPOINT_COUNT": lambda values: float(len(values)),
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
}


def write_label(
    template: str, default: str, series: Series, source: Labelled | None, time_zone: str = ""
) -> str:
    """``template`` with its ``${...}`` filled in; what is not known to us stays as it stands."""

    def fill(found: re.Match[str]) -> str:
        word, argument = found[1], found[2]
        if word == "LABEL":
            return default
        if word == "PROP" and source is not None:
            return _property(argument or "", source, found[0])
        if word in FIGURES:
            values = list(series.points.values())
            return _number(FIGURES[word](values)) if values else "--"
        if word.endswith("_TIME") and word.removesuffix("_TIME") in ("FIRST", "LAST", "MIN", "MAX"):
            return _time(word.removesuffix("_TIME"), series, time_zone)
        return found[0]

    return _DYNAMIC.sub(fill, template)


def _property(name: str, source: Labelled, unknown: str) -> str:
    if name.startswith("Dim."):
        return dict(source.metric.dimensions).get(name.removeprefix("Dim."), unknown)
    known = {
        "MetricName": source.metric.name,
        "Namespace": source.metric.namespace,
        "Period": str(source.period_s),
        "Stat": source.statistic.name,
    }
    return known.get(name, unknown)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _time(which: str, series: Series, time_zone: str) -> str:
    if not series.points:
        return "--"
    times = list(series.points)
    chosen = {
        "FIRST": times[0],
        "LAST": times[-1],
        "MAX": max(times, key=lambda time: series.points[time]),
        "MIN": min(times, key=lambda time: series.points[time]),
    }[which]
    local = datetime.fromtimestamp(chosen / 1_000, _zone(time_zone))
    return local.strftime("%Y-%m-%d %H:%M:%S") + (" UTC" if not time_zone else "")


def _zone(text: str) -> timezone:
    """``+0130``; checked before."""
    if not text:
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
