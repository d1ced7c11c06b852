"""The values SQS decides with: queues, messages, receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.arn import Arn
from sundog.scope import Scope
from sundog.services.sqs.limits import ATTRIBUTE_SETTLE_MS

SEQUENCE_START = 18_800_000_000_000_000_000
SEQUENCE_STEP = 256


@dataclass(frozen=True, slots=True)
class Redrive:
    """Where messages go that were received ``receive_count_max`` times already."""

    dead_letter_arn: str
    receive_count_max: int


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue. ``attributes`` are those that are set, normalised; the rest is derived from them once.

    ``version`` grows with every change of the queue; ``pile`` is where its messages are.
    """

    id: int
    version: int
    scope: Scope
    name: str
    pile: int
    secret: bytes
    is_fifo: bool
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created_ms: int
    modified_ms: int
    purged_ms: int
    delay_ms: int
    visibility_ms: int
    retention_ms: int
    wait_ms: int
    message_bytes_max: int
    redrive: Redrive | None
    former_scope: str
    scope_changed_ms: int

    @property
    def arn(self) -> str:
        return str(Arn.of("sqs", self.scope, self.name))

    @property
    def channel(self) -> str:
        return f"sqs:{self.id}"

    @property
    def deduplicates_by_content(self) -> bool:
        return self.attributes.get("ContentBasedDeduplication") == "true"

    @property
    def is_limited_by_group(self) -> bool:
        return self.attributes.get("FifoThroughputLimit") == "perMessageGroupId"

    def deduplicates_by_group(self, now_ms: int) -> bool:
        """Whether a deduplication id counts within its group only.

        A changed scope does not act at once (recorded on AWS 2025-08-19, in both directions).
        """
        scope = self.attributes.get("DeduplicationScope")
        if self.former_scope and now_ms < self.scope_changed_ms + ATTRIBUTE_SETTLE_MS:
            scope = self.former_scope
        return scope == "messageGroup"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as its sender gave it, checked."""

    body: str
    body_md5: str
    size: int
    attributes: Mapping[str, Any]
    system_attributes: Mapping[str, Any]
    trace_header: str
    group_id: str | None
    deduplication_id: str | None
    delay_ms: int | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the store keeps it. ``id`` grows in the order of arrival."""

    id: int
    visible_ms: int
    sent_ms: int
    message_id: str
    body: str
    body_md5: str
    attributes: str | None
    system: str
    group_id: str | None
    receive_count: int
    first_receive_ms: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt handle says: which message, and its how-many-eth receive it was."""

    queue_id: int
    id: int
    message_id: str
    receive_count: int


def sequence_number(message_row: int) -> str:
    """20 digits that grow with every message, as AWS's do."""
    return str(SEQUENCE_START + message_row * SEQUENCE_STEP)
