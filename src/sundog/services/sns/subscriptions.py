"""Operations on subscriptions."""

from __future__ import annotations

import re
from dataclasses import replace

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.sns import ending, limits, replaying
from sundog.services.sns.confirming import ask_to_confirm
from sundog.services.sns.directory import Directory
from sundog.services.sns.endpoints import NEEDS_CONFIRMATION, account_of, check_endpoint
from sundog.services.sns.errors import InvalidParameterException, NotFoundException, invalid
from sundog.services.sns.loading import (
    find_subscription,
    find_topic,
    list_subscriptions,
    load_subscription,
    load_topic,
)
from sundog.services.sns.model import Subscription, Topic
from sundog.services.sns.names import parse_subscription, parse_topic
from sundog.services.sns.rows import (
    SQL,
    scope_key,
    subscription_values,
    to_subscription,
    topic_key,
    topic_part,
    write_json,
)
from sundog.services.sns.subscription_attributes import (
    changed_attributes,
    is_same,
    read_attributes,
    shown_attributes,
)
from sundog.services.sns.tokens import read_token, with_token
from sundog.store import Transaction

_TOKEN = re.compile(r"[0-9a-f]{64,}")
TOKEN_LENGTH = 272
PENDING = "pending confirmation"


@operation("sns", "Subscribe")
async def subscribe(ctx: Context, request: Request) -> Result:
    """Subscribing again is no mistake; somebody who has not confirmed yet is asked again."""
    arn = parse_topic(ctx, request.get("TopicArn"))
    protocol, endpoint = request["Protocol"], request.get("Endpoint")
    given = request.get("Attributes") or {}
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
        check_endpoint(protocol, endpoint, is_fifo=topic.is_fifo)
        attributes = read_attributes(given, protocol, topic)
        where = {"protocol": protocol, "endpoint": endpoint}
        row = await tx.one(SQL["subscription_at"], **topic_part(arn), **where)
        if row is not None:
            subscription = to_subscription(row)
            if not is_same(subscription, attributes):
                raise invalid("Attributes Reason: Subscription already exists with different attributes")
        else:
            subscription = _new_subscription(ctx, topic, protocol, endpoint or "", attributes)
            await tx.run(SQL["insert_subscription"], **subscription_values(subscription))
            if "ReplayPolicy" in attributes:
                await replaying.begin(ctx, tx, topic, subscription, "Attributes Reason: ")
            ctx.part(Directory).changed(tx, arn)
        if not subscription.is_confirmed:
            await ask_to_confirm(ctx, tx, topic, subscription)
    is_told = subscription.is_confirmed or request.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": subscription.arn if is_told else PENDING}


@operation("sns", "ConfirmSubscription")
async def confirm_subscription(ctx: Context, request: Request) -> Result:
    arn = parse_topic(ctx, request.get("TopicArn"))
    token: str = request["Token"]
    if not _TOKEN.fullmatch(token):
        raise InvalidParameterException("Invalid token")
    is_signed = ctx.principal.kind != "anonymous"
    authenticated = is_signed and str(request.get("AuthenticateOnUnsubscribe", "false")).lower() == "true"
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["subscription_by_token"], **topic_part(arn), token=token)
        if row is None:
            return await _restore(ctx, tx, arn, token)
        subscription = to_subscription(row)
        if not subscription.is_confirmed:
            if ctx.clock.now_ms() > subscription.created_ms + limits.TOKEN_MS:
                raise invalid("Token")
            await tx.run(
                SQL["confirm_subscription"],
                **topic_part(arn),
                id=subscription.id,
                was_authenticated=int(authenticated),
            )
            ctx.part(Directory).changed(tx, arn)
    return {"SubscriptionArn": subscription.arn}


async def _restore(ctx: Context, tx: Transaction, arn: Arn, token: str) -> Result:
    """The token of a farewell: the subscription is there again."""
    subscription = await ending.find_ended(ctx, tx, arn, token)
    if subscription is None or await find_topic(tx, arn) is None:
        raise invalid("Token")
    await tx.run(SQL["insert_subscription"], **subscription_values(subscription))
    ctx.part(Directory).changed(tx, arn)
    return {"SubscriptionArn": subscription.arn}


