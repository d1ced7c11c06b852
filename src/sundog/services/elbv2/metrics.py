"""Part: the metrics of AWS/ApplicationELB.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class Tally:
    """What one request counts: values by metric, by target group (empty for the load balancer alone)."""

    def __init__(self) -> None:
        self.counted: defaultdict[str, dict[str, float]] = defaultdict(dict)

    def count(self, metric: str, value: float = 1, group: str = "") -> None:
        self.counted[group][metric] = value


class Metrics(bus.Metrics[tuple[Scope, str, str]]):
    """Counted for a load balancer (``app/name/id``) and, where it is not empty, a target group as well."""

    namespace = "AWS/ApplicationELB"
    service = "elasticloadbalancing.amazonaws.com"
    units: ClassVar = {
        "TargetResponseTime": "Seconds",
        "ProcessedBytes": "Bytes",
        "LambdaTargetProcessedBytes": "Bytes",
    }

    def series(self, subject: tuple[Scope, str, str]) -> tuple[Scope, list[Dimensions]]:
        scope, balancer, group = subject
        whole: Dimensions = (("LoadBalancer", balancer),)
        if not group:
            return scope, [whole]
        part = ("TargetGroup", f"targetgroup/{group}")
        return scope, [whole, (part, *whole)]

    def add(self, scope: Scope, balancer: str, tally: Tally) -> None:
        for group, values in tally.counted.items():
            self.count_all((scope, balancer, group), values)
