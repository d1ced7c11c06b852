"""What filters get of new events: rows of work, in the transaction that stores the events."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import orjson

from sundog import bus, work
from sundog.context import Context
from sundog.lang.log_pattern import Matcher, compile_pattern
from sundog.lang.log_pattern.selectors import parse_path, read_value
from sundog.service import Part
from sundog.services.logs import limits
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import Accepted, Position, group_arn
from sundog.store import Row, Transaction

EMIT = "logs.emit_metrics"
PATTERNS_MAX = 1_000
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
MINUTE_MS = 60_000
_T = TypeVar("_T")


class Patterns(Part):
    """Compiled patterns by text: a part, because every PutLogEvents of a group with filters needs them."""

    def __init__(self, _: Context) -> None:
        self._matchers: dict[str, Matcher] = {}

    async def forget(self) -> None:
        self._matchers.clear()

    def get(self, pattern: str) -> Matcher:
        matcher = self._matchers.get(pattern)
        if matcher is None:
            if len(self._matchers) >= PATTERNS_MAX:
                self._matchers.clear()
            matcher = self._matchers[pattern] = compile_pattern(pattern)
        return matcher


async def pass_on(
    ctx: Context, tx: Transaction, stream: Row, name: str, accepted: Accepted, positions: list[Position]
) -> None:
    """Hand the events that each filter of the group matches to a metric or to its destination."""
    patterns = ctx.part(Patterns)
    for row in await tx.all(SQL["group_filters"], group_id=stream["group_id"], kind="metric"):
        body = orjson.loads(row["body"])
        for emission in metric_emissions(body, patterns.get(body["filterPattern"]), accepted):
            await work.put(tx, EMIT, emission, scope=ctx.scope, due_ms=ctx.clock.now_ms())
    for row in await tx.all(SQL["group_filters"], group_id=stream["group_id"], kind="subscription"):
        body = orjson.loads(row["body"])
        events = _matching(patterns.get(body["filterPattern"]), accepted, positions)
        source = Source(ctx.scope.account, stream["group_name"], name, row["name"])
        for document in documents(source, events):
            await bus.send(ctx, tx, _delivery(ctx, source, body, document))


def metric_emissions(body: Mapping[str, Any], match: Matcher, accepted: Accepted) -> list[dict[str, Any]]:
    """PutMetricData requests for what the filter counts in these events."""
    return [
        {"Namespace": transformation["metricNamespace"], "MetricData": list(data)}
        for transformation in body["metricTransformations"]
        for data in batched(_data(transformation, match, accepted), limits.METRIC_DATA_MAX)
    ]


_Series = tuple[int, tuple[tuple[str, str], ...]]
"""A minute and dimensions."""


def _data(transformation: Mapping[str, Any], match: Matcher, accepted: Accepted) -> list[dict[str, Any]]:
    found: dict[_Series, Counter[float]] = {}
    has_match = False
    for time_ms, message in zip(accepted.times, accepted.messages, strict=True):
        extracted = match(message)
        if extracted is None:
            continue
        has_match = True
        value = _number(transformation["metricValue"], extracted, message)
        dimensions = _dimensions(transformation, extracted, message)
        if value is not None and dimensions is not None:
            found.setdefault((time_ms // MINUTE_MS * MINUTE_MS, dimensions), Counter())[value] += 1
    if not has_match and "defaultValue" in transformation:
        found[accepted.times[-1] // MINUTE_MS * MINUTE_MS, ()] = Counter([transformation["defaultValue"]])
    return [
        _datum(transformation, series, counts)
        for series, counter in found.items()
        for counts in batched(counter.items(), limits.METRIC_VALUES_MAX)
    ]


def _datum(
    transformation: Mapping[str, Any], series: _Series, counts: Sequence[tuple[float, int]]
) -> dict[str, Any]:
    time_ms, dimensions = series
    return {
        "MetricName": transformation["metricName"],
        "Timestamp": time_ms,
        "Values": [value for value, _ in counts],
        "Counts": [float(count) for _, count in counts],
        "Unit": transformation.get("unit", "None"),
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions],
    }


def batched(items: Iterable[_T], count_max: int) -> Iterator[list[_T]]:
    """Lists of at most ``count_max`` items."""
    source = iter(items)
    while batch := list(islice(source, count_max)):
        yield batch


def _extract(selector: str, extracted: Mapping[str, str], message: str) -> str | None:
    """A field of the event by its selector, named in the pattern or not."""
    if selector in extracted:
        return extracted[selector]
    path = parse_path(selector)
    return read_value(message, path) if path else None


def _number(value: str, extracted: Mapping[str, str], message: str) -> float | None:
    text = _extract(value, extracted, message) if value.startswith("$") else value
    if text is None or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) <= limits.METRIC_VALUE_MAX else None


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


def _matching(match: Matcher, accepted: Accepted, positions: list[Position]) -> list[dict[str, Any]]:
    return [
        {"id": position.token(), "timestamp": time_ms, "message": message}
        for position, time_ms, message in zip(positions, accepted.times, accepted.messages, strict=True)
        if match(message) is not None
    ]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the events of a subscription come from."""

    account: str
    group: str
    stream: str
    filter: str


def documents(source: Source, events: list[dict[str, Any]]) -> Iterator[str]:
    """The events as subscribers get them: JSON, gzip, base64; halved until each document is small enough."""
    if not events:
        return
    record = {
        "messageType": "DATA_MESSAGE",
        "owner": source.account,
        "logGroup": source.group,
        "logStream": source.stream,
        "subscriptionFilters": [source.filter],
        "logEvents": events,
    }
    data = base64.b64encode(gzip.compress(_json(record), 6, mtime=0)).decode()
    if len(data) <= limits.DELIVERY_BYTES_MAX or len(events) == 1:
        yield orjson.dumps({"awslogs": {"data": data}}).decode()
        return
    half = len(events) // 2
    yield from documents(source, events[:half])
    yield from documents(source, events[half:])


def _json(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:  # half a surrogate pair in a message, stored replaced as well
        return json.dumps(record).encode()


def _delivery(ctx: Context, source: Source, body: Mapping[str, Any], document: str) -> bus.Delivery:
    return bus.Delivery(
        target_arn=body["destinationArn"],
        body=document,
        source_arn=f"{group_arn(ctx.scope, source.group)}:*",
        service="logs.amazonaws.com",
        role_arn=body.get("roleArn", ""),
        trace_header=ctx.trace_header,
    )
