"""The management API of WebSocket connections as the gateway sees it."""

from __future__ import annotations

from sundog.service import Service, operations_in
from sundog.services.apigatewaymanagementapi import connections
from sundog.services.apigatewaymanagementapi.face import ManagementFace

SERVICE = Service(
    name="apigatewaymanagementapi",
    operations=operations_in("apigatewaymanagementapi", connections),
    parts=(ManagementFace,),
)
