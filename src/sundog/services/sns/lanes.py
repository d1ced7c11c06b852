"""Part: only so many deliveries at once, and in a second, to one HTTP subscriber.

So a slow one holds nobody else up, and none gets more than its throttle policy allows.
"""

from __future__ import annotations

from collections import Counter
from math import ceil

from sundog.context import Context
from sundog.service import Part

DELIVERIES_MAX = 8
BUSY_MS = 250


class Lanes(Part):
    def __init__(self, _ctx: Context) -> None:
        self._running: Counter[str] = Counter()
        self._next_ms: dict[str, float] = {}

    async def forget(self) -> None:
        self._next_ms.clear()

    def enter(self, subscription_id: str, per_second_max: int | None, now_ms: int) -> int | None:
        """Take a place, or say how many milliseconds later to ask again."""
        next_ms = self._next_ms.get(subscription_id, 0.0) if per_second_max else 0.0
        if next_ms > now_ms:
            return ceil(next_ms - now_ms)
        if self._running[subscription_id] >= DELIVERIES_MAX:
            return BUSY_MS
        if per_second_max:
            self._next_ms[subscription_id] = max(next_ms, now_ms) + 1_000 / per_second_max
        else:
            self._next_ms.pop(subscription_id, None)
        self._running[subscription_id] += 1
        return None

    def leave(self, subscription_id: str) -> None:
        self._running[subscription_id] -= 1
        if not self._running[subscription_id]:
            del self._running[subscription_id]
