"""A message on its way to one subscriber, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.services.sns.model import Message, Subscription, Topic


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the subscriber's side said: for the delivery status log."""

    status: int
    response: Mapping[str, Any] | str


class DeliveryFailed(Exception):
    """``is_final``: trying again would not help."""

    def __init__(self, text: str, *, is_final: bool, status: int = 0) -> None:
        super().__init__(text)
        self.text, self.is_final, self.status = text, is_final, status


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for one subscription. Without one: the request to confirm it, or that it has ended.

    ``delivery_id`` is the id of what is sent without a message.
    """

    topic: Topic
    subscription: Subscription
    message: Message | None
    delivery_id: str
    is_farewell: bool = False

    @property
    def kind(self) -> str:
        """The type of what is sent."""
        if self.message is not None:
            return "Notification"
        return "UnsubscribeConfirmation" if self.is_farewell else "SubscriptionConfirmation"
