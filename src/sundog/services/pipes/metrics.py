"""Part: the metrics of AWS/EventBridge/Pipes, of each pipe.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html
"""

from __future__ import annotations

from typing import ClassVar

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class Metrics(bus.Metrics[tuple[Scope, str]]):
    """Counts for an account, a region and the name of a pipe."""

    namespace = "AWS/EventBridge/Pipes"
    service = "pipes.amazonaws.com"
    units: ClassVar = {
        "Duration": "Milliseconds",
        "EnrichmentStageDuration": "Milliseconds",
        "EventSize": "Bytes",
        "TargetStageDuration": "Milliseconds",
    }

    def series(self, subject: tuple[Scope, str]) -> tuple[Scope, list[Dimensions]]:
        scope, name = subject
        return scope, [(), (("PipeName", name),)]
