"""Reads of topics and subscriptions that several operations share."""

from __future__ import annotations

from sundog.arn import Arn
from sundog.services.sns.errors import NotFoundException
from sundog.services.sns.model import Subscription, Topic
from sundog.services.sns.rows import SQL, to_subscription, to_topic, topic_key, topic_part
from sundog.store import Transaction

EVERYTHING = 1_000_000


async def find_topic(tx: Transaction, arn: Arn) -> Topic | None:
    row = await tx.one(SQL["topic"], **topic_key(arn))
    return to_topic(row) if row is not None else None


async def load_topic(tx: Transaction, arn: Arn) -> Topic:
    topic = await find_topic(tx, arn)
    if topic is None:
        raise NotFoundException(what="Topic")
    return topic


async def find_subscription(tx: Transaction, arn: Arn, id: str) -> Subscription | None:
    row = await tx.one(SQL["subscription"], **topic_part(arn), id=id)
    return to_subscription(row) if row is not None else None


async def load_subscription(tx: Transaction, arn: Arn, id: str) -> Subscription:
    subscription = await find_subscription(tx, arn, id)
    if subscription is None:
        raise NotFoundException(what="Subscription")
    return subscription


async def list_subscriptions(
    tx: Transaction, arn: Arn, after: str = "", count: int = EVERYTHING
) -> list[Subscription]:
    rows = await tx.all(SQL["subscriptions_of_topic"], **topic_part(arn), after=after, count=count)
    return [to_subscription(row) for row in rows]
