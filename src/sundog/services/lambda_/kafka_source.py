"""A topic of a Kafka cluster as a stream: partitions are its shards, offsets its places.

Offsets are kept by the mapping, like places of other streams, and not committed to the consumer group.
https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog.bus.stream_source import Shard, Start, StreamPage, StreamRecord, write_moment
from sundog.errors import AwsError
from sundog.services.lambda_.filters import json_or_text

READ_MS = 200
"""How long a read waits for the broker, which answers only who waits."""


class KafkaFailure(AwsError):
    """Connection error. Please check your event source connection configuration."""


class NoSuchTopic(AwsError):
    """Topic {topic} does not exist."""


class KafkaSource:
    """A `StreamSource`. ``kafka`` is the module aiokafka: an extra that not everybody has.

    ``cluster_arn``: of a cluster of MSK, else empty.
    """

    channel = ""
    filtered = "value"

    def __init__(self, kafka: Any, servers: Sequence[str], topic: str, cluster_arn: str = "") -> None:
        self._kafka, self._servers, self._topic = kafka, servers, topic
        self._cluster = {"eventSourceArn": cluster_arn} if cluster_arn else {}
        self._consumer: Any = None
        self._starting = asyncio.Lock()

    async def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def shards(self) -> Sequence[Shard]:
        consumer = await self._started()
        partitions = consumer.partitions_for_topic(self._topic)
        if not partitions:
            raise NoSuchTopic(topic=self._topic)
        return [Shard(f"{self._topic}-{number}") for number in sorted(partitions)]

    async def place(self, shard: str, start: Start, time_ms: int) -> str:
        consumer, partition = await self._started(), self._partition(shard)
        try:
            if start == "AT_TIMESTAMP":
                found = (await consumer.offsets_for_times({partition: time_ms}))[partition]
                if found is not None:
                    return str(found.offset)
            if start == "TRIM_HORIZON":
                return str((await consumer.beginning_offsets([partition]))[partition])
            return str((await consumer.end_offsets([partition]))[partition])
        except self._kafka.errors.KafkaError as error:
            raise KafkaFailure from error

    async def read(self, shard: str, place: str, count: int) -> StreamPage:
        consumer, partition, offset = await self._started(), self._partition(shard), int(place)
        try:
            if await consumer.position(partition) != offset:
                consumer.seek(partition, offset)
            found = await consumer.getmany(partition, timeout_ms=READ_MS, max_records=count)
        except self._kafka.errors.KafkaError as error:
            raise KafkaFailure from error
        records = [_record(one) for one in found.get(partition, ())]
        return StreamPage(records, records[-1].place if records else place)

    def event(self, records: Sequence[StreamRecord]) -> dict[str, Any]:
        by_partition: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            name = f"{record.event['topic']}-{record.event['partition']}"
            by_partition.setdefault(name, []).append(record.event)
        return {
            "eventSource": "aws:kafka" if self._cluster else "SelfManagedKafka",
            **self._cluster,
            "bootstrapServers": ",".join(self._servers),
            "records": by_partition,
        }

    def batch_members(self, shard: str, records: Sequence[StreamRecord]) -> dict[str, Any]:
        return {
            "KafkaBatchInfo": {
                "batchSize": len(records),
                **self._cluster,
                "bootstrapServers": ",".join(self._servers),
                "partition": shard,
                "payloadSize": sum(len(orjson.dumps(record.event)) for record in records),
                "recordInfo": {
                    "offset": records[0].sequence,
                    "timestamp": write_moment(records[0].time_ms),
                },
            }
        }

    async def _started(self) -> Any:
        """The consumer, connected. Raises `KafkaFailure`."""
        async with self._starting:
            if self._consumer is None:
                consumer = self._kafka.AIOKafkaConsumer(
                    self._topic,
                    bootstrap_servers=list(self._servers),
                    group_id=None,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                )
                try:
                    await consumer.start()
                except (self._kafka.errors.KafkaError, OSError, ValueError) as error:
                    await consumer.stop()
                    raise KafkaFailure from error
                self._consumer = consumer
        return self._consumer

    def _partition(self, shard: str) -> Any:
        return self._kafka.TopicPartition(self._topic, int(shard.rpartition("-")[2]))


def _record(found: Any) -> StreamRecord:
    event = {
        "topic": found.topic,
        "partition": found.partition,
        "offset": found.offset,
        "timestamp": found.timestamp,
        "timestampType": "LOG_APPEND_TIME" if found.timestamp_type else "CREATE_TIME",
        "headers": [{name: list(value)} for name, value in found.headers],
    }
    view: dict[str, Any] = {}
    for member, data in (("key", found.key), ("value", found.value)):
        if data is not None:
            event[member] = base64.b64encode(data).decode()
            view[member] = _seen(data)
    key = base64.b64encode(found.key).decode() if found.key is not None else str(found.offset)
    return StreamRecord(str(found.offset), str(found.offset + 1), key, found.timestamp, event, view)


def _seen(data: bytes) -> Any:
    """Data that are no text are nothing to a filter."""
    try:
        return json_or_text(data.decode())
    except UnicodeDecodeError:
        return None
