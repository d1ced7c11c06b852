"""Metrics that services count as they work: gathered by minute, handed to CloudWatch a few times a second."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar

from sundog.context import Context, Principal
from sundog.scope import Scope

logger = logging.getLogger(__name__)

MINUTE_MS = 60_000
GATHER_S = 0.05
DATUM_VALUES_MAX = 150
BATCH_MAX = 1_000

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, e.g. ``(("FunctionName", "f"),)``."""

VALUE_LENGTH_MAX = 1_024

Subject = TypeVar("Subject", bound=Hashable)
_Series = tuple[Scope, Dimensions, str, int]


class Metrics(Generic[Subject]):
    """A part: counting costs a dictionary entry. Nothing is lost at a clean stop, a crash loses some ms.

    A service says by a subclass what it counts for and which series a value belongs to.
    """

    namespace: ClassVar[str]
    service: ClassVar[str]
    """The principal that puts them, ``lambda.amazonaws.com``."""
    units: ClassVar[Mapping[str, str]] = {}
    """Of metrics that are not a Count."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._values: dict[tuple[Subject, int], dict[str, Counter[float]]] = {}
        self._flusher: asyncio.Task[None] | None = None

    def series(self, subject: Subject) -> tuple[Scope, list[Dimensions]]:
        """Where a value counted for ``subject`` is shown: its account and region, and sets of dimensions."""
        raise NotImplementedError

    def count(self, subject: Subject, metric: str, value: float = 1.0) -> None:
        """One value of ``metric`` now."""
        self.count_all(subject, {metric: value})

    def count_all(self, subject: Subject, values: Mapping[str, float]) -> None:
        """One value of each metric now."""
        key = subject, self._ctx.clock.now_ms() // MINUTE_MS * MINUTE_MS
        counted = self._values.get(key)
        if counted is None:
            counted = self._values[key] = {}
        for metric, value in values.items():
            counter = counted.get(metric)
            if counter is None:
                counter = counted[metric] = Counter()
            counter[value] = counter.get(value, 0) + 1
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush_soon())

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._flusher is not None:
            await self._flusher
        await self._flush()

    async def forget(self) -> None:
        self._values.clear()

    async def _flush_soon(self) -> None:
        with self._ctx.clock.busy():
            while self._values:
                # Whoever moves the clock waits for us at every stop: do not gather then.
                await self._ctx.clock.sleep_wall(0 if self._ctx.clock.is_frozen else GATHER_S)
                await self._flush()

    async def _flush(self) -> None:
        values, self._values = self._values, {}
        data: dict[Scope, list[dict[str, Any]]] = {}
        for key, counted in self._by_series(values).items():
            data.setdefault(key[0], []).extend(self._datums(key, counted))
        for scope, datums in data.items():
            putter = self._ctx.acting(scope=scope, principal=Principal.service(self.service, scope.account))
            for start in range(0, len(datums), BATCH_MAX):
                request = {"Namespace": self.namespace, "MetricData": datums[start : start + BATCH_MAX]}
                try:
                    await putter.dispatch("cloudwatch", "PutMetricData", request)
                except Exception:  # metrics must never stop what they measure
                    logger.exception("metrics of %s could not be written", scope)

    def _by_series(
        self, values: Mapping[tuple[Subject, int], Mapping[str, Counter[float]]]
    ) -> dict[_Series, Counter[float]]:
        found: dict[_Series, Counter[float]] = {}
        for (subject, minute_ms), metrics in values.items():
            scope, shown = self.series(subject)
            for dimensions in filter(_is_storable, shown):
                for metric, counted in metrics.items():
                    found.setdefault((scope, dimensions, metric, minute_ms), Counter()).update(counted)
        return found

    def _datums(self, key: _Series, counted: Counter[float]) -> Iterator[dict[str, Any]]:
        _scope, dimensions, metric, minute_ms = key
        items = iter(counted.items())
        while part := list(islice(items, DATUM_VALUES_MAX)):
            yield {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
                "Timestamp": minute_ms,
                "Unit": self.units.get(metric, "Count"),
                "Values": [value for value, _ in part],
                "Counts": [float(count) for _, count in part],
            }


def _is_storable(dimensions: Dimensions) -> bool:
    """CloudWatch takes it. A machine whose name is not ASCII has no metrics, as on AWS; others do not suffer.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    """
    return all(
        value.isascii() and value.strip() and len(value) <= VALUE_LENGTH_MAX for _, value in dimensions
    )
