"""EventBridge Scheduler as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.scheduler import firing, groups, invoking, schedules
from sundog.services.scheduler.metrics import Metrics

SERVICE = Service(
    name="scheduler",
    operations=operations_in("scheduler", groups, schedules),
    schema=Path(__file__).with_name("schema"),
    work={
        firing.ONCE: DurableWork(firing.fire),
        firing.REPEAT: DurableWork(firing.fire, recurring=True),
        invoking.INVOKE: DurableWork(invoking.invoke),
        groups.EMPTY: DurableWork(groups.empty_group),
    },
    parts=(Metrics,),
)
