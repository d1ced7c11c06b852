"""A subscription over HTTP that ends: its endpoint is told, and may restore it with the token it is sent.

https://docs.aws.amazon.com/sns/latest/dg/http-unsubscribe-confirmation-json.html
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson

from sundog.arn import Arn
from sundog.context import Context
from sundog.services.sns import limits
from sundog.services.sns.delivering import HTTP, put_delivery
from sundog.services.sns.errors import AuthorizationErrorException
from sundog.services.sns.model import Subscription, Topic, read_subscription
from sundog.services.sns.rows import SQL as SUBSCRIPTIONS
from sundog.services.sns.rows import topic_part, write_json
from sundog.store import Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("ended.sql"))


def check_may_end(ctx: Context, subscription: Subscription) -> None:
    """Whoever has a link may end a subscription, unless it was confirmed with AuthenticateOnUnsubscribe."""
    if ctx.principal.kind == "anonymous" and subscription.was_authenticated:
        raise AuthorizationErrorException(what="Unsubscribe")


async def say_goodbye(ctx: Context, tx: Transaction, topic: Topic, subscription: Subscription) -> None:
    """Write the row that tells the endpoint, and what its token will restore."""
    if subscription.protocol not in ("http", "https") or not subscription.is_confirmed:
        return
    now_ms = ctx.clock.now_ms()
    arn = Arn.of("sns", topic.scope, topic.name)
    await tx.run(
        SQL["put_ended"],
        **topic_part(arn),
        token=subscription.token,
        subscription=write_json(subscription),
        expires_ms=now_ms + limits.TOKEN_MS,
    )
    await tx.run(SQL["forget_ended"], now_ms=now_ms)
    await put_delivery(ctx, tx, HTTP, topic, None, [subscription], is_farewell=True)


async def find_ended(ctx: Context, tx: Transaction, arn: Arn, token: str) -> Subscription | None:
    """The ended subscription that the token restores, if nobody has subscribed its endpoint again."""
    row = await tx.one(SQL["ended"], **topic_part(arn), token=token, now_ms=ctx.clock.now_ms())
    if row is None:
        return None
    subscription = read_subscription(orjson.loads(row["subscription"]))
    where = {"protocol": subscription.protocol, "endpoint": subscription.endpoint}
    if await tx.one(SUBSCRIPTIONS["subscription_at"], **topic_part(arn), **where) is not None:
        return None
    await tx.run(SQL["delete_ended"], **topic_part(arn), token=token)
    return replace(subscription, is_confirmed=True, created_ms=ctx.clock.now_ms())
