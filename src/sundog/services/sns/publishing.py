"""Publish and PublishBatch: a message is taken in when the rows that bring it to its subscribers are
written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from sundog import bus
from sundog.arn import Arn
from sundog.bus import Considered
from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.sns import archiving, limits
from sundog.services.sns.delivering import send_out
from sundog.services.sns.directory import Directory, Events, TopicView, is_wanted
from sundog.services.sns.entries import check_entries, check_ids
from sundog.services.sns.errors import BatchRequestTooLongException, NotFoundException, invalid
from sundog.services.sns.message_attributes import read_attributes
from sundog.services.sns.metrics import Metrics
from sundog.services.sns.model import Message, Subscription, Topic
from sundog.services.sns.names import parse_topic, read_arn
from sundog.services.sns.publishing_direct import publish_to_endpoint, publish_to_phone
from sundog.services.sns.replaying import without_replaying
from sundog.services.sns.rows import SQL, topic_key, topic_part
from sundog.store import Transaction

_NO_DEFAULT = "Message Structure - No default entry in JSON message body"


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked message, before it has its place in the topic."""

    message: Message
    size: int


@operation("sns", "Publish")
async def publish(ctx: Context, request: Request) -> Result:
    if request.get("PhoneNumber"):
        return await publish_to_phone(ctx, request, write_draft(ctx, request, "", is_fifo=False).message)
    target = request.get("TopicArn") or request.get("TargetArn")
    if not target:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if read_arn(target, "TopicArn" if request.get("TopicArn") else "TargetArn")[5].startswith("endpoint/"):
        return await publish_to_endpoint(ctx, target, write_draft(ctx, request, "", is_fifo=False).message)
    view = await _view(ctx, target, "TopicArn" if request.get("TopicArn") else "TargetArn")
    draft = _drafted(ctx, request, view.topic)
    if draft.size > view.topic.message_bytes_max:
        raise invalid("Message too long")
    (message,) = await take_in(ctx, view, [draft])
    return _answer(message)


@operation("sns", "PublishBatch")
async def publish_batch(ctx: Context, request: Request) -> Result:
    entries = request["PublishBatchRequestEntries"]
    check_entries(entries)
    view = await _view(ctx, request.get("TopicArn"), "TopicArn")
    if view.topic.is_fifo:
        for entry in entries:
            _check_order(entry, view.topic)
    drafts: dict[str, Draft] = {}
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            drafts[entry["Id"]] = _drafted(ctx, entry, view.topic)
        except AwsError as error:
            code = error.shape_name.removesuffix("Exception")
            failed.append({"Id": entry["Id"], "Code": code, "Message": error.message, "SenderFault": True})
    if sum(draft.size for draft in drafts.values()) > view.topic.message_bytes_max:
        raise BatchRequestTooLongException
    messages = await take_in(ctx, view, list(drafts.values()))
    done = [{"Id": id, **_answer(message)} for id, message in zip(drafts, messages, strict=True)]
    return {"Successful": done, "Failed": failed}


async def _view(ctx: Context, text: str | None, parameter: str) -> TopicView:
    view = await ctx.part(Directory).find(parse_topic(ctx, text, parameter))
    if view is None:
        raise NotFoundException(what="Topic")
    return view


def _answer(message: Message) -> Result:
    order = {"SequenceNumber": message.sequence} if message.sequence else {}
    return {"MessageId": message.id, **order}


# Reading


def _drafted(ctx: Context, entry: Mapping[str, Any], topic: Topic) -> Draft:
    check_ids(entry)
    if topic.is_fifo:
        _check_order(entry, topic)
    elif entry.get("MessageDeduplicationId"):
        raise invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that "
            "is not valid for this topic type"
        )
    draft = write_draft(ctx, entry, topic.arn, is_fifo=topic.is_fifo)
    return replace(draft, message=replace(draft.message, signature_version=topic.signature_version))


def _check_order(entry: Mapping[str, Any], topic: Topic) -> None:
    if not entry.get("MessageGroupId"):
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if not entry.get("MessageDeduplicationId") and not topic.deduplicates_content:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly"
        )


def write_draft(ctx: Context, entry: Mapping[str, Any], topic_arn: str, *, is_fifo: bool) -> Draft:
    """The message of a Publish or of an entry of PublishBatch; refuses what AWS refuses."""
    text = entry.get("Message") or ""
    if not text:
        raise invalid("Empty message")
    texts = _texts(text) if entry.get("MessageStructure") == "json" else {}
    subject = entry.get("Subject") or ""
    _check_subject(subject)
    attributes, size = read_attributes(entry.get("MessageAttributes") or {})
    deduplication_id = entry.get("MessageDeduplicationId") or ""
    if is_fifo and not deduplication_id:
        deduplication_id = hashlib.sha256(text.encode()).hexdigest()
    message = Message(
        id=ctx.ids.uuid(),
        topic_arn=topic_arn,
        text=texts.pop("default") if texts else text,
        time_ms=ctx.clock.now_ms(),
        subject=subject,
        texts=texts,
        attributes=attributes,
        group=entry.get("MessageGroupId") or "",
        deduplication_id=deduplication_id,
        trace_header=ctx.trace_header,
    )
    return Draft(message, size + len(text.encode()))


