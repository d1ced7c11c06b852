"""EventBridge as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.events import (
    buses,
    patterns,
    permissions,
    publishing,
    rule_targets,
    rules,
    schedules,
    tags,
    targets,
)
from sundog.services.events.metrics import Metrics
from sundog.services.events.refusals import REFUSED
from sundog.services.events.routing import Router

SERVICE = Service(
    name="events",
    operations=operations_in("events", buses, patterns, permissions, publishing, rule_targets, rules, tags),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    targets={"events": targets.deliver},
    work={schedules.FIRE: DurableWork(schedules.fire, recurring=True)},
    parts=(Router, Metrics),
)
