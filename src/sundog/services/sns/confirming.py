"""Asking a new subscriber whether it wants to be one."""

from __future__ import annotations

from sundog.context import Context
from sundog.services.sns.delivering import DELIVER, HTTP, put_delivery
from sundog.services.sns.model import Subscription, Topic
from sundog.store import Transaction


async def ask_to_confirm(ctx: Context, tx: Transaction, topic: Topic, subscription: Subscription) -> None:
    """Write the row that sends the request to confirm, the way messages will come."""
    kind = HTTP if subscription.protocol in ("http", "https") else DELIVER
    await put_delivery(ctx, tx, kind, topic, None, [subscription])
