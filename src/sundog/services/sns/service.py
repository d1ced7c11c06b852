"""SNS as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.sns import (
    delivering,
    feedback,
    forwarding,
    limits,
    platforms,
    publishing,
    replaying,
    sms,
    subscriptions,
    tags,
    targets,
    topics,
)
from sundog.services.sns.directory import Directory
from sundog.services.sns.face import Face
from sundog.services.sns.lanes import Lanes
from sundog.services.sns.metrics import Metrics
from sundog.services.sns.outbox import Outbox
from sundog.services.sns.signing import Signer

SERVICE = Service(
    name="sns",
    operations=operations_in("sns", platforms, publishing, sms, subscriptions, tags, topics),
    schema=Path(__file__).with_name("schema"),
    targets={"sns": targets.deliver},
    work={
        delivering.DELIVER: DurableWork(delivering.deliver, concurrency_max=limits.DELIVERIES_AT_ONCE),
        delivering.ORDERED: DurableWork(
            delivering.deliver_in_order, concurrency_max=limits.DELIVERIES_AT_ONCE
        ),
        delivering.HTTP: DurableWork(delivering.deliver_over_http, concurrency_max=limits.HTTP_AT_ONCE),
        forwarding.FORWARD: DurableWork(forwarding.forward),
        replaying.REPLAY: DurableWork(replaying.replay),
        feedback.REPORT: DurableWork(feedback.write_report),
    },
    parts=(Directory, Metrics, Lanes, Signer, Outbox, Face),
)
