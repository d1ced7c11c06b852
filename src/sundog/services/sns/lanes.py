"""Part: only so many deliveries at once to one HTTP subscriber, so that a slow one holds nobody else up."""

from __future__ import annotations

from collections import Counter

from sundog.context import Context

DELIVERIES_MAX = 8
BUSY_MS = 250


class Lanes:
    def __init__(self, _ctx: Context) -> None:
        self._running: Counter[str] = Counter()

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def forget(self) -> None:
        return None

    def enter(self, subscription_id: str) -> int | None:
        """Take a place, or say how many milliseconds later to ask again."""
        if self._running[subscription_id] >= DELIVERIES_MAX:
            return BUSY_MS
        self._running[subscription_id] += 1
        return None

    def leave(self, subscription_id: str) -> None:
        self._running[subscription_id] -= 1
        if not self._running[subscription_id]:
            del self._running[subscription_id]
