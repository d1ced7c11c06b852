"""Delivery status in CloudWatch Logs, for topics that name a role for it.

https://docs.aws.amazon.com/sns/latest/dg/topics-attrib.html
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from sundog import work
from sundog.context import Context
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.sns.letters import DeliveryFailed, Letter, Receipt
from sundog.services.sns.model import Message
from sundog.services.sns.rendering import write_time
from sundog.store import Transaction
from sundog.work import WorkItem

REPORT: Final = "sns.report"
_NAMES: Final = {
    "sqs": "SQS",
    "lambda": "Lambda",
    "http": "HTTP",
    "https": "HTTP",
    "application": "Application",
}
"""Protocols in the names of attributes."""


async def report(
    ctx: Context, tx: Transaction, letter: Letter, outcome: Receipt | DeliveryFailed, attempt: int
) -> None:
    """Write the row that tells Logs what came of a delivery, if the topic asks for it."""
    protocol = _NAMES.get(letter.subscription.protocol)
    has_failed = isinstance(outcome, DeliveryFailed)
    if protocol is None or letter.message is None:
        return
    if not is_sampled(ctx, letter.topic.attributes, protocol, has_failed=has_failed):
        return
    now_ms = ctx.clock.now_ms()
    delivery: dict[str, Any] = {
        "deliveryId": ctx.ids.uuid(),
        "destination": letter.subscription.endpoint,
        "providerResponse": outcome.text if isinstance(outcome, DeliveryFailed) else outcome.response,
        "dwellTimeMs": now_ms - letter.message.time_ms,
        "statusCode": outcome.status,
    }
    if has_failed or attempt > 1:
        delivery["attempts"] = attempt
    text = letter.message.text_for(letter.subscription.protocol)
    entry = status_entry(letter.message, text, delivery, has_failed=has_failed)
    await put_report(tx, letter.topic.scope, letter.topic.name, entry, now_ms, has_failed=has_failed)


def is_sampled(ctx: Context, attributes: Mapping[str, str], protocol: str, *, has_failed: bool) -> bool:
    """Whether these attributes want this outcome in the log: every failure, successes by their rate."""
    if has_failed:
        return bool(attributes.get(f"{protocol}FailureFeedbackRoleArn"))
    rate = int(attributes.get(f"{protocol}SuccessFeedbackSampleRate") or 0)
    return bool(attributes.get(f"{protocol}SuccessFeedbackRoleArn")) and ctx.ids.random() * 100 < rate


def status_entry(
    message: Message, text: str, delivery: Mapping[str, Any], *, has_failed: bool
) -> dict[str, Any]:
    """An entry of the log; messages without a topic have no ``topicArn``."""
    notification = {
        "messageMD5Sum": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "messageId": message.id,
    }
    if message.topic_arn:
        notification["topicArn"] = message.topic_arn
    notification["timestamp"] = write_time(message.time_ms).replace("T", " ").removesuffix("Z")
    return {
        "notification": notification,
        "delivery": delivery,
        "status": "FAILURE" if has_failed else "SUCCESS",
    }


async def put_report(
    tx: Transaction, scope: Scope, subject: str, entry: Mapping[str, Any], now_ms: int, *, has_failed: bool
) -> None:
    """Write the row that puts the entry into the log of a topic, an application or the direct messages."""
    group = f"sns/{scope.region}/{scope.account}/{subject}" + ("/Failure" if has_failed else "")
    payload = {"group": group, "time_ms": now_ms, "text": orjson.dumps(entry).decode()}
    await work.put(tx, REPORT, payload, scope=scope, due_ms=now_ms)


async def write_report(ctx: Context, item: WorkItem) -> None:
    """The row's entry in the log; the group and a stream are made where they are missing."""
    group, stream = item.payload["group"], ctx.ids.uuid()
    for operation, request in (
        ("CreateLogGroup", {"logGroupName": group}),
        ("CreateLogStream", {"logGroupName": group, "logStreamName": stream}),
    ):
        with contextlib.suppress(AwsError):
            await ctx.dispatch("logs", operation, request)
    event = {"timestamp": item.payload["time_ms"], "message": item.payload["text"]}
    await ctx.dispatch(
        "logs", "PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": [event]}
    )
