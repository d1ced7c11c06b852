"""EventBridge as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.events import (
    api_destinations,
    archives,
    archiving,
    authorizing,
    buses,
    connections,
    endpoints,
    event_sources,
    patterns,
    permissions,
    publishing,
    replaying,
    replays,
    rule_targets,
    rules,
    schedules,
    tags,
    targets,
)
from sundog.services.events.authorizing import TokenLocks
from sundog.services.events.calling import Caller
from sundog.services.events.metrics import Metrics
from sundog.services.events.refusals import REFUSED
from sundog.services.events.routing import Router

SERVICE = Service(
    name="events",
    operations=operations_in(
        "events",
        api_destinations,
        archives,
        buses,
        connections,
        endpoints,
        event_sources,
        patterns,
        permissions,
        publishing,
        replays,
        rule_targets,
        rules,
        tags,
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    targets={"events": targets.deliver},
    work={
        schedules.FIRE: DurableWork(schedules.fire, recurring=True),
        archiving.EXPIRE: DurableWork(archiving.expire, recurring=True),
        archiving.DROP: DurableWork(archiving.drop),
        authorizing.AUTHORIZE: DurableWork(authorizing.authorize_connection),
        replaying.REPLAY: DurableWork(replaying.replay_some),
    },
    parts=(Router, Metrics, TokenLocks, Caller),
)
