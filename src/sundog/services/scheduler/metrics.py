"""Part: the metrics of AWS/Scheduler, of all schedules and of each group.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
"""

from __future__ import annotations

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class Metrics(bus.Metrics[tuple[Scope, str]]):
    """Counts for an account, a region and the name of a group."""

    namespace = "AWS/Scheduler"
    service = "scheduler.amazonaws.com"

    def series(self, subject: tuple[Scope, str]) -> tuple[Scope, list[Dimensions]]:
        scope, group = subject
        return scope, [(), (("ScheduleGroup", group),)]
