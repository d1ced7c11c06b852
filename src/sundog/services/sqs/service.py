"""SQS as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.sqs import (
    attributes,
    handling,
    move_tasks,
    permissions,
    queues,
    receiving,
    sending,
    tags,
    targets,
)
from sundog.services.sqs.counting import Counters, Depths
from sundog.services.sqs.in_flight import InFlight
from sundog.services.sqs.loading import QueueMemory
from sundog.services.sqs.move_tasks import MOVE
from sundog.services.sqs.moving import move_some
from sundog.services.sqs.queues import DROP
from sundog.services.sqs.throttle import Throttle
from sundog.services.sqs.workers import Minutes, drop_pile

SERVICE = Service(
    name="sqs",
    operations=operations_in(
        "sqs", attributes, handling, move_tasks, permissions, queues, receiving, sending, tags
    ),
    schema=Path(__file__).with_name("schema"),
    targets={"sqs": targets.deliver},
    work={
        DROP: DurableWork(drop_pile, concurrency_max=2),
        MOVE: DurableWork(move_some, concurrency_max=16),
    },
    parts=(QueueMemory, Throttle, InFlight, Depths, Counters, Minutes),
)