@operation("sns", "Unsubscribe")
async def unsubscribe(ctx: Context, request: Request) -> Result | None:
    """Ending what is not there succeeds."""
    arn, id = parse_subscription(ctx, request.get("SubscriptionArn"))
    async with ctx.store.transaction() as tx:
        topic, subscription = await find_topic(tx, arn), await find_subscription(tx, arn, id)
        if topic is not None and subscription is not None:
            ending.check_may_end(ctx, subscription)
            await tx.run(SQL["delete_subscription"], **topic_part(arn), id=id)
            await ending.say_goodbye(ctx, tx, topic, subscription)
            await tx.run(SQL["count_unsubscribed"], **topic_key(arn))
            await replaying.end(tx, arn, id)
            ctx.part(Directory).changed(tx, arn)
    return None


@operation("sns", "ListSubscriptions")
async def list_all_subscriptions(ctx: Context, request: Request) -> Result:
    after = read_token(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(SQL["subscriptions"], **scope_key(ctx.scope), after=after, count=limits.PAGE + 1)
    return _page([to_subscription(row) for row in rows])


@operation("sns", "ListSubscriptionsByTopic")
async def list_subscriptions_by_topic(ctx: Context, request: Request) -> Result:
    arn = parse_topic(ctx, request.get("TopicArn"))
    async with ctx.store.transaction() as tx:
        await load_topic(tx, arn)
        found = await list_subscriptions(tx, arn, read_token(request), limits.PAGE + 1)
    return _page(found)


@operation("sns", "GetSubscriptionAttributes")
async def get_subscription_attributes(ctx: Context, request: Request) -> Result:
    arn, id = parse_subscription(ctx, request.get("SubscriptionArn"))
    async with ctx.store.transaction() as tx:
        subscription = await load_subscription(tx, arn, id)
        topic = await _topic_of(tx, arn)
        status = await replaying.shown_status(tx, arn, id)
    return {"Attributes": shown_attributes(subscription, topic) | status}


@operation("sns", "SetSubscriptionAttributes")
async def set_subscription_attributes(ctx: Context, request: Request) -> Result | None:
    arn, id = parse_subscription(ctx, request.get("SubscriptionArn"))
    name, value = request["AttributeName"], request.get("AttributeValue") or ""
    async with ctx.store.transaction() as tx:
        subscription = await load_subscription(tx, arn, id)
        topic = await _topic_of(tx, arn)
        changed = changed_attributes(subscription, topic, name, value)
        await tx.run(
            SQL["set_subscription_attributes"], **topic_part(arn), id=id, attributes=write_json(changed)
        )
        if name == "ReplayPolicy":
            await replaying.begin(ctx, tx, topic, replace(subscription, attributes=changed))
        ctx.part(Directory).changed(tx, arn)
    return None


def _new_subscription(
    ctx: Context, topic: Topic, protocol: str, endpoint: str, attributes: dict[str, str]
) -> Subscription:
    """Whoever subscribes a queue or function of another account cannot confirm in its name."""
    is_foreign = protocol in ("sqs", "lambda") and account_of(endpoint) != ctx.scope.account
    is_confirmed = protocol not in NEEDS_CONFIRMATION and not (
        is_foreign and topic.scope.account != account_of(endpoint)
    )
    return Subscription(
        topic.scope,
        topic.name,
        ctx.ids.uuid(),
        protocol,
        endpoint,
        ctx.scope.account,
        ctx.principal.arn,
        attributes,
        ctx.ids.hex(TOKEN_LENGTH),
        is_confirmed,
        is_confirmed,
        ctx.clock.now_ms(),
    )


async def _topic_of(tx: Transaction, arn: Arn) -> Topic:
    topic = await find_topic(tx, arn)
    if topic is None:
        raise NotFoundException(what="Subscription")
    return topic


def _page(found: list[Subscription]) -> Result:
    shown = [
        {
            "SubscriptionArn": one.arn if one.is_confirmed else "PendingConfirmation",
            "Owner": one.owner,
            "Protocol": one.protocol,
            "Endpoint": one.endpoint,
            "TopicArn": one.topic_arn,
        }
        for one in found[: limits.PAGE]
    ]
    return with_token(
        {"Subscriptions": shown}, found[limits.PAGE - 1].id if len(found) > limits.PAGE else None
    )
