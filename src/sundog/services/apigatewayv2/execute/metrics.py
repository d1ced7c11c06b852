"""Part: the metrics of AWS/ApiGateway that HTTP APIs have.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

from typing import NamedTuple

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class Subject(NamedTuple):
    """``route_key`` only where the stage has detailed metrics on."""

    scope: Scope
    api_id: str
    stage: str
    route_key: str = ""


class Metrics(bus.Metrics[Subject]):
    namespace = "AWS/ApiGateway"
    service = "apigateway.amazonaws.com"
    units = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds", "DataProcessed": "Bytes"}  # noqa: RUF012

    def series(self, subject: Subject) -> tuple[Scope, list[Dimensions]]:
        api, stage = ("ApiId", subject.api_id), ("Stage", subject.stage)
        shown: list[Dimensions] = [(api,), (api, stage)]
        if subject.route_key:
            method, _, resource = subject.route_key.partition(" ")
            shown.append((api, ("Method", method), ("Resource", resource or method), stage))
        return subject.scope, shown
