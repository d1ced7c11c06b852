"""How often in a second functions may be called and waited for: ten times their concurrency.

Real time counts: functions live in it. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from dataclasses import dataclass

from sundog.clock import Clock
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Callee
from sundog.services.lambda_.errors import TooManyRequestsException

REQUESTS_OF_ONE = 10
BUCKETS_MAX = 10_000
RESERVED = "ReservedFunctionInvocationRateLimitExceeded"
UNRESERVED = "FunctionInvocationRateLimitExceeded"


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_ns: int


class Rates:
    """A bucket for each function with reserved concurrency, and one for all else of an account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def enter(self, callee: Callee) -> None:
        """Count one request, or raise."""
        scope, reserved = callee.name.scope, callee.function.reserved
        key = (scope.account, scope.region, callee.name.name if reserved is not None else "")
        rate = (limits.CONCURRENCY_MAX if reserved is None else reserved) * REQUESTS_OF_ONE
        now_ns = self._clock.monotonic_ns()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.clear()
            bucket = self._buckets[key] = _Bucket(rate, now_ns)
        bucket.left = min(rate, bucket.left + rate * (now_ns - bucket.filled_ns) / 1e9)
        bucket.filled_ns = now_ns
        if bucket.left < 1 and rate > 0:  # nothing at all may run: that is told by the concurrency
            raise TooManyRequestsException(UNRESERVED if reserved is None else RESERVED)
        bucket.left -= 1
