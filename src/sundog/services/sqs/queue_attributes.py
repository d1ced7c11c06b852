"""Attributes of queues: which there are, what they may be, what they mean.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sundog.arn import Arn, parse_arn
from sundog.services.sqs import limits
from sundog.services.sqs.errors import InvalidAttributeName, InvalidAttributeValue, invalid
from sundog.services.sqs.limits import Limits
from sundog.services.sqs.model import Queue, Redrive

Normalise = Callable[[str, str, Limits], str]

COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
READ_ONLY = (*COUNTS, "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn")
FIFO_ONLY = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
FIFO_DEFAULTS: Mapping[str, str] = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
DEFAULTS: Mapping[str, str] = {
    "DelaySeconds": "0",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
KMS_REUSE_DEFAULT = "300"
ALLOW_ALL = "allowAll"
SOURCE_ARNS_MAX = 10


def _integer(minimum: int, maximum: int) -> Normalise:
    def normalise(name: str, value: str, _limits: Limits) -> str:
        text = value.strip()
        if not text.removeprefix("-").isdecimal() or not minimum <= int(text) <= maximum:
            raise InvalidAttributeValue(name=name)
        return str(int(text))

    return normalise


def _choice(*choices: str) -> Normalise:
    def normalise(name: str, value: str, _limits: Limits) -> str:
        if value not in choices:
            raise InvalidAttributeValue(name=name)
        return value

    return normalise


def _message_bytes(name: str, value: str, quotas: Limits) -> str:
    return _integer(limits.MESSAGE_BYTES_MIN, quotas.message_bytes_max)(name, value, quotas)


def _boolean(name: str, value: str, _limits: Limits) -> str:
    if value.lower() not in ("true", "false"):
        raise InvalidAttributeValue(name=name)
    return value.lower()


def _text(_name: str, value: str, _limits: Limits) -> str:
    return value


def _policy(name: str, value: str, _limits: Limits) -> str:
    if value and not isinstance(_load(value), dict):
        raise InvalidAttributeValue(name=name)
    return value


def _redrive_policy(_name: str, value: str, _limits: Limits) -> str:
    if not value:
        return ""
    redrive = parse_redrive(value)
    members = {
        "deadLetterTargetArn": redrive.dead_letter_arn,
        "maxReceiveCount": redrive.receive_count_max,
    }
    return orjson.dumps(members).decode()


def _redrive_allow_policy(name: str, value: str, _limits: Limits) -> str:
    if not value:
        return ""
    wrong = invalid(
        value, name, "Amazon SQS can't create the redrive allow policy, as it isn't in a supported format."
    )
    document = _load(value)
    if not isinstance(document, dict) or set(document) - {"redrivePermission", "sourceQueueArns"}:
        raise wrong
    permission, arns = document.get("redrivePermission"), document.get("sourceQueueArns")
    if permission not in (ALLOW_ALL, "denyAll", "byQueue") or (permission == "byQueue") != bool(arns):
        raise wrong
    if arns and not (isinstance(arns, list) and len(arns) <= SOURCE_ARNS_MAX and all(map(_is_queue, arns))):
        raise wrong
    return orjson.dumps(document).decode()


RULES: Mapping[str, Normalise] = {
    "ContentBasedDeduplication": _boolean,
    "DeduplicationScope": _choice("messageGroup", "queue"),
    "DelaySeconds": _integer(0, limits.DELAY_S_MAX),
    "FifoQueue": _boolean,
    "FifoThroughputLimit": _choice("perQueue", "perMessageGroupId"),
    "KmsDataKeyReusePeriodSeconds": _integer(60, 86_400),
    "KmsMasterKeyId": _text,
    "MaximumMessageSize": _message_bytes,
    "MessageRetentionPeriod": _integer(limits.RETENTION_S_MIN, limits.RETENTION_S_MAX),
    "Policy": _policy,
    "ReceiveMessageWaitTimeSeconds": _integer(0, limits.WAIT_S_MAX),
    "RedriveAllowPolicy": _redrive_allow_policy,
    "RedrivePolicy": _redrive_policy,
    "SqsManagedSseEnabled": _boolean,
    "VisibilityTimeout": _integer(0, limits.VISIBILITY_S_MAX),
}
KNOWN = frozenset(RULES) | frozenset(READ_ONLY)


def parse_attributes(given: Mapping[str, str], *, is_fifo: bool, quotas: Limits) -> dict[str, str]:
    """The attributes a caller sets, checked one by one and normalised; "" takes a policy or key away."""
    parsed = {}
    for name, value in given.items():
        rule = RULES.get(name)
        if rule is None or (name in FIFO_ONLY and not is_fifo):
            raise InvalidAttributeName(name=name)
        parsed[name] = rule(name, value, quotas)
    _check_encryption(parsed)
    return parsed


def merge_attributes(current: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """``current`` after ``changes``; the two kinds of encryption exclude one another."""
    merged = {**current, **changes}
    if changes.get("KmsMasterKeyId"):
        merged["SqsManagedSseEnabled"] = "false"
    elif changes.get("SqsManagedSseEnabled") == "true":
        merged.pop("KmsMasterKeyId", None)
    limit, scope = merged.get("FifoThroughputLimit"), merged.get("DeduplicationScope")
    if limit == "perMessageGroupId" and scope != "messageGroup":
        raise InvalidAttributeValue(
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
            "messageGroup."
        )
    return {name: value for name, value in merged.items() if value != ""}


def find_difference(queue: Queue, given: Mapping[str, str], quotas: Limits) -> str | None:
    """The first attribute of ``given`` that the existing queue has otherwise."""
    have = effective(queue, quotas)
    return next((name for name, value in given.items() if have.get(name, "") != value), None)


def effective(queue: Queue, quotas: Limits) -> dict[str, str]:
    """What GetQueueAttributes tells of ``queue``, the counts aside."""
    have = {**DEFAULTS, "MaximumMessageSize": str(quotas.message_bytes_max), **queue.attributes}
    have["CreatedTimestamp"] = str(queue.created_ms // 1_000)
    have["LastModifiedTimestamp"] = str(queue.modified_ms // 1_000)
    have["QueueArn"] = queue.arn
    if queue.is_fifo:
        have = {**FIFO_DEFAULTS, **have, "FifoQueue": "true"}
    if "KmsMasterKeyId" in have:
        have.setdefault("KmsDataKeyReusePeriodSeconds", KMS_REUSE_DEFAULT)
    else:
        have.pop("KmsDataKeyReusePeriodSeconds", None)
    return have


def parse_redrive(value: str) -> Redrive:
    """A RedrivePolicy, as far as it can be checked without looking at its target."""
    document = _load(value)
    if not isinstance(document, dict):
        raise invalid(value, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in document:
            reason = f"Redrive policy does not contain mandatory attribute: {name}."
            raise invalid(value, "RedrivePolicy", reason)
    count = _receive_count(value, document["maxReceiveCount"])
    return Redrive(str(document["deadLetterTargetArn"]), count)


def decide_dead_letter(
    value: str, source: Arn, redrive: Redrive, target_is_fifo: bool, allow_policy: str
) -> None:
    """Refuse a target that exists but may not be the dead-letter queue of ``source``."""
    if target_is_fifo != source.resource.endswith(".fifo"):
        reason = "Dead-letter queue must be same type of queue as the source."
        raise invalid(value, "RedrivePolicy", reason)
    if not allows_source(allow_policy, str(source)):
        reason = "The dead-letter queue's redrive allow policy does not allow this queue as a source."
        raise invalid(value, "RedrivePolicy", reason)
    if redrive.dead_letter_arn == str(source):
        raise invalid(value, "RedrivePolicy", "A queue can not be its own dead-letter queue.")


def allows_source(allow_policy: str, source_arn: str) -> bool:
    """Whether a RedriveAllowPolicy ("" for none) lets ``source_arn`` send its dead letters."""
    if not allow_policy:
        return True
    document = orjson.loads(allow_policy)
    if document["redrivePermission"] == "byQueue":
        return source_arn in document["sourceQueueArns"]
    return bool(document["redrivePermission"] == ALLOW_ALL)


def _receive_count(value: str, given: Any) -> int:
    text = str(given)
    if isinstance(given, bool) or not text.isdecimal() or not 1 <= int(text) <= limits.RECEIVE_COUNT_MAX:
        reason = f"Invalid value for maxReceiveCount: {text}, valid values are from 1 to 1000 both inclusive."
        raise invalid(value, "RedrivePolicy", reason)
    return int(text)


def _check_encryption(parsed: Mapping[str, str]) -> None:
    if parsed.get("KmsMasterKeyId") and parsed.get("SqsManagedSseEnabled") == "true":
        text = (
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE."
        )
        raise InvalidAttributeValue(message=text)


def _is_queue(text: Any) -> bool:
    arn = parse_arn(text) if isinstance(text, str) else None
    return arn is not None and arn.service == "sqs"


def _load(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
