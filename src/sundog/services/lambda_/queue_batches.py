"""Messages of a queue as a function gets them, which of them it gets, and what its answer says of them.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from sundog.arn import Arn
from sundog.services.lambda_ import limits
from sundog.services.lambda_.filters import json_or_text

Message = Mapping[str, Any]
"""A message as ReceiveMessage gives it."""

FILTERED = "body"
"""The member of a view that may be JSON or plain."""
_RECORD_BYTES = 1_200
"""What stands around a body in the event, roughly and rather too much."""


def write_event(messages: Iterable[Message], queue: Arn) -> bytes:
    """The event document."""
    return orjson.dumps({"Records": [_record(message, queue) for message in messages]})


def _record(message: Message, queue: Arn) -> dict[str, Any]:
    attributes = message.get("MessageAttributes") or {}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes") or {},
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfMessageAttributes": message.get("MD5OfMessageAttributes"),
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


def trace_headers(messages: Iterable[Message]) -> list[str]:
    """Of those messages whose sender was traced."""
    found = ((message.get("Attributes") or {}).get("AWSTraceHeader") for message in messages)
    return [header for header in found if header]


def message_bytes(message: Message) -> int:
    """About how much of the event a message takes, never less."""
    attributes = message.get("MessageAttributes") or {}
    return _RECORD_BYTES + 2 * (len(message["Body"].encode()) + len(repr(attributes)))


def split_batches(messages: Sequence[Message], count_max: int) -> list[list[Message]]:
    """In order, as few batches as possible, each within the count and the size of an event."""
    batches: list[list[Message]] = []
    size = 0
    for message in messages:
        more = message_bytes(message)
        if not batches or len(batches[-1]) >= count_max or size + more > limits.BATCH_BYTES_MAX:
            batches.append([])
            size = 0
        batches[-1].append(message)
        size += more
    return batches


def view(message: Message) -> dict[str, Any]:
    """The message as filters see it.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
    """
    return {FILTERED: json_or_text(message["Body"])}


# Answers


def find_failed(answer: bytes, message_ids: frozenset[str]) -> frozenset[str] | None:
    """The messages that the function says it could not take; None when the whole batch counts as failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None if answer else frozenset()
    if not document:
        return frozenset()
    if not isinstance(document, dict):
        return None
    items = document.get("batchItemFailures")
    if not items:
        return frozenset()
    if not isinstance(items, list):
        return None
    failed = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
    known = frozenset(one for one in failed if isinstance(one, str) and one in message_ids)
    return known if len(known) == len(set(map(str, failed))) else None
