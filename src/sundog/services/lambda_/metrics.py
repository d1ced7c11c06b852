"""Part: the metrics of AWS/Lambda, gathered by minute and handed to CloudWatch a few times a second."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sundog.context import Context, Principal
from sundog.scope import Scope
from sundog.services.lambda_.limits import MINUTE_MS
from sundog.services.lambda_.names import FunctionName

logger = logging.getLogger(__name__)

GATHER_S = 0.05
DATUM_VALUES_MAX = 150
BATCH_MAX = 1_000
UNITS = {
    "Duration": "Milliseconds",
    "AsyncEventAge": "Milliseconds",
    "PostRuntimeExtensionsDuration": "Milliseconds",
}

_Counted = tuple[FunctionName, str, int]
"""What was called, metric, minute."""

_Key = tuple[Scope, str, str, str, int]
"""Scope, function (empty: all functions), resource (empty: the whole function), metric, minute."""


class Metrics:
    """Counting costs a dictionary entry; nothing is lost at a clean stop, a crash loses some milliseconds."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._values: dict[_Counted, Counter[float]] = {}
        self._flusher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._flusher is not None:
            await self._flusher
        await self._flush()

    async def forget(self) -> None:
        self._values.clear()

    def count(self, name: FunctionName, metric: str, value: float = 1.0) -> None:
        """One value of ``metric`` for the function, for the qualifier it was called by, and for all."""
        key = name, metric, self._ctx.clock.now_ms() // MINUTE_MS * MINUTE_MS
        counted = self._values.get(key)
        if counted is None:
            counted = self._values[key] = Counter()
        counted[value] += 1
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        with self._ctx.clock.busy():
            while self._values:
                # Whoever moves the clock waits for us at every stop: do not gather then.
                await self._ctx.clock.sleep_wall(0 if self._ctx.clock.is_frozen else GATHER_S)
                await self._flush()

    async def _flush(self) -> None:
        values, self._values = self._values, {}
        data: dict[Scope, list[dict[str, Any]]] = {}
        for key, counted in _by_dimensions(values).items():
            data.setdefault(key[0], []).extend(_datums(key, counted))
        for scope, datums in data.items():
            service = self._ctx.acting(
                scope=scope, principal=Principal.service("lambda.amazonaws.com", scope.account)
            )
            for start in range(0, len(datums), BATCH_MAX):
                request = {"Namespace": "AWS/Lambda", "MetricData": datums[start : start + BATCH_MAX]}
                try:
                    await service.dispatch("cloudwatch", "PutMetricData", request)
                except Exception:  # metrics must never stop an invocation
                    logger.exception("metrics of %s could not be written", scope)


def _by_dimensions(values: Mapping[_Counted, Counter[float]]) -> dict[_Key, Counter[float]]:
    """Every value counts for the function, for the qualifier it was called by, and for all functions."""
    found: dict[_Key, Counter[float]] = {}
    for (name, metric, minute_ms), counted in values.items():
        resource = f"{name.name}:{name.qualifier}" if name.qualifier else name.name
        for function, shown in (("", ""), (name.name, ""), (name.name, resource)):
            key = name.scope, function, shown, metric, minute_ms
            found.setdefault(key, Counter()).update(counted)
    return found


def _datums(key: _Key, counted: Counter[float]) -> Iterator[dict[str, Any]]:
    _scope, function, resource, metric, minute_ms = key
    dimensions = [{"Name": "FunctionName", "Value": function}] if function else []
    if resource:
        dimensions.append({"Name": "Resource", "Value": resource})
    items = iter(counted.items())
    while part := list(islice(items, DATUM_VALUES_MAX)):
        yield {
            "MetricName": metric,
            "Dimensions": dimensions,
            "Timestamp": minute_ms,
            "Unit": UNITS.get(metric, "Count"),
            "Values": [value for value, _ in part],
            "Counts": [float(count) for _, count in part],
        }
