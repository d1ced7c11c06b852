"""Part: the Kafka clusters that mappings read, as long as they read them."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from typing import Any

from sundog.context import Context
from sundog.service import Part
from sundog.services.lambda_.kafka_source import KafkaSource
from sundog.services.lambda_.mapping_kinds import Kind
from sundog.services.lambda_.model import SourceMapping


class KafkaSources(Part):
    def __init__(self, ctx: Context) -> None:
        self._msk = ctx.config.kafka_servers
        self._sources: dict[str, KafkaSource] = {}
        self._kafka: Any = None

    def remedy(self, kind: Kind) -> str:
        """What is missing; empty where Kafka can be read."""
        if importlib.util.find_spec("aiokafka") is None:
            return "Install its client: pip install 'sundog[kafka]'."
        if kind == "kafka" and not self._msk:
            return (
                "Set SUNDOG_KAFKA=host:port to the brokers that stand for MSK, or use SelfManagedEventSource."
            )
        return ""

    def open(self, mapping: SourceMapping) -> KafkaSource:
        if self._kafka is None:
            self._kafka = importlib.import_module("aiokafka")
        if mapping.uuid not in self._sources:
            own = mapping.body.get("SelfManagedEventSource")
            servers = own["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"] if own else self._msk
            source = KafkaSource(self._kafka, servers, mapping.body["Topics"][0], mapping.source_arn)
            self._sources[mapping.uuid] = source
        return self._sources[mapping.uuid]

    async def close(self, mapping: SourceMapping) -> None:
        source = self._sources.pop(mapping.uuid, None)
        if source is not None:
            await source.close()

    async def stop(self) -> None:
        sources, self._sources = self._sources, {}
        await asyncio.gather(*(source.close() for source in sources.values()), return_exceptions=True)

    async def forget(self) -> None:
        await self.stop()
