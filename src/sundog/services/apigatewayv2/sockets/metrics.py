"""Part: the metrics of WebSocket APIs in AWS/ApiGateway.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
"""

from __future__ import annotations

from typing import ClassVar

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class SocketMetrics(bus.Metrics[tuple[Scope, str, str, str]]):
    """Counted for an API, a stage and, where its metrics are detailed, a route (empty where not)."""

    namespace = "AWS/ApiGateway"
    service = "apigateway.amazonaws.com"
    units: ClassVar = {"IntegrationLatency": "Milliseconds"}

    def series(self, subject: tuple[Scope, str, str, str]) -> tuple[Scope, list[Dimensions]]:
        scope, api_id, stage, route = subject
        of_stage: Dimensions = (("ApiId", api_id), ("Stage", stage))
        if not route:
            return scope, [of_stage]
        return scope, [of_stage, (*of_stage, ("Route", route))]
