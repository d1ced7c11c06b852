"""A response that is handed on while the function still writes it: bounded, paced, and never lost halfway.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Protocol

from sundog.clock import Clock

BURST_BYTES = 6 * 1024 * 1024
"""Of a response go as fast as they can; what follows is slower."""
BYTES_PER_SECOND = 2 * 1024 * 1024
WAITING_BYTES_MAX = 256 * 1024
"""Nobody has taken yet; beyond it the function's writes wait."""


class Flow(Protocol):
    """What the bytes come from, as far as it can be held back."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class ResponseStream:
    """One streamed response: the Runtime API feeds it, one reader takes it by `chunks`.

    ``bytes_max``: of the whole response; what is beyond is dropped and the response `is_oversized`.
    ``bytes_per_second``: after the first 6 MB; None for no bound.
    """

    def __init__(self, clock: Clock, bytes_max: int, bytes_per_second: int | None = BYTES_PER_SECOND) -> None:
        self._clock = clock
        self._bytes_max, self._bytes_per_second = bytes_max, bytes_per_second
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._flow: Flow | None = None
        self._is_paused = self._is_closed = self._is_abandoned = False
        self.size = 0
        self.is_oversized = False

    @property
    def has_begun(self) -> bool:
        return self._begun.done()

    @property
    def content_type(self) -> str:
        """Of a response that has begun."""
        return self._begun.result()

    async def begun(self) -> None:
        """Wait until the function writes."""
        await asyncio.shield(self._begun)

    # The function's side

    def begin(self, content_type: str, flow: Flow | None = None) -> None:
        self._flow = flow
        if not self._begun.done():
            self._begun.set_result(content_type)

    def feed(self, data: bytes) -> None:
        if self._is_closed:
            return
        if self.size + len(data) > self._bytes_max:
            self.is_oversized = True
            data = data[: self._bytes_max - self.size]
        self.size += len(data)
        if not data or self._is_abandoned:
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._news.set()
        if self._waiting_bytes > WAITING_BYTES_MAX and self._flow is not None and not self._is_paused:
            self._is_paused = True
            self._flow.pause()

    def close(self) -> None:
        """The invocation is over: nothing more comes."""
        self._is_closed = True
        self._news.set()

    # The caller's side

    async def chunks(self) -> AsyncGenerator[bytes]:
        """What comes, as it comes, until the stream is closed. A reader that leaves stops nothing."""
        taken, burst_end_ns = 0, 0
        try:
            while True:
                while self._waiting:
                    data = self._take()
                    yield data
                    taken += len(data)
                    if taken > BURST_BYTES:
                        burst_end_ns = burst_end_ns or self._clock.monotonic_ns()
                        await self._pace(taken - BURST_BYTES, burst_end_ns)
                if self._is_closed:
                    return
                self._news.clear()
                await self._news.wait()
        finally:
            self._abandon()

    def _take(self) -> bytes:
        data = self._waiting.popleft()
        self._waiting_bytes -= len(data)
        if self._waiting_bytes <= WAITING_BYTES_MAX // 2:
            self._let_flow()
        return data

    def _let_flow(self) -> None:
        if self._is_paused and self._flow is not None:
            self._is_paused = False
            self._flow.resume()

    async def _pace(self, beyond: int, since_ns: int) -> None:
        if self._bytes_per_second is None:
            return
        early_s = beyond / self._bytes_per_second - (self._clock.monotonic_ns() - since_ns) / 1e9
        if early_s > 0:
            await self._clock.sleep_wall(early_s)

    def _abandon(self) -> None:
        """The caller has gone: the function goes on, as on AWS, and its bytes go nowhere."""
        self._is_abandoned = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self._let_flow()
