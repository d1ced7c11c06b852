"""A queue as the source of a pipe: what is received, and in which form it travels.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sundog.arn import Arn
from sundog.context import Context, Principal
from sundog.services.pipes import limits

Message = Mapping[str, Any]
Event = dict[str, Any]
_RECORD_BYTES: Final = 1_200
"""What stands around a body in an event, roughly and rather too much."""


def queue_url(queue: Arn) -> str:
    return f"/{queue.account}/{queue.resource}"


def is_fifo(queue: Arn) -> bool:
    return queue.resource.endswith(".fifo")


def write_event(message: Message, queue: Arn) -> Event:
    """The event that one message becomes."""
    attributes = message.get("MessageAttributes") or {}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes") or {},
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": str(queue),
        "awsRegion": queue.region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if value.get("StringValue") is not None:
        written["stringValue"] = value["StringValue"]
    if value.get("BinaryValue") is not None:
        written["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return written | {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}


def event_bytes(event: Event) -> int:
    """About how much an event takes, never less."""
    return _RECORD_BYTES + 2 * (len(event["body"].encode()) + len(repr(event["messageAttributes"])))


class QueueSource:
    """Receives and deletes as Pipes, where the queue is."""

    def __init__(self, ctx: Context, queue: Arn) -> None:
        principal = Principal.service("pipes.amazonaws.com", queue.account)
        self._ctx = ctx.acting(scope=queue.scope, principal=principal)
        self._queue = queue

    async def receive(self, count: int, wait_s: int) -> list[Event]:
        request = {
            "QueueUrl": queue_url(self._queue),
            "MaxNumberOfMessages": min(count, limits.RECEIVE_MAX),
            "WaitTimeSeconds": wait_s,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        answer = await self._ctx.dispatch("sqs", "ReceiveMessage", request)
        return [write_event(message, self._queue) for message in answer.get("Messages") or ()]

    async def delete(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), limits.RECEIVE_MAX):
            entries = [
                {"Id": str(number), "ReceiptHandle": event["receiptHandle"]}
                for number, event in enumerate(events[start : start + limits.RECEIVE_MAX])
            ]
            request = {"QueueUrl": queue_url(self._queue), "Entries": entries}
            await self._ctx.dispatch("sqs", "DeleteMessageBatch", request)
