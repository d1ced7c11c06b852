"""Part: topics with their subscriptions, as Publish needs them, remembered from one message to the next.

Every transaction that changes a topic or a subscription drops what is remembered of the topic when it
commits, on this node at once and on others by a wake of the channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from sundog.arn import Arn
from sundog.context import Context
from sundog.lang.event_pattern import Dialect, Pattern, attributes_event, compile_pattern
from sundog.services.sns import limits
from sundog.services.sns.loading import find_topic, list_subscriptions
from sundog.services.sns.model import Message, Subscription, Topic
from sundog.store import Transaction

CHANNEL = "sns.topics"
REMEMBERED_MAX = 10_000
_FOREVER_MS = 36_500 * limits.DAY_MS


@dataclass(frozen=True, slots=True)
class Route:
    """A confirmed subscription and the policy a message must satisfy, None where it takes everything."""

    subscription: Subscription
    policy: Pattern | None


class Events:
    """One message as its filter policies see it; parsed once, and only if somebody asks."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._attributes: dict[str, Any] | None = None
        self._body: Any = None
        self._is_parsed = False

    def seen_by(self, policy: Pattern) -> Mapping[str, Any] | None:
        """None where there is nothing that could match: the policy is about a body that is no object."""
        if policy.dialect is Dialect.SNS_ATTRIBUTES:
            if self._attributes is None:
                self._attributes = attributes_event(self._message.attributes)
            return self._attributes
        if not self._is_parsed:
            self._is_parsed = True
            with suppress(orjson.JSONDecodeError):
                self._body = orjson.loads(self._message.text)
        return self._body if isinstance(self._body, dict) else None


@dataclass(frozen=True, slots=True)
class TopicView:
    topic: Topic
    routes: tuple[Route, ...]
    pending: tuple[Subscription, ...]
    by_id: Mapping[str, Subscription]

    def takers(self, message: Message) -> tuple[list[Subscription], int]:
        """Who gets the message, and how many filter policies refuse it."""
        events = Events(message)
        takers = [route.subscription for route in self.routes if is_wanted(route, events)]
        return takers, len(self.routes) - len(takers)


def is_wanted(route: Route, events: Events) -> bool:
    if route.policy is None:
        return True
    event = events.seen_by(route.policy)
    return event is not None and route.policy.matches(event)


class Directory:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._views: dict[Arn, TopicView] = {}
        self._epoch = 0
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def forget(self) -> None:
        self._forget_all()

    def changed(self, tx: Transaction, arn: Arn) -> None:
        """Call in every transaction that changes the topic or its subscriptions."""
        tx.after_commit(lambda: self._forget(arn))
        tx.wake(CHANNEL)

    async def find(self, arn: Arn) -> TopicView | None:
        known = self._views.get(arn)
        return known if known is not None else await self._load(arn)

    async def _load(self, arn: Arn) -> TopicView | None:
        epoch = self._epoch
        async with self._ctx.store.transaction() as tx:
            topic = await find_topic(tx, arn)
            subscriptions = await list_subscriptions(tx, arn) if topic else []
        if topic is None:
            return None
        confirmed = [one for one in subscriptions if one.is_confirmed]
        view = TopicView(
            topic,
            tuple(Route(one, policy_of(one)) for one in confirmed),
            tuple(one for one in subscriptions if not one.is_confirmed),
            {one.id: one for one in subscriptions},
        )
        if epoch == self._epoch:  # else it may have changed while we read
            if len(self._views) >= REMEMBERED_MAX:
                self._views.clear()
            self._views[arn] = view
        return view

    def _forget(self, arn: Arn) -> None:
        self._epoch += 1
        self._views.pop(arn, None)

    def _forget_all(self) -> None:
        self._epoch += 1
        self._views.clear()

    async def _listen(self) -> None:
        async with self._ctx.store.subscribe(CHANNEL) as changes:
            while True:
                await changes.wait(self._ctx.clock.now_ms() + _FOREVER_MS)
                if self._ctx.store.is_shared:  # else our own transactions have said which topic
                    self._forget_all()


def policy_of(subscription: Subscription) -> Pattern | None:
    text = subscription.attributes.get("FilterPolicy")
    scope = subscription.attributes.get("FilterPolicyScope", "MessageAttributes")
    return compile_pattern(text, Dialect(scope)) if text else None
