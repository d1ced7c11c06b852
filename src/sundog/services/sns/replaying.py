"""Replays: a subscription of a FIFO topic gets again what the topic has archived.

https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-subscriber.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from sundog import work
from sundog.arn import Arn
from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.services.sns.archiving import SQL, arn_of, beginning_ms
from sundog.services.sns.delivering import send_out
from sundog.services.sns.directory import Directory, Events, TopicView, is_wanted
from sundog.services.sns.errors import invalid
from sundog.services.sns.model import Message, Subscription, Topic, read_message
from sundog.services.sns.rows import topic_part
from sundog.store import Transaction
from sundog.work import WorkItem

REPLAY: Final = "sns.replay"
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Span:
    from_ms: int
    to_ms: int


def read_span(text: str, prefix: str = "") -> Span:
    """What a ReplayPolicy asks for; refuses what is no policy."""
    try:
        policy = json.loads(text)
    except ValueError:
        raise invalid(f"{prefix}ReplayPolicy: failed to parse JSON.") from None
    if not isinstance(policy, dict) or policy.get("PointType") != "Timestamp":
        raise invalid(f"{prefix}ReplayPolicy: PointType must be Timestamp")
    if unknown := set(policy) - {"PointType", "StartingPoint", "EndingPoint"}:
        raise invalid(f"{prefix}ReplayPolicy: Unknown field {min(unknown)}")
    from_ms = _time_ms(policy, "StartingPoint", prefix)
    to_ms = _time_ms(policy, "EndingPoint", prefix) if "EndingPoint" in policy else NEVER_MS
    if to_ms <= from_ms:
        raise invalid(f"{prefix}ReplayPolicy: EndingPoint must be after StartingPoint")
    return Span(from_ms, to_ms)


def _time_ms(policy: dict[str, Any], name: str, prefix: str) -> int:
    try:
        moment = datetime.fromisoformat(policy[name])
    except (KeyError, TypeError, ValueError):
        raise invalid(f"{prefix}ReplayPolicy: {name} must be a timestamp in the ISO 8601 format") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


async def begin(
    ctx: Context, tx: Transaction, topic: Topic, subscription: Subscription, prefix: str = ""
) -> None:
    """The subscription's ReplayPolicy was set: replay, instead of what was being replayed before."""
    text, arn = subscription.attributes.get("ReplayPolicy"), arn_of(topic)
    if not text:
        await end(tx, arn, subscription.id)
        return
    span, now_ms = read_span(text, prefix), ctx.clock.now_ms()
    began_ms = await beginning_ms(tx, topic, now_ms)
    if began_ms is None:
        raise invalid(f"{prefix}ReplayPolicy: The topic does not have an ArchivePolicy")
    if span.from_ms > now_ms:
        raise invalid(f"{prefix}ReplayPolicy: StartingPoint must not be in the future")
    row = await tx.one(SQL["last_position"], **topic_part(arn))
    assert row is not None, "the topic was read in this transaction"
    await tx.run(
        SQL["put_replay"],
        **topic_part(arn),
        subscription=subscription.id,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        start_position=row["sequence"],
    )
    payload = {"topic": subscription.topic, "subscription": subscription.id}
    await work.put(tx, REPLAY, payload, scope=topic.scope, due_ms=now_ms, key=f"{arn}:{subscription.id}")


async def end(tx: Transaction, topic_arn: Arn, id: str) -> None:
    """No replay any more: from now on the subscription gets what is published."""
    await work.cancel(tx, REPLAY, f"{topic_arn}:{id}")
    await tx.run(SQL["forget_replay"], **topic_part(topic_arn), subscription=id)


async def forget(tx: Transaction, topic_arn: Arn) -> None:
    """The topic is deleted; replays still at work find nothing and end."""
    await tx.run(SQL["forget_replays"], **topic_part(topic_arn))


async def shown_status(tx: Transaction, topic_arn: Arn, id: str) -> dict[str, str]:
    """The attribute ReplayStatus, where there is a replay."""
    row = await tx.one(SQL["replay"], **topic_part(topic_arn), subscription=id)
    return {"ReplayStatus": row["status"]} if row is not None else {}


async def without_replaying(tx: Transaction, topic: Topic, takers: list[Subscription]) -> list[Subscription]:
    """Those who get a new message at once; the others get it at the end of their replay, from the archive."""
    if "ArchivePolicy" not in topic.attributes:
        return takers
    rows = await tx.all(SQL["running_replays"], **topic_part(arn_of(topic)))
    replaying = {row["subscription"] for row in rows}
    return [one for one in takers if one.id not in replaying]


async def replay(ctx: Context, item: WorkItem) -> None:
    """One page of the archive; the last page ends the replay in the same transaction."""
    arn, id = Arn.of("sns", item.scope, item.payload["topic"]), item.payload["subscription"]
    view = await ctx.part(Directory).find(arn)
    async with ctx.store.transaction() as tx:
        state = await tx.one(SQL["replay"], **topic_part(arn), subscription=id)
        if view is None or state is None or state["status"] not in ("Pending", "In progress"):
            await work.finish(tx, item)
            return
        oldest_ms = await beginning_ms(tx, view.topic, ctx.clock.now_ms())
        rows = await tx.all(
            SQL["archived"],
            **topic_part(arn),
            after=state["position"],
            oldest_ms=oldest_ms or 0,
            start_position=state["start_position"],
            from_ms=state["from_ms"],
            to_ms=state["to_ms"],
            count=PAGE,
        )
        for row in rows:
            is_replayed = row["position"] <= state["start_position"]
            message = replace(read_message(orjson.loads(row["message"])), is_replayed=is_replayed)
            await send_out(ctx, tx, view.topic, message, _takers(view, id, message))
        is_last = len(rows) < PAGE
        await tx.run(
            SQL["move_replay"],
            **topic_part(arn),
            subscription=id,
            status="Completed" if is_last else "In progress",
            position=rows[-1]["position"] if rows else state["position"],
        )
        if is_last:
            await work.finish(tx, item)
        else:
            await work.postpone(tx, item, ctx.clock.now_ms())


def _takers(view: TopicView, id: str, message: Message) -> list[Subscription]:
    events = Events(message)
    return [r.subscription for r in view.routes if r.subscription.id == id and is_wanted(r, events)]
