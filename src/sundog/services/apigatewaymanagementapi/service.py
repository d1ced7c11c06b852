"""The management API of WebSocket connections as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.apigatewaymanagementapi import connections
from sundog.services.apigatewaymanagementapi.face import ManagementFace
from sundog.services.apigatewaymanagementapi.relay import Relay

SERVICE = Service(
    name="apigatewaymanagementapi",
    operations=operations_in("apigatewaymanagementapi", connections),
    schema=Path(__file__).with_name("schema"),
    parts=(Relay, ManagementFace),
)
