"""The values SNS decides with: topics, subscriptions, messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sundog.arn import Arn
from sundog.scope import Scope
from sundog.services.sns import limits

Attributes = Mapping[str, Mapping[str, str]]
"""Message attributes: ``DataType`` with ``StringValue`` or ``BinaryValue`` (base64)."""


@dataclass(frozen=True, slots=True)
class Topic:
    """``attributes`` are those that are set, as they were given."""

    scope: Scope
    name: str
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created_ms: int
    data_protection: str = ""
    unsubscribed: int = 0

    @property
    def arn(self) -> str:
        return str(Arn.of("sns", self.scope, self.name))

    @property
    def key(self) -> tuple[Scope, str]:
        return self.scope, self.name

    @property
    def is_fifo(self) -> bool:
        return self.attributes.get("FifoTopic") == "true"

    @property
    def deduplicates_content(self) -> bool:
        return self.attributes.get("ContentBasedDeduplication") == "true"

    @property
    def message_bytes_max(self) -> int:
        return int(self.attributes.get("MaximumMessageSize", limits.MESSAGE_BYTES_DEFAULT))

    @property
    def signature_version(self) -> str:
        return self.attributes.get("SignatureVersion", "1")


@dataclass(frozen=True, slots=True)
class Subscription:
    """``token`` confirms it; ``authenticated`` says that only its owner may end it."""

    scope: Scope
    topic: str
    id: str
    protocol: str
    endpoint: str
    owner: str
    principal: str
    attributes: Mapping[str, str]
    token: str
    is_confirmed: bool
    was_authenticated: bool
    created_ms: int

    @property
    def topic_arn(self) -> str:
        return str(Arn.of("sns", self.scope, self.topic))

    @property
    def arn(self) -> str:
        return f"{self.topic_arn}:{self.id}"

    @property
    def is_raw(self) -> bool:
        return self.attributes.get("RawMessageDelivery") == "true"


@dataclass(frozen=True, slots=True)
class Message:
    """What was published. ``texts`` are the texts of single protocols where they differ from ``text``."""

    id: str
    topic_arn: str
    text: str
    time_ms: int
    subject: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Attributes = field(default_factory=dict)
    group: str = ""
    deduplication_id: str = ""
    sequence: str = ""
    trace_header: str = ""
    signature_version: str = "1"
    is_replayed: bool = False

    def text_for(self, protocol: str) -> str:
        return self.texts.get(protocol, self.text)


def read_message(payload: Mapping[str, Any]) -> Message:
    return Message(**payload)


def read_subscription(values: Mapping[str, Any]) -> Subscription:
    return Subscription(**{**values, "scope": Scope(**values["scope"])})
