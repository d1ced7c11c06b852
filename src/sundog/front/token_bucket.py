"""Token buckets: a steady rate with bursts, on the caller's clock. Throttles of stages, methods, usage plans.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

BUCKETS_MAX: Final = 10_000
"""Of one server together; the bucket unused for longest is forgotten, and is full again when it returns."""


class TokenBucket:
    """Holds up to ``burst`` tokens and gains ``rate`` a second. A burst below one lets nothing pass."""

    __slots__ = ("_at_ms", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now_ms: int) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at_ms = float(burst), now_ms

    def take(self, now_ms: int) -> bool:
        """One token, if there is one."""
        if now_ms > self._at_ms:
            gained = (now_ms - self._at_ms) * self._rate / 1_000
            self._tokens = min(self._burst, self._tokens + gained)
            self._at_ms = now_ms
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def has_limits(self, rate: float, burst: float) -> bool:
        return rate == self._rate and burst == self._burst


class TokenBuckets:
    """One bucket a key; bounded. A key whose limits have changed begins with a full bucket."""

    def __init__(self, buckets_max: int = BUCKETS_MAX) -> None:
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()
        self._buckets_max = buckets_max

    def take(self, key: Hashable, rate: float, burst: float, now_ms: int) -> bool:
        """A token of ``key``'s bucket; False: too many requests."""
        bucket = self._buckets.get(key)
        if bucket is None or not bucket.has_limits(rate, burst):
            bucket = self._buckets[key] = TokenBucket(rate, burst, now_ms)
            if len(self._buckets) > self._buckets_max:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(now_ms)

    def clear(self) -> None:
        self._buckets.clear()
