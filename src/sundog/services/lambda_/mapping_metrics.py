"""Part: the metrics of single event source mappings, where they ask for them.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog import bus
from sundog.bus import Dimensions
from sundog.context import Context
from sundog.scope import Scope
from sundog.services.lambda_.model import SourceMapping

_Mapping = tuple[Scope, str]


class MappingCounts(bus.Metrics[_Mapping]):
    namespace = "AWS/Lambda"
    service = "lambda.amazonaws.com"

    def series(self, subject: _Mapping) -> tuple[Scope, list[Dimensions]]:
        scope, uuid = subject
        return scope, [(("EventSourceMappingUUID", uuid),)]


class MappingMetrics:
    """What one mapping counts; nothing where its MetricsConfig does not say EventCount."""

    def __init__(self, ctx: Context, mapping: SourceMapping) -> None:
        self._counts = ctx.part(MappingCounts)
        self._subject = mapping.scope, mapping.uuid
        self._is_on = wants_counts(mapping.body)

    def polled(self, count: int, filtered_out: int) -> None:
        self._count("PolledEventCount", count)
        self._count("FilteredOutEventCount", filtered_out)

    def invoked(self, count: int, has_failed: bool) -> None:
        self._count("InvokedEventCount", count)
        self._count("FailedInvokeEventCount", count if has_failed else 0)

    def deleted(self, count: int) -> None:
        self._count("DeletedEventCount", count)

    def dropped(self, count: int, is_told: bool) -> None:
        self._count("DroppedEventCount", 0 if is_told else count)
        self._count("OnFailureDestinationDeliveredEventCount", count if is_told else 0)

    def _count(self, metric: str, count: int) -> None:
        if self._is_on:
            self._counts.count(self._subject, metric, float(count))


def wants_counts(body: Mapping[str, Any]) -> bool:
    return "EventCount" in ((body.get("MetricsConfig") or {}).get("Metrics") or ())
