"""What follows a commit inside one process: actions, and wakes for who waits on which channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from sundog.clock import Clock, MayBeLate


class Channels:
    """The subscriptions of this process by channel."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscriptions: dict[str, set[ChannelSubscription]] = {}

    def subscribe(self, channel: str) -> ChannelSubscription:
        return ChannelSubscription(self._clock, self._subscriptions, channel)

    def wake(self, channels: Iterable[str]) -> None:
        for channel in channels:
            for subscription in tuple(self._subscriptions.get(channel, ())):
                subscription.wake()

    def wake_all(self) -> None:
        """Wakes may have been missed: have everybody look."""
        self.wake(tuple(self._subscriptions))


class ChannelSubscription:
    """A wait for wakes on one channel, as an async context manager. One task waits on it at a time."""

    __slots__ = ("_channel", "_clock", "_is_woken", "_subscriptions", "_waiting")

    def __init__(
        self, clock: Clock, subscriptions: dict[str, set[ChannelSubscription]], channel: str
    ) -> None:
        self._clock, self._subscriptions, self._channel = clock, subscriptions, channel
        self._is_woken = False
        self._waiting: asyncio.Future[bool] | None = None

    async def __aenter__(self) -> ChannelSubscription:
        self._subscriptions.setdefault(self._channel, set()).add(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        others = self._subscriptions[self._channel]
        others.discard(self)
        if not others:
            del self._subscriptions[self._channel]

    async def wait(
        self,
        deadline_ms: int,
        *,
        is_work: bool = False,
        is_recurring: bool = False,
        may_be_late: MayBeLate | None = None,
    ) -> bool:
        """True once woken, at once if that happened since the last wait; False at the deadline."""
        if not self._is_woken:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._clock.wait_for(
                    self._waiting,
                    deadline_ms,
                    is_work=is_work,
                    is_recurring=is_recurring,
                    may_be_late=may_be_late,
                )
            finally:
                self._waiting = None
        was_woken, self._is_woken = self._is_woken, False
        return was_woken

    def wake(self) -> None:
        self._is_woken = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(True)


def perform(actions: Iterable[Callable[[], None]]) -> None:
    """Do what was to be done after a commit. One that fails is our mistake and must not stop the others."""
    for action in actions:
        try:
            action()
        except Exception as error:
            report = {"message": "an action after a commit failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(report)
