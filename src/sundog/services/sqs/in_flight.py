"""How many messages of a queue may be out at once, without counting them at every receive."""

from __future__ import annotations

from sundog.context import Context
from sundog.service import Part
from sundog.services.sqs.errors import OverLimit
from sundog.services.sqs.loading import SQL, quotas
from sundog.services.sqs.model import Queue
from sundog.store import Transaction

QUEUES_MAX = 50_000


class InFlight(Part):
    """For each queue, how many more may be handed out before it has to be counted again.

    Deletes are not credited, so the count is taken a little too often, never too seldom (several nodes
    together may exceed the limit by what each had left).
    """

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._limit = quotas(ctx).in_flight_max
        self._left: dict[int, int] = {}

    async def forget(self) -> None:
        self._left.clear()

    async def allowance(self, tx: Transaction, queue: Queue, count: int) -> int:
        """How many of ``count`` messages may be handed out now; 0 when too many are out."""
        if self._limit is None:
            return count
        left = self._left.get(queue.pile, 0)
        if left < count:
            row = await tx.one(SQL["count_hidden"], pile=queue.pile, now_ms=self._clock.now_ms())
            assert row is not None
            left = self._limit - int(row["in_flight"])
            if len(self._left) >= QUEUES_MAX:
                self._left.clear()
            self._left[queue.pile] = left
        return max(0, min(count, left))

    def handed_out(self, queue: Queue, count: int) -> None:
        if self._limit is not None and count:
            self._left[queue.pile] = self._left.get(queue.pile, 0) - count

    def over_limit(self) -> OverLimit:
        return OverLimit(limit=self._limit)
