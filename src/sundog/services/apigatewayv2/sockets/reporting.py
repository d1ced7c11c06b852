"""Parts and functions that tell what has happened: access logs, execution logs, metrics.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sundog.context import Context
from sundog.front.access_log import LogLines, LogStream
from sundog.front.sockets import Peer
from sundog.services.apigatewayv2.sockets.metrics import SocketMetrics
from sundog.services.apigatewayv2.sockets.occasion import Occasion, write_event
from sundog.services.apigatewayv2.sockets.program import Program


class SocketLogs(LogLines):
    service: ClassVar[str] = "apigateway.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the handling of an occasion ended. ``latency_ms`` None: no integration was called."""

    status: int
    route_key: str = ""
    latency_ms: float | None = None
    error: str = ""
    error_text: str = ""


def report(ctx: Context, program: Program, occasion: Occasion, outcome: Outcome) -> None:
    _count(ctx, program, occasion, outcome)
    _log_access(ctx, program, occasion, outcome)
    _log_execution(ctx, program, occasion, outcome)


def _settings(program: Program, route_key: str) -> dict[str, Any]:
    stage = program.snapshot.stage
    return {**stage.get("DefaultRouteSettings", {}), **stage.get("RouteSettings", {}).get(route_key, {})}


def _count(ctx: Context, program: Program, occasion: Occasion, outcome: Outcome) -> None:
    """Client errors are those before the integration, execution errors those of calling it."""
    is_detailed = _settings(program, outcome.route_key).get("DetailedMetricsEnabled")
    peer, was_called = occasion.peer, outcome.latency_ms is not None
    counted: dict[str, float] = {}
    if occasion.kind == "MESSAGE":
        counted["MessageCount"] = 1
    elif occasion.kind == "CONNECT" and was_called:
        counted["ConnectCount"] = 1
    if outcome.latency_ms is not None:
        counted["IntegrationLatency"] = outcome.latency_ms
    if outcome.error:
        counted["ClientError" if outcome.status < 500 and not was_called else "ExecutionError"] = 1
    elif outcome.status >= 400:
        counted["IntegrationError"] = 1
    if counted:
        subject = peer.scope, peer.api_id, peer.stage, outcome.route_key if is_detailed else ""
        ctx.part(SocketMetrics).count_all(subject, counted)


def count_sent(ctx: Context, peer: Peer) -> None:
    """Messages to clients count as those from them do."""
    ctx.part(SocketMetrics).count((peer.scope, peer.api_id, peer.stage, ""), "MessageCount")


def _log_access(ctx: Context, program: Program, occasion: Occasion, outcome: Outcome) -> None:
    if program.log_format is None or program.log_stream is None:
        return
    values = {
        **occasion.context(outcome.route_key or None),
        "status": outcome.status,
        "accountId": occasion.peer.scope.account,
    }
    if outcome.latency_ms is not None:
        latency_ms = str(int(outcome.latency_ms))
        values |= {
            "integrationLatency": latency_ms,
            "integration": {"latency": latency_ms, "status": str(outcome.status)},
        }
    if outcome.error:
        values["error"] = {"message": outcome.error, "messageString": f'"{outcome.error}"'}
        values["integrationErrorMessage"] = outcome.error_text
    ctx.part(SocketLogs).write(program.log_stream, program.log_format(values).rstrip("\n"))


def _log_execution(ctx: Context, program: Program, occasion: Occasion, outcome: Outcome) -> None:
    level = _settings(program, outcome.route_key).get("LoggingLevel") or "OFF"
    if level == "OFF":
        return
    with_data = bool(_settings(program, outcome.route_key).get("DataTraceEnabled"))
    lines = list(_lines(occasion, outcome, with_data)) if level == "INFO" else []
    if outcome.error:
        lines.append(f"Execution failed: {outcome.error_text or outcome.error}")
    peer = occasion.peer
    group = f"/aws/apigateway/{peer.api_id}/{peer.stage}"
    stream = LogStream(peer.scope, group, "executions", is_own=True)
    ctx.part(SocketLogs).write(stream, *(f"({occasion.request_id}) {line}" for line in lines))


def _lines(occasion: Occasion, outcome: Outcome, with_data: bool) -> list[str]:
    peer = occasion.peer
    client = f"[Connection Id: {peer.id}]"
    lines = [f"Extended Request Id: {occasion.request_id}"]
    if occasion.kind == "CONNECT":
        agent, address = peer.user_agent or "null", peer.source_ip
        who = f"[UserAgent: {agent}, SourceIp: {address}]"
        lines.append(f"Client {who} is connecting to WebSocket API [{peer.api_id}].")
    if occasion.kind == "MESSAGE":
        lines.append(
            f"Client {client} sent message to API [{peer.api_id}], route {outcome.route_key or '-'}."
        )
        if with_data:
            event = write_event(occasion, outcome.route_key).decode()
            lines.append(f"Endpoint request body after transformations: {event}")
    if outcome.latency_ms is not None:
        lines.append(
            f"Received response. Status: {outcome.status}, Integration latency: {int(outcome.latency_ms)} ms"
        )
    if occasion.kind == "CONNECT" and 200 <= outcome.status < 300:
        lines.append(f"Client {client} connected to API [{peer.api_id}] successfully.")
    if occasion.kind == "DISCONNECT":
        lines.append(f"Client {client} disconnected from API [{peer.api_id}].")
    return lines
