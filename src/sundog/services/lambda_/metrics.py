"""Part: the metrics of AWS/Lambda: of a function, of the qualifier it was called by, of all functions.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from typing import ClassVar

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope
from sundog.services.lambda_.names import FunctionName


class Metrics(bus.Metrics[FunctionName]):
    namespace = "AWS/Lambda"
    service = "lambda.amazonaws.com"
    units: ClassVar = {
        "Duration": "Milliseconds",
        "AsyncEventAge": "Milliseconds",
        "IteratorAge": "Milliseconds",
        "UrlRequestLatency": "Milliseconds",
        "PostRuntimeExtensionsDuration": "Milliseconds",
    }

    def series(self, subject: FunctionName) -> tuple[Scope, list[Dimensions]]:
        qualifier = f":{subject.qualifier}" if subject.qualifier else ""
        own = ("FunctionName", subject.name)
        return subject.scope, [(), (own,), (own, ("Resource", subject.name + qualifier))]
