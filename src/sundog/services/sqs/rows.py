"""Rows of the store as values, and back."""

from __future__ import annotations

import orjson

from sundog.scope import Scope
from sundog.services.sqs.limits import Limits
from sundog.services.sqs.model import Message, Queue, Redrive
from sundog.services.sqs.queue_attributes import DEFAULTS, parse_redrive
from sundog.store import Row

_S = 1_000


def to_queue(row: Row, quotas: Limits) -> Queue:
    attributes: dict[str, str] = orjson.loads(row["attributes"])
    have = {**DEFAULTS, **attributes}
    size = min(int(have.get("MaximumMessageSize", quotas.message_bytes_max)), quotas.message_bytes_max)
    return Queue(
        id=row["id"],
        version=row["version"],
        scope=Scope(row["account"], row["region"]),
        name=row["name"],
        pile=row["pile"],
        secret=bytes.fromhex(row["secret"]),
        is_fifo=bool(row["is_fifo"]),
        attributes=attributes,
        tags=orjson.loads(row["tags"]),
        created_ms=row["created_ms"],
        modified_ms=row["modified_ms"],
        purged_ms=row["purged_ms"],
        delay_ms=int(have["DelaySeconds"]) * _S,
        visibility_ms=int(have["VisibilityTimeout"]) * _S,
        retention_ms=row["retention_ms"],
        wait_ms=int(have["ReceiveMessageWaitTimeSeconds"]) * _S,
        message_bytes_max=size,
        redrive=_redrive(attributes),
        former_scope=row["former_scope"],
        scope_changed_ms=row["scope_changed_ms"],
    )


def to_message(row: Row) -> Message:
    return Message(
        row["id"],
        row["visible_ms"],
        row["sent_ms"],
        row["message_id"],
        row["body"],
        row["body_md5"],
        row["attributes"],
        row["system"],
        row["group_id"],
        row["receive_count"],
        row["first_receive_ms"],
    )


def retention_ms(attributes: dict[str, str]) -> int:
    return int(attributes.get("MessageRetentionPeriod", DEFAULTS["MessageRetentionPeriod"])) * _S


def _redrive(attributes: dict[str, str]) -> Redrive | None:
    policy = attributes.get("RedrivePolicy")
    return parse_redrive(policy) if policy else None
