"""EventBridge Pipes as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.pipes import lifecycle, pipes, shard_readers, tags
from sundog.services.pipes.metrics import Metrics
from sundog.services.pipes.pollers import Pollers
from sundog.services.pipes.streams import StreamSources

SERVICE = Service(
    name="pipes",
    operations=operations_in("pipes", pipes, tags),
    schema=Path(__file__).with_name("schema"),
    work={
        lifecycle.SETTLE: DurableWork(lifecycle.settle),
        shard_readers.READ: DurableWork(shard_readers.read_shard, recurring=True),
    },
    parts=(Metrics, StreamSources, Pollers),
)
