"""Operations on topics."""

from __future__ import annotations

from dataclasses import replace

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.sns import archiving, limits, replaying
from sundog.services.sns.directory import Directory
from sundog.services.sns.errors import invalid
from sundog.services.sns.loading import load_topic
from sundog.services.sns.model import Topic
from sundog.services.sns.names import check_name, parse_topic
from sundog.services.sns.policies import with_permission, without_permission
from sundog.services.sns.rows import SQL, scope_key, to_topic, topic_key, topic_part, write_json
from sundog.services.sns.tags import read_tags
from sundog.services.sns.tokens import read_token, with_token
from sundog.services.sns.topic_attributes import (
    changed_attributes,
    is_same,
    read_attributes,
    shown_attributes,
)
from sundog.store import Transaction


@operation("sns", "CreateTopic")
async def create_topic(ctx: Context, request: Request) -> Result:
    """Creating a topic again is no mistake as long as nothing about it is to be different."""
    given = request.get("Attributes") or {}
    name: str = request["Name"]
    check_name(name, is_fifo=given.get("FifoTopic", "").lower() == "true")
    attributes = read_attributes(given, is_classic=ctx.config.limits == "classic")
    tags = read_tags(request.get("Tags") or ())
    protection = request.get("DataProtectionPolicy") or ""
    arn = Arn.of("sns", ctx.scope, name)
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["topic"], **topic_key(arn))
        if row is not None:
            asked = {name: value for name, value in attributes.items() if name in given}
            _check_same(to_topic(row), asked, tags)
            return {"TopicArn": str(arn)}
        await tx.run(
            SQL["insert_topic"],
            **topic_key(arn),
            attributes=write_json(attributes),
            tags=write_json(tags),
            created_ms=ctx.clock.now_ms(),
        )
        if protection:
            await tx.run(SQL["set_data_protection"], **topic_key(arn), policy=protection)
        if "ArchivePolicy" in attributes:
            await archiving.apply_policy(tx, await load_topic(tx, arn), ctx.clock.now_ms())
        ctx.part(Directory).changed(tx, arn)
    return {"TopicArn": str(arn)}


@operation("sns", "DeleteTopic")
async def delete_topic(ctx: Context, request: Request) -> Result | None:
    """Deleting what is not there succeeds. Messages on their way are not delivered any more."""
    arn = parse_topic(ctx, request.get("TopicArn"))
    async with ctx.store.transaction() as tx:
        await archiving.check_deletable(tx, arn)
        await replaying.forget(tx, arn)
        await tx.run(SQL["delete_topic"], **topic_key(arn))
        await tx.run(SQL["delete_subscriptions"], **topic_key(arn))
        await tx.run(SQL["delete_duplicates"], **topic_key(arn))
        ctx.part(Directory).changed(tx, arn)
    return None


@operation("sns", "ListTopics")
async def list_topics(ctx: Context, request: Request) -> Result:
    after = read_token(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(SQL["topics"], **scope_key(ctx.scope), after=after, count=limits.PAGE + 1)
    topics = [to_topic(row) for row in rows[: limits.PAGE]]
    answer = {"Topics": [{"TopicArn": topic.arn} for topic in topics]}
    return with_token(answer, topics[-1].name if len(rows) > limits.PAGE else None)


@operation("sns", "GetTopicAttributes")
async def get_topic_attributes(ctx: Context, request: Request) -> Result:
    arn = parse_topic(ctx, request.get("TopicArn"))
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
        rows = await tx.all(SQL["subscription_counts"], **topic_part(arn))
        archive = await archiving.shown_beginning(tx, topic, ctx.clock.now_ms())
    counts = {bool(row["is_confirmed"]): int(row["number"]) for row in rows}
    shown = shown_attributes(topic, counts.get(True, 0), counts.get(False, 0))
    return {"Attributes": shown | archive}


@operation("sns", "SetTopicAttributes")
async def set_topic_attributes(ctx: Context, request: Request) -> Result | None:
    arn = parse_topic(ctx, request.get("TopicArn"))
    name, value = request["AttributeName"], request.get("AttributeValue") or ""
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
        changed = changed_attributes(topic, name, value, is_classic=ctx.config.limits == "classic")
        await _save_attributes(ctx, tx, arn, changed)
        if name == "ArchivePolicy":
            await archiving.apply_policy(tx, replace(topic, attributes=changed), ctx.clock.now_ms())
    return None


@operation("sns", "AddPermission")
async def add_permission(ctx: Context, request: Request) -> Result | None:
    arn = parse_topic(ctx, request.get("TopicArn"))
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
        policy = with_permission(
            topic, request["Label"], list(request["AWSAccountId"]), list(request["ActionName"])
        )
        await _save_attributes(ctx, tx, arn, {**topic.attributes, "Policy": write_json(policy)})
    return None


@operation("sns", "RemovePermission")
async def remove_permission(ctx: Context, request: Request) -> Result | None:
    arn = parse_topic(ctx, request.get("TopicArn"))
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
        policy = without_permission(topic, request["Label"])
        await _save_attributes(ctx, tx, arn, {**topic.attributes, "Policy": write_json(policy)})
    return None


@operation("sns", "PutDataProtectionPolicy")
async def put_data_protection_policy(ctx: Context, request: Request) -> Result | None:
    """Kept and shown; messages are not searched for what it names."""
    arn = parse_topic(ctx, request.get("ResourceArn"), "ResourceArn")
    policy = request["DataProtectionPolicy"]
    if len(policy.encode()) > limits.DATA_PROTECTION_POLICY_BYTES_MAX:
        raise invalid("DataProtectionPolicy Reason: Policy is too long")
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
        if topic.is_fifo:
            raise invalid("ResourceArn Reason: Data protection policies are not supported for FIFO topics")
        await tx.run(SQL["set_data_protection"], **topic_key(arn), policy=policy)
    return None


@operation("sns", "GetDataProtectionPolicy")
async def get_data_protection_policy(ctx: Context, request: Request) -> Result:
    arn = parse_topic(ctx, request.get("ResourceArn"), "ResourceArn")
    async with ctx.store.transaction() as tx:
        topic = await load_topic(tx, arn)
    return {"DataProtectionPolicy": topic.data_protection} if topic.data_protection else {}


def _check_same(topic: Topic, attributes: dict[str, str], tags: dict[str, str]) -> None:
    if not is_same(topic, attributes):
        raise invalid("Attributes Reason: Topic already exists with different attributes")
    if tags and tags != topic.tags:
        raise invalid("Tags Reason: Topic already exists with different tags")


async def _save_attributes(ctx: Context, tx: Transaction, arn: Arn, attributes: dict[str, str]) -> None:
    await tx.run(SQL["set_topic_attributes"], **topic_key(arn), attributes=write_json(attributes))
    ctx.part(Directory).changed(tx, arn)
