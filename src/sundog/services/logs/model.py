"""The values of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sundog.arn import Arn
from sundog.scope import Scope
from sundog.services.logs.limits import EVENT_OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Group:
    """``retention_ms`` is 0 where events never expire."""

    id: int
    scope: Scope
    name: str
    created_ms: int
    retention_days: int
    kms_key: str
    log_class: str
    is_protected: bool
    metric_filters: int
    tags: Mapping[str, str]

    @property
    def arn(self) -> str:
        return group_arn(self.scope, self.name)

    @property
    def retention_ms(self) -> int:
        return self.retention_days * 86_400_000


@dataclass(frozen=True, slots=True)
class Stream:
    """Times are -1 until the first event."""

    id: int
    name: str
    created_ms: int
    first_event_ms: int
    last_event_ms: int
    last_ingestion_ms: int


_CHUNK_MAX, _INDEX_MAX = 10**18, 10**16 - 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an event stands among all events of a group: time, then arrival."""

    time_ms: int
    chunk: int
    index: int

    def token(self) -> str:
        """56 digits, as AWS's event ids and page tokens have."""
        return f"{self.time_ms:020d}{self.chunk:020d}{self.index:016d}"

    def before(self) -> Position:
        """The last position before this one."""
        if self.index:
            return Position(self.time_ms, self.chunk, self.index - 1)
        if self.chunk:
            return Position(self.time_ms, self.chunk - 1, _INDEX_MAX)
        return Position(max(0, self.time_ms - 1), _CHUNK_MAX, _INDEX_MAX)

    @classmethod
    def parse(cls, token: str) -> Position | None:
        if len(token) != 56 or not (token.isascii() and token.isdigit()):
            return None
        return cls(int(token[:20]), int(token[20:40]), int(token[40:]))


@dataclass(frozen=True, slots=True)
class Event:
    """One stored event."""

    position: Position
    stream_id: int
    message: str
    ingested_ms: int

    @property
    def time_ms(self) -> int:
        return self.position.time_ms


@dataclass(frozen=True, slots=True)
class Accepted:
    """What of a batch is kept: times and messages, in order; and what AWS tells of the rest."""

    times: list[int]
    messages: list[str]
    rejected: dict[str, int]


def group_arn(scope: Scope, name: str) -> str:
    return str(Arn.of("logs", scope, f"log-group:{name}"))


def stream_arn(scope: Scope, group: str, stream: str) -> str:
    return f"{group_arn(scope, group)}:log-stream:{stream}"


def event_bytes(message: str) -> int:
    """What an event counts for in every limit: its UTF-8, and 26 bytes."""
    length = len(message) if message.isascii() else len(message.encode("utf-8", "surrogatepass"))
    return length + EVENT_OVERHEAD_BYTES
