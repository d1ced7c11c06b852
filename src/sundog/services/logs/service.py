"""CloudWatch Logs as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.logs import (
    definitions,
    destinations,
    events,
    filters,
    groups,
    insights,
    policies,
    query_runs,
    records,
    search,
    streams,
    subscriptions,
    tags,
    targets,
    workers,
)
from sundog.services.logs.groups import EXPIRE, FORGET
from sundog.services.logs.insights import EXPIRE_QUERY, RUN_QUERY
from sundog.services.logs.passing import EMIT, Patterns
from sundog.services.logs.refusals import REFUSED

SERVICE = Service(
    name="logs",
    operations=operations_in(
        "logs",
        definitions,
        destinations,
        events,
        filters,
        groups,
        insights,
        policies,
        records,
        search,
        streams,
        subscriptions,
        tags,
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    targets={"logs": targets.deliver},
    work={
        EXPIRE: DurableWork(workers.expire, recurring=True),
        FORGET: DurableWork(workers.forget),
        EMIT: DurableWork(workers.emit_metrics),
        RUN_QUERY: DurableWork(query_runs.run_query, concurrency_max=8),
        EXPIRE_QUERY: DurableWork(query_runs.expire_query, recurring=True),
    },
    parts=(Patterns,),
)
