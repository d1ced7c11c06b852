"""How often FIFO queues may be called: token buckets on the server's clock.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html
While the clock stands frozen nothing is counted: no second passes in which calls could be too many.
"""

from __future__ import annotations

from dataclasses import dataclass

from sundog.context import Context
from sundog.service import Part
from sundog.services.sqs.errors import RequestThrottled
from sundog.services.sqs.loading import quotas
from sundog.services.sqs.model import Queue

BUCKETS_MAX = 50_000


@dataclass(slots=True)
class Bucket:
    """Holds up to ``calls_max`` calls and fills up again within a second."""

    calls_max: int
    calls: float
    filled_ms: int

    def take(self, now_ms: int) -> bool:
        """Whether one more call is allowed at ``now_ms``."""
        passed_ms = max(0, now_ms - self.filled_ms)
        self.calls = min(self.calls_max, self.calls + passed_ms * self.calls_max / 1_000)
        self.filled_ms = now_ms
        if self.calls < 1:
            return False
        self.calls -= 1
        return True


class Throttle(Part):
    """One bucket for each queue (or group of it) and action. Every node counts for itself."""

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._quotas = quotas(ctx)
        self._buckets: dict[tuple[int, str, str], Bucket] = {}

    async def forget(self) -> None:
        self._buckets.clear()

    def check(self, queue: Queue, action: str, group_id: str | None = None) -> None:
        """Raises `RequestThrottled` when this call is one too many within the second."""
        if not queue.is_fifo or self._clock.is_frozen:
            return
        is_by_group = queue.is_limited_by_group
        calls_max = self._quotas.fifo_group_calls_max if is_by_group else self._quotas.fifo_calls_max
        if calls_max is None or (is_by_group and group_id is None):
            return
        now_ms = self._clock.now_ms()
        key = (queue.id, action, (group_id or "") if is_by_group else "")
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.clear()
            bucket = self._buckets[key] = Bucket(calls_max, calls_max, now_ms)
        if not bucket.take(now_ms):
            raise RequestThrottled
