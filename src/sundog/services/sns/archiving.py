"""The archive of a FIFO topic: its messages, kept as long as its ArchivePolicy says, for replays.

https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from sundog.arn import Arn
from sundog.services.sns import limits
from sundog.services.sns.errors import InvalidStateException
from sundog.services.sns.model import Message, Topic
from sundog.services.sns.rendering import write_time
from sundog.services.sns.rows import topic_part, write_json
from sundog.store import Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("archive.sql"))


def retention_ms(topic: Topic) -> int:
    """How long messages are kept; 0 where the topic does not archive."""
    policy = json.loads(topic.attributes.get("ArchivePolicy") or "{}")
    return int(policy.get("MessageRetentionPeriod", 0)) * limits.DAY_MS


async def keep(tx: Transaction, topic: Topic, message: Message) -> None:
    """Archive the message with its number, and forget those whose time is over."""
    kept_ms = retention_ms(topic)
    if not kept_ms:
        return
    key = topic_part(arn_of(topic))
    position = int(message.sequence) - limits.SEQUENCE_START
    text = write_json(asdict(message))
    await tx.run(SQL["keep"], **key, position=position, time_ms=message.time_ms, message=text)
    await tx.run(SQL["forget_older"], **key, time_ms=message.time_ms - kept_ms)


async def apply_policy(tx: Transaction, topic: Topic, now_ms: int) -> None:
    """The topic's ArchivePolicy was set or taken away, which forgets the archive and fails replays."""
    key = topic_part(arn_of(topic))
    if retention_ms(topic):
        await tx.run(SQL["begin_archive"], **key, since_ms=now_ms)
        return
    await tx.run(SQL["end_archive"], **key)
    await tx.run(SQL["forget_all"], **key)
    await tx.run(SQL["fail_replays"], **key)


async def beginning_ms(tx: Transaction, topic: Topic, now_ms: int) -> int | None:
    """From when on messages can be replayed; None where the topic does not archive."""
    row = await tx.one(SQL["archive"], **topic_part(arn_of(topic)))
    return max(row["since_ms"], now_ms - retention_ms(topic)) if row is not None else None


async def shown_beginning(tx: Transaction, topic: Topic, now_ms: int) -> dict[str, str]:
    """The attribute BeginningArchiveTime, where there is one."""
    began_ms = await beginning_ms(tx, topic, now_ms)
    return {"BeginningArchiveTime": write_time(began_ms)} if began_ms is not None else {}


async def check_deletable(tx: Transaction, topic_arn: Arn) -> None:
    """A topic that archives is not deleted by mistake."""
    if await tx.one(SQL["archive"], **topic_part(topic_arn)) is not None:
        raise InvalidStateException(problem="Cannot delete a topic with an ArchivePolicy")


def arn_of(topic: Topic) -> Arn:
    return Arn.of("sns", topic.scope, topic.name)
