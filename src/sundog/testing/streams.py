"""A stream for tests: shards of records in memory, behind the contract that real streams keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sundog.arn import Arn
from sundog.bus.stream_source import Shard, Start, StreamPage, StreamRecord, StreamSource, batch_info
from sundog.context import Context
from sundog.errors import AwsError
from sundog.testing.world import World

STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"


class ResourceNotFoundException(AwsError):
    """Requested resource not found"""


@dataclass
class Written:
    key: str
    data: Any
    time_ms: int


@dataclass
class ScriptedShard:
    records: list[Written] = field(default_factory=list)
    parents: tuple[str, ...] = ()
    is_closed: bool = False


class ScriptedStream:
    """A part: `open_stream` as of a service, and the ways in which tests fill what it opens.

    One stream, whatever Kinesis or DynamoDB ARN it is asked for; ``shards_by_id`` may be changed at will,
    `wake` then lets readers look.
    """

    channel = "test.streams"
    filtered = "data"

    def __init__(self, world: World) -> None:
        self._world = world
        self.shards_by_id = {"s-0": ScriptedShard()}

    def open_stream(self, _ctx: Context, arn: Arn) -> StreamSource | None:
        return self if arn.service in ("kinesis", "dynamodb") else None

    async def put(self, *data: Any, shard: str = "s-0", key: str = "k", time_ms: int | None = None) -> None:
        now_ms = self._world.clock.now_ms() if time_ms is None else time_ms
        self.shards_by_id[shard].records += [Written(key, one, now_ms) for one in data]
        await self.wake()

    async def wake(self) -> None:
        async with self._world.app.store.transaction() as tx:
            tx.wake(self.channel)

    async def shards(self) -> Sequence[Shard]:
        if not self.shards_by_id:
            raise ResourceNotFoundException
        return [Shard(id, shard.parents) for id, shard in self.shards_by_id.items()]

    async def place(self, shard: str, start: Start, time_ms: int) -> str:
        records = self.shards_by_id[shard].records
        if start == "TRIM_HORIZON":
            return "0"
        if start == "LATEST":
            return str(len(records))
        return str(next((i for i, r in enumerate(records) if r.time_ms >= time_ms), len(records)))

    async def read(self, shard: str, place: str, count: int) -> StreamPage:
        own, first = self.shards_by_id[shard], int(place)
        found = own.records[first : first + count]
        records = [_record(first + number, one) for number, one in enumerate(found)]
        after = first + len(found)
        return StreamPage(records, str(after), own.is_closed and after >= len(own.records))

    def event(self, records: Sequence[StreamRecord]) -> dict[str, Any]:
        return {"Records": [record.event for record in records]}

    def batch_members(self, shard: str, records: Sequence[StreamRecord]) -> dict[str, Any]:
        return batch_info("KinesisBatchInfo", STREAM_ARN, shard, records)


def _record(number: int, written: Written) -> StreamRecord:
    text = written.data if isinstance(written.data, str) else orjson.dumps(written.data).decode()
    event = {
        "kinesis": {"sequenceNumber": str(number), "partitionKey": written.key, "data": text},
        "eventSource": "aws:kinesis",
    }
    view = {"data": written.data, "partitionKey": written.key}
    return StreamRecord(str(number), str(number + 1), written.key, written.time_ms, event, view)