def _texts(text: str) -> dict[str, str]:
    """The texts by protocol of a message whose structure is json."""
    try:
        texts = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(texts, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(texts.get("default"), str):
        raise invalid(_NO_DEFAULT)
    return {name: value for name, value in texts.items() if isinstance(value, str)}


def _check_subject(subject: str) -> None:
    if len(subject) > limits.SUBJECT_LENGTH_MAX or any(ord(c) < 32 or ord(c) == 127 for c in subject):
        raise invalid("Subject")


# Taking in


async def take_in(ctx: Context, view: TopicView, drafts: list[Draft]) -> list[Message]:
    """Write what brings the messages to their takers; the messages with their places in a FIFO topic."""
    taken: list[tuple[Message, list[Subscription], int, bool]] = []
    for draft in drafts:
        taken.append((draft.message, *view.takers(draft.message), False))
    if view.topic.is_fifo or any(takers for _, takers, _, _ in taken):
        async with ctx.store.transaction() as tx:
            taken = [await _place(ctx, tx, view.topic, *one) for one in taken]
            for message, takers, _, is_repeated in taken:
                if not is_repeated:
                    await send_out(ctx, tx, view.topic, message, takers)
    for draft, (message, takers, refused, is_repeated) in zip(drafts, taken, strict=True):
        if not is_repeated:
            _note(ctx, view, message, draft.size, takers, refused)
    return [message for message, _, _, _ in taken]


async def _place(
    ctx: Context,
    tx: Transaction,
    topic: Topic,
    message: Message,
    takers: list[Subscription],
    refused: int,
    _is_repeated: bool,
) -> tuple[Message, list[Subscription], int, bool]:
    """A FIFO topic gives the message its number, or that of the same message it took in before."""
    if not topic.is_fifo:
        return message, takers, refused, False
    key = topic_part(_arn(topic)) | {"deduplication_id": _duplicate_key(topic, message)}
    now_ms = ctx.clock.now_ms()
    known = await tx.one(SQL["duplicate"], **key, now_ms=now_ms)
    if known is not None:
        return replace(message, id=known["message_id"], sequence=known["sequence"]), [], 0, True
    row = await tx.one(SQL["next_sequence"], **topic_key(_arn(topic)), count=1)
    if row is None:
        raise NotFoundException(what="Topic")
    message = replace(message, sequence=str(limits.SEQUENCE_START + row["sequence"]))
    await tx.run(
        SQL["put_duplicate"],
        **key,
        message_id=message.id,
        sequence=message.sequence,
        expires_ms=now_ms + limits.DEDUPLICATION_MS,
    )
    await tx.run(SQL["forget_duplicates"], now_ms=now_ms)
    await archiving.keep(tx, topic, message)
    return message, await without_replaying(tx, topic, takers), refused, False


def _duplicate_key(topic: Topic, message: Message) -> str:
    if topic.attributes.get("FifoThroughputScope") == "MessageGroup":
        return f"{message.group}\n{message.deduplication_id}"
    return message.deduplication_id


def _arn(topic: Topic) -> Arn:
    return Arn.of("sns", topic.scope, topic.name)


def _note(
    ctx: Context, view: TopicView, message: Message, size: int, takers: list[Subscription], refused: int
) -> None:
    """Figures, and the trace that tells why somebody got nothing."""
    count = ctx.part(Metrics).count
    count(view.topic.key, "NumberOfMessagesPublished")
    count(view.topic.key, "PublishSize", size)
    if refused:
        count(view.topic.key, "NumberOfNotificationsFilteredOut", refused)
    ctx.part(bus.Traces).begin(message.id, "sns", view.topic.arn, size, lambda: explain(view, message))


def explain(view: TopicView, message: Message) -> list[Considered]:
    """Every subscription, and what in the message its filter policy did not find."""
    events = Events(message)
    considered = []
    for route in view.routes:
        one = route.subscription
        name, reason = f"{one.protocol} {one.endpoint}", ""
        wanted = is_wanted(route, events)
        if not wanted and route.policy is not None:
            event = events.seen_by(route.policy)
            reason = "the message is no JSON object" if event is None else str(route.policy.explain(event))
        considered.append(Considered(name, wanted, reason))
    considered += [
        Considered(f"{one.protocol} {one.endpoint}", False, "not confirmed") for one in view.pending
    ]
    return considered
