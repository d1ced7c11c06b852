"""Rules about messages: what may be sent, how it is counted and digested, what a receiver asked to see."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from sundog.context import Request
from sundog.services.sqs import limits
from sundog.services.sqs.errors import (
    InvalidMessageContents,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    invalid,
)
from sundog.services.sqs.model import NewMessage, Queue

Attributes = Mapping[str, Mapping[str, Any]]

WRONG_TYPE = "The request include parameter that is not valid for this queue type."
NEEDS_DEDUPLICATION = (
    "The queue should either have ContentBasedDeduplication enabled or "
    "MessageDeduplicationId provided explicitly"
)
_INVALID_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID = re.compile(r"^[\x21-\x7e]{1,128}\Z")
_ATTRIBUTE_NAME = re.compile(r"^(?!\.)(?!.*\.\.)[A-Za-z0-9_.\-]{1,256}(?<!\.)\Z")
_RESERVED_NAME = re.compile(r"^(aws|amazon)\.", re.IGNORECASE)
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")
_PLAIN = frozenset({"QueueUrl", "Id", "MessageBody"})
_NONE: Mapping[str, Any] = MappingProxyType({})
_TYPES = ("Binary", "Number", "String")


def require(request: Request, *names: str, prefix: str = "") -> None:
    """Refuse a request that lacks a parameter, as SQS words it."""
    for name in names:
        if request.get(name) is None:
            raise MissingRequiredParameterException(name=prefix + name)


def check_range(value: int | None, name: str, minimum: int, maximum: int, reason: str) -> None:
    if value is not None and not minimum <= value <= maximum:
        raise invalid(value, name, reason)


def check_message(queue: Queue, request: Request, trace_header: str = "") -> NewMessage:
    """The message that ``request`` (SendMessage, or an entry of a batch) sends to ``queue``."""
    body: str = request.get("MessageBody") or ""
    if not body:
        raise MissingRequiredParameterException(name="MessageBody")
    if not queue.is_fifo and _PLAIN.issuperset(request):
        return _check_plain(queue, body, trace_header)
    attributes = request.get("MessageAttributes") or {}
    system = request.get("MessageSystemAttributes") or {}
    check_ordering(queue, request)
    delay_ms = _delay_ms(queue, request.get("DelaySeconds"))
    if attributes:
        _check_attributes(attributes, "user")
    if system:
        _check_system_attributes(system)
    data = _check_body(body)
    size = len(data) + attributes_size(attributes)
    if size > queue.message_bytes_max:
        raise too_long(queue)
    return NewMessage(
        body,
        hashlib.md5(data, usedforsecurity=False).hexdigest(),
        size,
        attributes,
        system,
        system["AWSTraceHeader"]["StringValue"] if system else trace_header,
        request.get("MessageGroupId"),
        _deduplication_id(queue, request, data),
        delay_ms,
    )


def _check_plain(queue: Queue, body: str, trace_header: str) -> NewMessage:
    """A body and nothing else: most messages, and the hot path of batches."""
    data = _check_body(body)
    if len(data) > queue.message_bytes_max:
        raise too_long(queue)
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return NewMessage(body, digest, len(data), _NONE, _NONE, trace_header, None, None, None)


def _check_body(body: str) -> bytes:
    if _INVALID_CHARACTER.search(body):
        raise InvalidMessageContents
    return body.encode()


def too_long(queue: Queue) -> InvalidParameterValueException:
    reason = f"Message must be shorter than {queue.message_bytes_max} bytes."
    return InvalidParameterValueException(f"One or more parameters are invalid. Reason: {reason}")


def check_ordering(queue: Queue, request: Request) -> None:
    """Group and deduplication id: FIFO queues need them, standard queues take a group id at most."""
    group_id, deduplication_id = request.get("MessageGroupId"), request.get("MessageDeduplicationId")
    if queue.is_fifo and group_id is None:
        raise MissingRequiredParameterException(name="MessageGroupId")
    if group_id is not None:
        check_id(group_id, "MessageGroupId")
    if deduplication_id is not None:
        if not queue.is_fifo:
            raise invalid(deduplication_id, "MessageDeduplicationId", WRONG_TYPE)
        check_id(deduplication_id, "MessageDeduplicationId")
    elif queue.is_fifo and not queue.deduplicates_by_content:
        raise InvalidParameterValueException(NEEDS_DEDUPLICATION)


def check_id(value: str, name: str) -> None:
    if not _ID.match(value):
        reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid(value, name, reason)


def attributes_size(attributes: Attributes) -> int:
    """Names, types and values count towards the size of a message."""
    total = 0
    for name, attribute in attributes.items():
        value = attribute.get("BinaryValue")
        size = len(value) if value is not None else len(attribute.get("StringValue", "").encode())
        total += len(name.encode()) + len(attribute["DataType"].encode()) + size
    return total


def md5_of_attributes(attributes: Attributes) -> str:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        kind = attribute["DataType"]
        is_binary = kind.startswith("Binary")
        value = attribute["BinaryValue"] if is_binary else attribute["StringValue"].encode()
        for part in (name.encode(), kind.encode()):
            digest.update(len(part).to_bytes(4, "big") + part)
        digest.update((b"\x02" if is_binary else b"\x01") + len(value).to_bytes(4, "big") + value)
    return digest.hexdigest()


def write_attributes(attributes: Attributes) -> str | None:
    """Message attributes as the store keeps them."""
    if not attributes:
        return None
    kept = {
        name: {
            "DataType": attribute["DataType"],
            **(
                {"BinaryValue": base64.b64encode(attribute["BinaryValue"]).decode()}
                if attribute["DataType"].startswith("Binary")
                else {"StringValue": attribute["StringValue"]}
            ),
        }
        for name, attribute in attributes.items()
    }
    return orjson.dumps(kept).decode()


def read_attributes(text: str) -> dict[str, dict[str, Any]]:
    attributes: dict[str, dict[str, Any]] = orjson.loads(text)
    for attribute in attributes.values():
        if "BinaryValue" in attribute:
            attribute["BinaryValue"] = base64.b64decode(attribute["BinaryValue"])
    return attributes


def parse_attribute_filter(names: list[str]) -> Callable[[str], bool] | None:
    """Which message attributes a receiver wants: names, ``prefix.*``, ``All``; None for none."""
    if not names:
        return None
    if any(name in ("All", ".*") for name in names):
        return lambda _name: True
    exact = frozenset(names)
    prefixes = tuple(name.removesuffix("*") for name in names if name.endswith(".*"))
    bare = frozenset(prefix.removesuffix(".") for prefix in prefixes)
    return lambda name: name in exact or name in bare or name.startswith(prefixes)


def _delay_ms(queue: Queue, delay_s: int | None) -> int | None:
    """The delay of the message's own, None where the queue's counts.

    On a FIFO queue 0 means the queue's (recorded 2025-07-31), anything else is refused.
    """
    if delay_s is None or (queue.is_fifo and delay_s == 0):
        return None
    reason = f"DelaySeconds must be >= 0 and <= {limits.DELAY_S_MAX}."
    check_range(delay_s, "DelaySeconds", 0, limits.DELAY_S_MAX, reason)
    if queue.is_fifo:
        raise invalid(delay_s, "DelaySeconds", WRONG_TYPE)
    return delay_s * 1_000


def _deduplication_id(queue: Queue, request: Request, body: bytes) -> str | None:
    if not queue.is_fifo:
        return None
    given: str | None = request.get("MessageDeduplicationId")
    return given if given is not None else hashlib.sha256(body).hexdigest()


def _check_attributes(attributes: Attributes, kind: str) -> None:
    if len(attributes) > limits.MESSAGE_ATTRIBUTES_MAX:
        raise InvalidParameterValueException(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{limits.MESSAGE_ATTRIBUTES_MAX}]."
        )
    for name, attribute in attributes.items():
        if not _ATTRIBUTE_NAME.match(name) or _RESERVED_NAME.match(name):
            raise InvalidParameterValueException(
                f"Message ({kind}) attribute name '{name}' is invalid. A name can contain A-Z, a-z, 0-9, "
                "underscore (_), hyphen (-) and period (.), must not begin with AWS. or Amazon., must not "
                "start or end with a period or have periods in succession, and can be up to 256 characters "
                "long."
            )
        _check_attribute(name, attribute, kind)


def _check_attribute(name: str, attribute: Mapping[str, Any], kind: str) -> None:
    data_type: str = attribute.get("DataType") or ""
    if not data_type:
        text = f"Message ({kind}) attribute '{name}' must contain a non-empty message attribute type."
        raise InvalidParameterValueException(text)
    base = data_type.partition(".")[0]
    if base not in _TYPES or len(data_type) > 256:
        raise InvalidParameterValueException(
            f"Message ({kind}) attribute '{name}' has an invalid message attribute type, the set of "
            "supported type prefixes is Binary, Number, and String."
        )
    if attribute.get("StringListValues") or attribute.get("BinaryListValues"):
        raise InvalidParameterValueException(
            "Message attribute list values in SendMessage operation are not supported."
        )
    value = attribute.get("BinaryValue" if base == "Binary" else "StringValue")
    if not value:
        text = f"Message ({kind}) attribute '{name}' must contain a non-empty value of type '{base}'."
        raise InvalidParameterValueException(text)
    if base == "Number" and not _NUMBER.match(value):
        text = f"Can't cast the value of message ({kind}) attribute '{name}' to a number."
        raise InvalidParameterValueException(text)
    if base != "Binary" and _INVALID_CHARACTER.search(value):
        raise InvalidMessageContents


def _check_system_attributes(system: Attributes) -> None:
    for name, attribute in system.items():
        if name != "AWSTraceHeader":
            raise InvalidParameterValueException(
                f"Message (system) attribute name '{name}' is not supported."
            )
        _check_attribute(name, attribute, "system")
        if attribute["DataType"] != "String":
            text = f"Message (system) attribute '{name}' must contain a non-empty value of type 'String'."
            raise InvalidParameterValueException(text)
