"""What is counted: the depth of a queue, and the AWS/SQS metrics.

Depths are exact up to `EXACT_MAX` messages; above it a count is kept for a while, as AWS's are approximate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sundog.context import Context
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.sqs.loading import SQL
from sundog.services.sqs.model import Queue
from sundog.store import Transaction

EXACT_MAX = 50_000
KEPT_MS_PER_EXACT_MAX = 250
EVERYTHING = 1 << 62
QUEUES_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages can be received, are out with receivers, and wait for their delay."""

    visible: int
    in_flight: int
    delayed: int


class Depths(Part):
    """Counts queues, and remembers the counts that cost much."""

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._kept: dict[int, tuple[int, int]] = {}

    async def forget(self) -> None:
        self._kept.clear()

    async def count(self, tx: Transaction, queue: Queue) -> Depth:
        now_ms = self._clock.now_ms()
        hidden = await tx.one(SQL["count_hidden"], pile=queue.pile, now_ms=now_ms)
        assert hidden is not None
        visible = await self._visible(tx, queue, now_ms)
        return Depth(visible, int(hidden["in_flight"]), int(hidden["delayed"]))

    async def _visible(self, tx: Transaction, queue: Queue, now_ms: int) -> int:
        kept = self._kept.get(queue.pile)
        if kept is not None and now_ms < kept[1]:
            return kept[0]
        expired_ms = now_ms - queue.retention_ms
        values = {"pile": queue.pile, "count": EVERYTHING}
        found = await tx.one(SQL["count_visible"], **values, now_ms=now_ms)
        expired = await tx.one(SQL["count_expired"], **values, expired_ms=expired_ms)
        assert found is not None and expired is not None
        visible = max(0, int(found["visible"]) - int(expired["expired"]))
        if visible > EXACT_MAX:
            self._keep(queue, visible, now_ms)
        else:
            self._kept.pop(queue.pile, None)
        return visible

    def _keep(self, queue: Queue, visible: int, now_ms: int) -> None:
        if len(self._kept) >= QUEUES_MAX:
            self._kept.clear()
        self._kept[queue.pile] = (visible, now_ms + visible * KEPT_MS_PER_EXACT_MAX // EXACT_MAX)


@dataclass(slots=True)
class QueueCounts:
    """What happened to one queue since the last flush."""

    sent: int = 0
    sent_bytes: int = 0
    sent_bytes_min: int = 0
    sent_bytes_max: int = 0
    received: int = 0
    empty_receives: int = 0
    deleted: int = 0


@dataclass(slots=True)
class _Counted:
    scope: Scope
    name: str
    counts: QueueCounts = field(default_factory=QueueCounts)


class Counters(Part):
    """Adds up what happens, queue by queue; `take` hands it over and starts anew."""

    def __init__(self, _ctx: Context) -> None:
        self._counted: dict[int, _Counted] = {}

    async def forget(self) -> None:
        self._counted.clear()

    @property
    def is_empty(self) -> bool:
        return not self._counted

    def take(self) -> Iterator[tuple[Scope, str, QueueCounts]]:
        taken, self._counted = self._counted, {}
        return ((one.scope, one.name, one.counts) for one in taken.values())

    def sent(self, queue: Queue, count: int, size: int) -> None:
        if not count:
            return
        counts = self._of(queue)
        each = size // count
        counts.sent_bytes_min = min(each, counts.sent_bytes_min) if counts.sent else each
        counts.sent_bytes_max = max(each, counts.sent_bytes_max)
        counts.sent += count
        counts.sent_bytes += size

    def received(self, queue: Queue, count: int) -> None:
        counts = self._of(queue)
        counts.received += count
        counts.empty_receives += count == 0

    def deleted(self, queue: Queue, count: int) -> None:
        self._of(queue).deleted += count

    def _of(self, queue: Queue) -> QueueCounts:
        counted = self._counted.get(queue.id)
        if counted is None:
            counted = self._counted[queue.id] = _Counted(queue.scope, queue.name)
        return counted.counts
