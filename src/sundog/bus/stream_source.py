"""Streams as those see them who read on: shards of records in order, and places to go on from.

The service a stream belongs to brings a part with a method ``open_stream(ctx, arn)`` that returns a
`StreamSource`, or None for what is no stream of its. Who reads keeps the places; a source keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from sundog.arn import Arn
from sundog.context import Context

Start = Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]


@dataclass(frozen=True, slots=True)
class Shard:
    """``parents`` are read to their end before it."""

    id: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """``sequence`` is its number as functions know it; ``place`` is where to go on after it, forever valid.

    Records of one ``key`` stay in order. ``time_ms``: when it came in. ``event`` is the record as functions
    get it, ``view`` as filters see it: what is JSON in ``data`` (``value``) is already read there.
    """

    sequence: str
    place: str
    key: str
    time_ms: int
    event: Mapping[str, Any]
    view: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Some records and the place behind them. ``is_end``: the shard is closed and nothing comes after."""

    records: Sequence[StreamRecord]
    place: str
    is_end: bool = False


class StreamSource(Protocol):
    @property
    def channel(self) -> str:
        """Woken when there may be more: records, shards, or the end of one. Empty: look now and then."""
        ...

    @property
    def filtered(self) -> str:
        """The member of views that may be JSON or plain (``data``); empty where there is no such member."""
        ...

    async def shards(self) -> Sequence[Shard]:
        """All that can still be read, closed ones too."""
        ...

    async def place(self, shard: str, start: Start, time_ms: int) -> str:
        """Where reading of the shard starts. ``time_ms`` belongs to AT_TIMESTAMP."""
        ...

    async def read(self, shard: str, place: str, count: int) -> StreamPage:
        """What comes after ``place``, at most ``count`` records; without waiting."""
        ...

    def event(self, records: Sequence[StreamRecord]) -> dict[str, Any]:
        """The event document of a batch."""
        ...

    def batch_members(self, shard: str, records: Sequence[StreamRecord]) -> dict[str, Any]:
        """What an on-failure destination is told of a batch: one member, see `batch_info`."""
        ...


def batch_info(name: str, stream_arn: str, shard: str, records: Sequence[StreamRecord]) -> dict[str, Any]:
    """As Kinesis (``KinesisBatchInfo``) and DynamoDB (``DDBStreamBatchInfo``) have it.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    first, last = records[0], records[-1]
    return {
        name: {
            "shardId": shard,
            "startSequenceNumber": first.sequence,
            "endSequenceNumber": last.sequence,
            "approximateArrivalOfFirstRecord": write_moment(first.time_ms),
            "approximateArrivalOfLastRecord": write_moment(last.time_ms),
            "batchSize": len(records),
            "streamArn": stream_arn,
        }
    }


def write_moment(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def open_stream(ctx: Context, arn: Arn) -> StreamSource | None:
    """The stream of this ARN, whoever brings it."""
    for part in ctx.parts.with_method("open_stream"):
        source: StreamSource | None = part.open_stream(ctx, arn)
        if source is not None:
            return source
    return None
