"""EventBridge Pipes as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.pipes import lifecycle, pipes, tags
from sundog.services.pipes.metrics import Metrics
from sundog.services.pipes.pollers import Pollers

SERVICE = Service(
    name="pipes",
    operations=operations_in("pipes", pipes, tags),
    schema=Path(__file__).with_name("schema"),
    work={lifecycle.SETTLE: DurableWork(lifecycle.settle)},
    parts=(Metrics, Pollers),
)
