"""Part: the metrics of AWS/States.

https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from __future__ import annotations

from typing import ClassVar

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class Metrics(bus.Metrics[tuple[Scope, str]]):
    """Counted for the ARN of a machine."""

    namespace = "AWS/States"
    service = "states.amazonaws.com"
    units: ClassVar = {"ExecutionTime": "Milliseconds"}

    def series(self, subject: tuple[Scope, str]) -> tuple[Scope, list[Dimensions]]:
        scope, arn = subject
        return scope, [(("StateMachineArn", arn),)]
