"""Streams as the source of a pipe: the contract of a source, and one durable reader for each shard.

A shard's reader is a row of work, so exactly one node has it at a time, and its checkpoint is a row too,
written after the target has taken what was read: what is read twice after a crash is delivered twice, as on
AWS, and nothing is skipped.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sundog.arn import Arn
from sundog.bus import stream_source as bus
from sundog.context import Context
from sundog.errors import AwsError
from sundog.service import Part

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


class NoSuchStream(AwsError):
    """Stream {arn} does not exist."""


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


class OpenedStreams:
    """Streams of other services, by the contract that event source mappings read them by too.

    Every call opens anew: a source keeps nothing.
    """

    def __init__(self, parameters: str, batch_info: str) -> None:
        self.parameters, self.batch_info = parameters, batch_info

    async def shards(self, ctx: Context, stream: Arn) -> Sequence[str]:
        return [shard.id for shard in await _open(ctx, stream).shards()]

    async def origin(self, ctx: Context, stream: Arn, shard: str, start: Start) -> str:
        return await _open(ctx, stream).place(shard, cast(bus.Start, start.position), start.at_ms or 0)

    async def read(self, ctx: Context, stream: Arn, shard: str, after: str, count: int) -> Read:
        page = await _open(ctx, stream).read(shard, after, count)
        return Read(
            [_flat(record.event) for record in page.records],
            [record.place for record in page.records],
            [record.time_ms for record in page.records],
            page.is_end and not page.records,
        )


def _open(ctx: Context, stream: Arn) -> bus.StreamSource:
    source = bus.open_stream(ctx, stream)
    if source is None:
        raise NoSuchStream(arn=stream)
    return source


def _flat(event: Record) -> Record:
    """Pipes put what Lambda has in ``kinesis`` beside the rest of the record."""
    return {**event.get("kinesis", {}), **{name: value for name, value in event.items() if name != "kinesis"}}


_OPENED: Mapping[str, StreamSource] = {
    "kinesis": OpenedStreams("KinesisStreamParameters", "KinesisBatchInfo"),
    "dynamodb": OpenedStreams("DynamoDBStreamParameters", "DDBStreamBatchInfo"),
}


class StreamSources(Part):
    """Part: the kinds of streams that pipes can read, by the service part of their ARNs.

    Those that a service opens (`sundog.bus.stream_source`), and what was added; pipes over others are refused
    by name.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._sources: dict[str, StreamSource] = {}

    def add(self, service: str, source: StreamSource) -> None:
        self._sources[service] = source

    def find(self, service: str) -> StreamSource | None:
        added = self._sources.get(service)
        if added is not None or service not in _OPENED:
            return added
        any_stream = Arn.of(service, self._ctx.scope, "")
        return _OPENED[service] if bus.open_stream(self._ctx, any_stream) is not None else None
