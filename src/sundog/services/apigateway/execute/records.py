"""What is written down of requests: metrics, access logs, execution logs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from sundog import bus
from sundog.bus import Dimensions
from sundog.context import Context
from sundog.front.access_log import LogLines, LogStream, access_stream
from sundog.protocol.http import HttpResponse
from sundog.scope import Scope
from sundog.services.apigateway.execute.call import Call

LINE_BYTES_MAX: Final = 1_024
"""Longer lines of an execution log are cut, as AWS cuts them."""

Subject = tuple[str, str, str, str, str, str]
"""Account, region, name of the API, stage; resource and method where the method's own metrics are wanted."""


class Metrics(bus.Metrics[Subject]):
    """Counted for API and stage, and where detailed metrics are on for resource and method too."""

    namespace = "AWS/ApiGateway"
    service = "apigateway.amazonaws.com"
    units: ClassVar = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds"}

    def series(self, subject: Subject) -> tuple[Scope, list[Dimensions]]:
        account, region, api, stage, resource, method = subject
        shown: list[Dimensions] = [(("ApiName", api),), (("ApiName", api), ("Stage", stage))]
        if method:
            detail = ("Resource", resource), ("Method", method)
            shown.append((("ApiName", api), *detail, ("Stage", stage)))
        return Scope(account, region), shown


class Logs(LogLines):
    """The lines of REST APIs on their way to Logs."""


def record(ctx: Context, call: Call, response: HttpResponse, started_ns: int) -> None:
    """Count and log one request that has been answered."""
    latency_ms = (ctx.clock.monotonic_ns() - started_ns) // 1_000_000
    _count(ctx.part(Metrics), call, response, latency_ms)
    if call.stage.log_format is not None:
        source = f"{call.api_id}/{call.stage.name}"
        stream = access_stream(call.stage.log_arn, source)
        if stream is not None:
            ctx.part(Logs).write(stream, call.stage.log_format(log_values(call, response, latency_ms)))
    if call.notes.lines:
        _write_execution(ctx, call)


def _count(metrics: Metrics, call: Call, response: HttpResponse, latency_ms: int) -> None:
    has_detail = call.settings.has_metrics and call.method.path
    detail = (call.method.path, call.http.method) if has_detail else ("", "")
    subject = call.account, call.region, call.program.metric_name, call.stage.name, *detail
    notes, status = call.notes, response.status
    values = {
        "Count": 1.0,
        "Latency": latency_ms,
        "4XXError": 1.0 if 400 <= status < 500 else 0.0,
        "5XXError": 1.0 if status >= 500 else 0.0,
    }
    if notes.integration_ms is not None:
        values["IntegrationLatency"] = notes.integration_ms
    if notes.cache:
        values["CacheHitCount" if notes.cache == "hit" else "CacheMissCount"] = 1.0
    metrics.count_all(subject, values)


def log_values(call: Call, response: HttpResponse, latency_ms: int) -> dict[str, Any]:
    """``$context`` of access logs."""
    notes = call.notes
    authorizer = dict(call.authorizer or {})
    if notes.authorizer_ms is not None:
        authorizer["latency"] = authorizer["integrationLatency"] = notes.authorizer_ms
    error = {
        "message": notes.error,
        "messageString": json.dumps(notes.error) if notes.error is not None else None,
        "responseType": notes.error_response,
        "validationErrorString": notes.validation,
    }
    integration = {
        "status": _integration_status(call, response),
        "integrationStatus": notes.integration_status,
        "latency": notes.integration_ms,
        "error": notes.integration_error,
        "requestId": notes.integration_request_id,
    }
    return {
        **call.values,
        "status": response.status,
        "endpointType": (call.program.endpoint_types or ("EDGE",))[0],
        "responseLength": len(response.body),
        "responseLatency": latency_ms,
        "integrationLatency": notes.integration_ms,
        "integrationStatus": notes.integration_status,
        "integrationErrorMessage": notes.integration_error,
        "integration": integration,
        "authorizer": authorizer,
        "error": error,
        "xrayTraceId": call.trace_id if call.stage.is_traced else None,
    }


def _integration_status(call: Call, response: HttpResponse) -> int | None:
    """Of a function behind a proxy the status that its code answers; ``integrationStatus`` is Lambda's."""
    integration, notes = call.method.integration, call.notes
    if integration is not None and integration.type == "AWS_PROXY" and notes.error is None:
        return response.status
    return notes.integration_status


def _write_execution(ctx: Context, call: Call) -> None:
    canary = "/Canary" if call.is_canary else ""
    group = f"API-Gateway-Execution-Logs_{call.api_id}/{call.stage.name}{canary}"
    name = hashlib.sha256(f"{call.api_id}{call.request_id[:2]}".encode()).hexdigest()[:32]
    stream = LogStream(Scope(call.account, call.region), group, name, is_own=True)
    lines = call.notes.lines or ()
    ctx.part(Logs).write(stream, *(_cut(f"({call.request_id}) {line}") for line in lines))


def _cut(line: str) -> str:
    if len(line) * 4 <= LINE_BYTES_MAX:
        return line
    raw = line.encode("utf-8", "replace")
    if len(raw) <= LINE_BYTES_MAX:
        return line
    return raw[: LINE_BYTES_MAX - len(" [TRUNCATED]")].decode("utf-8", "ignore") + " [TRUNCATED]"
