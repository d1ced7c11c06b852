"""What metric filters and subscription filters get of new events: work rows in the transaction that stores them."""

from __future__ import annotations

import base64
import gzip
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from sundog import bus, work
from sundog.context import Context
from sundog.lang.log_pattern import Matcher, compile_pattern
from sundog.lang.log_pattern.selectors import parse_path, read_value
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import Accepted, Position, group_arn
from sundog.store import Row, Transaction

EMIT = "logs.emit_metrics"
PATTERNS_MAX = 1_000
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
MINUTE_MS = 60_000


class Patterns:
    """Compiled patterns by text: a part, because every PutLogEvents of a group with filters needs them."""

    def __init__(self, _: Context) -> None:
        self._matchers: dict[str, Matcher] = {}

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def forget(self) -> None:
        self._matchers.clear()

    def get(self, pattern: str) -> Matcher:
        matcher = self._matchers.get(pattern)
        if matcher is None:
            if len(self._matchers) >= PATTERNS_MAX:
                self._matchers.clear()
            matcher = self._matchers[pattern] = compile_pattern(pattern)
        return matcher


async def pass_on(ctx: Context, tx: Transaction, stream: Row, name: str, accepted: Accepted) -> None:
    """Hand the events that each filter of the group matches to a metric or to its destination."""
    patterns = ctx.part(Patterns)
    for row in await tx.all(SQL["group_filters"], group_id=stream["group_id"], kind="metric"):
        body = orjson.loads(row["body"])
        for emission in metric_emissions(body, patterns.get(body["filterPattern"]), accepted):
            await work.put(tx, EMIT, emission, scope=ctx.scope, due_ms=ctx.clock.now_ms())
    for row in await tx.all(SQL["group_filters"], group_id=stream["group_id"], kind="subscription"):
        body = orjson.loads(row["body"])
        events = _matching(patterns.get(body["filterPattern"]), stream, accepted)
        if events:
            await bus.send(ctx, tx, _delivery(ctx, stream["group_name"], name, row["name"], body, events))


def metric_emissions(body: Mapping[str, Any], match: Matcher, accepted: Accepted) -> list[dict[str, Any]]:
    """PutMetricData requests for what the filter counts in these events, one a metric."""
    return [
        {"Namespace": transformation["metricNamespace"], "MetricData": data}
        for transformation in body["metricTransformations"]
        if (data := _data(transformation, match, accepted))
    ]


def _data(transformation: Mapping[str, Any], match: Matcher, accepted: Accepted) -> list[dict[str, Any]]:
    counts: Counter[tuple[int, float, tuple[tuple[str, str], ...]]] = Counter()
    for time_ms, message in zip(accepted.times, accepted.messages, strict=True):
        extracted = match(message)
        if extracted is None:
            continue
        value = _number(transformation["metricValue"], extracted, message)
        dimensions = _dimensions(transformation, extracted, message)
        if value is not None and dimensions is not None:
            counts[time_ms // MINUTE_MS * MINUTE_MS, value, dimensions] += 1
    if not counts and "defaultValue" in transformation:
        counts[accepted.times[-1] // MINUTE_MS * MINUTE_MS, transformation["defaultValue"], ()] = 1
    return [
        _datum(transformation, time_ms, value, count, dimensions)
        for (time_ms, value, dimensions), count in counts.items()
    ]


def _datum(
    transformation: Mapping[str, Any],
    time_ms: int,
    value: float,
    count: int,
    dimensions: tuple[tuple[str, str], ...],
) -> dict[str, Any]:
    return {
        "MetricName": transformation["metricName"],
        "Timestamp": time_ms,
        "Values": [value],
        "Counts": [float(count)],
        "Unit": transformation.get("unit", "None"),
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions],
    }


def _extract(selector: str, extracted: Mapping[str, str], message: str) -> str | None:
    """A field of the event by its selector, named in the pattern or not."""
    if selector in extracted:
        return extracted[selector]
    path = parse_path(selector)
    return read_value(message, path) if path else None


def _number(value: str, extracted: Mapping[str, str], message: str) -> float | None:
    text = _extract(value, extracted, message) if value.startswith("$") else value
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def _dimensions(
    transformation: Mapping[str, Any], extracted: Mapping[str, str], message: str
) -> tuple[tuple[str, str], ...] | None:
    """None where the event lacks one: AWS then emits nothing."""
    found = []
    for key, selector in sorted(transformation.get("dimensions", {}).items()):
        text = _extract(selector, extracted, message)
        if not text:
            return None
        found.append((key, text))
    return tuple(found)


def _matching(match: Matcher, stream: Row, accepted: Accepted) -> list[dict[str, Any]]:
    return [
        {
            "id": Position(time_ms, stream["stream_id"], index).token(),
            "timestamp": time_ms,
            "message": message,
        }
        for index, (time_ms, message) in enumerate(zip(accepted.times, accepted.messages, strict=True))
        if match(message) is not None
    ]


def _delivery(
    ctx: Context, group: str, stream: str, name: str, body: Mapping[str, Any], events: list[dict[str, Any]]
) -> bus.Delivery:
    record = {
        "messageType": "DATA_MESSAGE",
        "owner": ctx.scope.account,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [name],
        "logEvents": events,
    }
    data = base64.b64encode(gzip.compress(orjson.dumps(record), 6, mtime=0)).decode()
    return bus.Delivery(
        target_arn=body["destinationArn"],
        body=orjson.dumps({"awslogs": {"data": data}}).decode(),
        source_arn=f"{group_arn(ctx.scope, group)}:*",
        service="logs.amazonaws.com",
        role_arn=body.get("roleArn", ""),
        trace_header=ctx.trace_header,
    )
