"""Streams as the source of a pipe: the contract of a source, and one durable reader for each shard.

A shard's reader is a row of work, so exactly one node has it at a time, and its checkpoint is a row too,
written after the target has taken what was read: what is read twice after a crash is delivered twice, as on
AWS, and nothing is skipped.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sundog.arn import Arn
from sundog.context import Context

Record = Mapping[str, Any]
"""The event that one record becomes, as Pipes hands it on."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a shard without a checkpoint begins. ``at_ms`` is for AT_TIMESTAMP."""

    position: str
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a read found. ``positions[n]`` is the checkpoint after ``records[n]``, ``arrived_ms[n]`` its age.

    ``is_closed``: the shard has ended and all of it has been read.
    """

    records: Sequence[Record]
    positions: Sequence[str]
    arrived_ms: Sequence[int]
    is_closed: bool = False


class StreamSource(Protocol):
    """A kind of stream. Raises AwsError where the stream cannot be read."""

    parameters: str
    """The member of SourceParameters that is about it, e.g. ``KinesisStreamParameters``."""
    batch_info: str
    """What a dead letter calls its batch, e.g. ``KinesisBatchInfo``."""

    async def shards(self, ctx: Context, stream: Arn) -> Sequence[str]: ...

    async def origin(self, ctx: Context, stream: Arn, shard: str, start: Start) -> str:
        """The checkpoint of a reader that has read nothing yet."""
        ...

    async def read(self, ctx: Context, stream: Arn, shard: str, after: str, count: int) -> Read: ...


class StreamSources:
    """Part: the kinds of streams that pipes can read, by the service part of their ARNs.

    Empty until sundog has a service with streams: pipes over others are refused by name.
    """

    def __init__(self, ctx: Context) -> None:
        self._sources: dict[str, StreamSource] = {}

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def forget(self) -> None:
        return None

    def add(self, service: str, source: StreamSource) -> None:
        self._sources[service] = source

    def find(self, service: str) -> StreamSource | None:
        return self._sources.get(service)
