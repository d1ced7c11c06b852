"""Delivery status in CloudWatch Logs, for topics that name a role for it.

https://docs.aws.amazon.com/sns/latest/dg/topics-attrib.html
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any, Final

import orjson

from sundog import work
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.sns.letters import DeliveryFailed, Letter, Receipt
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
    if protocol is None or letter.message is None:
        return
    has_failed = isinstance(outcome, Exception)
    attributes = letter.topic.attributes
    if not attributes.get(f"{protocol}{'Failure' if has_failed else 'Success'}FeedbackRoleArn"):
        return
    if not has_failed and ctx.ids.random() * 100 >= int(
        attributes.get(f"{protocol}SuccessFeedbackSampleRate") or 0
    ):
        return
    group = f"sns/{letter.topic.scope.region}/{letter.topic.scope.account}/{letter.topic.name}"
    now_ms = ctx.clock.now_ms()
    entry = {"time_ms": now_ms, "text": orjson.dumps(_entry(letter, outcome, attempt, now_ms)).decode()}
    payload = {"group": group + ("/Failure" if has_failed else ""), **entry}
    await work.put(tx, REPORT, payload, scope=letter.topic.scope, due_ms=now_ms)


def _entry(letter: Letter, outcome: Any, attempt: int, now_ms: int) -> dict[str, Any]:
    message, subscription = letter.message, letter.subscription
    assert message is not None
    has_failed = isinstance(outcome, Exception)
    text = message.text_for(subscription.protocol)
    delivery = {
        "deliveryId": letter.delivery_id,
        "destination": subscription.endpoint,
        "providerResponse": outcome.text if has_failed else outcome.response,
        "dwellTimeMs": now_ms - message.time_ms,
        "statusCode": outcome.status,
    }
    if has_failed or attempt > 1:
        delivery["attempts"] = attempt
    return {
        "notification": {
            "messageMD5Sum": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            "messageId": message.id,
            "topicArn": letter.topic.arn,
            "timestamp": write_time(message.time_ms).replace("T", " ").removesuffix("Z"),
        },
        "delivery": delivery,
        "status": "FAILURE" if has_failed else "SUCCESS",
    }


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
