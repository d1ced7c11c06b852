"""The way of one request through a stage, step by step, and what is counted and logged of it.

route -> throttle -> authorize -> preflight -> integrate -> map the answer -> CORS
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

from sundog.context import Context
from sundog.front.access_log import LogLines
from sundog.front.cors import is_preflight, without_cors
from sundog.front.explaining import Refused
from sundog.front.http_call import Answer
from sundog.front.token_bucket import TokenBuckets
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.execute.answers import (
    headers_too_large,
    internal_error,
    not_found,
    too_large,
    too_many_requests,
)
from sundog.services.apigatewayv2.execute.authorizing import NotAllowed
from sundog.services.apigatewayv2.execute.call import Call, Routed
from sundog.services.apigatewayv2.execute.compiled import CompiledRoute, CompiledStage
from sundog.services.apigatewayv2.execute.explaining import tell
from sundog.services.apigatewayv2.execute.expressions import Sources
from sundog.services.apigatewayv2.execute.integrating import IntegrationFailed
from sundog.services.apigatewayv2.execute.metrics import Metrics
from sundog.services.apigatewayv2.execute.variables import context_of

logger = logging.getLogger(__name__)

REQUEST_BYTES_MAX: Final = 10 * 1024 * 1024
HEADER_BYTES_MAX: Final = 10_240
"""Of the request line and all header lines.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""


class AccessLogs(LogLines):
    """Part: access log lines of HTTP APIs on their way to CloudWatch Logs."""


@dataclass(slots=True)
class Story:
    """What happened to one call, for logs, metrics and whoever asks why."""

    segments: list[str]
    routed: Routed | None = None
    route: CompiledRoute | None = None
    integration_ms: int | None = None
    integration_status: int | None = None
    service_status: int | None = None
    integration_id: str = ""
    error: str = ""
    authorizer_error: str = ""
    refused: Refused | None = None


class Pipeline:
    def __init__(self, ctx: Context, buckets: TokenBuckets) -> None:
        self._ctx, self._buckets = ctx, buckets

    async def run(self, ctx: Context, stage: CompiledStage, call: Call) -> Answer:
        """The answer, whatever happens; counted and logged."""
        started_ns = ctx.clock.monotonic_ns()
        story = Story([unquote(segment) for segment in call.route_path.removeprefix("/").split("/")])
        try:
            answer = await self._answer(ctx, stage, call, story)
        except Exception:
            logger.exception("%s failed (request %s)", call.route_arn, call.request_id)
            answer, story.error = internal_error(), "Internal Server Error"
        if stage.cors is not None:
            lines = stage.cors.headers(call.http, preflight=is_preflight(call.http))
            answer = replace(answer, pairs=without_cors(answer.pairs) + lines)
        self._record(stage, call, story, answer, (ctx.clock.monotonic_ns() - started_ns) // 1_000_000)
        return answer

    async def _answer(self, ctx: Context, stage: CompiledStage, call: Call, story: Story) -> Answer:
        match = stage.routes.find(call.http.method, story.segments)
        preflight = stage.cors is not None and is_preflight(call.http)
        if match is None:
            if preflight:
                return Answer(204)
            story.refused = Refused(call.snapshot.stage_name, "no route matches")
            return not_found()
        route = story.route = match.route
        story.routed = routed = Routed(call, route.route, match.parameters)
        if (early := self._refusal(route, call, story)) is not None:
            return early
        try:
            identity = await route.authorize(ctx, routed)
        except NotAllowed as refusal:
            story.authorizer_error = str(refusal)
            story.refused = Refused("the authorizer", str(refusal))
            return refusal.answer
        story.routed = routed = replace(routed, identity=identity)
        return Answer(204) if preflight else await _integrate(ctx, route, routed, story)

    def _refusal(self, route: CompiledRoute, call: Call, story: Story) -> Answer | None:
        """Too many requests, or too much of one."""
        limit = route.throttle
        if limit is not None and not self._buckets.take(limit.key, limit.rate, limit.burst, call.now_ms):
            story.refused = Refused("the throttle", f"rate {limit.rate:g}, burst {limit.burst:g}")
            return too_many_requests()
        if len(call.http.body) > REQUEST_BYTES_MAX:
            story.refused = Refused("the gateway", "the body is over 10 MB")
            return too_large()
        if header_bytes(call.http) > HEADER_BYTES_MAX:
            story.refused = Refused("the gateway", "request line and headers are over 10,240 bytes")
            return headers_too_large()
        return None

    def _record(
        self, stage: CompiledStage, call: Call, story: Story, answer: Answer, latency_ms: int
    ) -> None:
        subject = story.route.subject if story.route else stage.subject
        figures: dict[str, float] = {
            "Count": 1,
            "Latency": latency_ms,
            "4xx": 400 <= answer.status < 500,
            "5xx": answer.status >= 500,
            "DataProcessed": len(call.http.body) + len(answer.body),
        }
        if story.integration_ms is not None:
            figures["IntegrationLatency"] = story.integration_ms
        self._ctx.part(Metrics).count_all(subject, figures)
        if stage.access_log is not None:
            write, stream = stage.access_log
            values = _log_values(call, story, answer, latency_ms)
            self._ctx.part(AccessLogs).write(stream, write(values))
        if story.refused is not None:
            chosen = story.routed.route_key if story.routed else ""
            tell(self._ctx, call, story.segments, chosen, story.refused)


def header_bytes(http: HttpRequest) -> int:
    line = len(http.method) + len(http.path) + len(http.query)
    return line + sum(len(name) + len(value) for name, value in http.headers.items())


async def _integrate(ctx: Context, route: CompiledRoute, routed: Routed, story: Story) -> Answer:
    if route.integrate is None:
        story.error = "The route has no integration"
        story.refused = Refused(routed.route_key, story.error)
        return internal_error()
    started_ns = ctx.clock.monotonic_ns()
    try:
        integrated = await route.integrate(ctx, routed)
        answer, story.integration_id = integrated.answer, integrated.request_id
        story.integration_status = answer.status
        story.service_status = integrated.service_status or answer.status
    except IntegrationFailed as failure:
        story.error, answer = str(failure), failure.answer
        story.refused = Refused("the integration", story.error)
    story.integration_ms = (ctx.clock.monotonic_ns() - started_ns) // 1_000_000
    if route.map_answer is None:
        return answer
    call = routed.call
    sources = Sources(answer.pairs, answer.body, context_of(call, routed), call.snapshot.variables)
    return route.map_answer(answer, sources)


def _log_values(call: Call, story: Story, answer: Answer, latency_ms: int) -> dict[str, Any]:
    """``$context`` at the end of a call."""
    values = context_of(call, story.routed)
    if story.authorizer_error:
        values["authorizer"] = {**values["authorizer"], "error": story.authorizer_error}
    error = story.error or None
    return values | {
        "status": answer.status,
        "responseLength": len(answer.body),
        "responseLatency": latency_ms,
        "dataProcessed": len(call.http.body) + len(answer.body),
        "integrationLatency": story.integration_ms,
        "integrationStatus": story.service_status,
        "integrationErrorMessage": error,
        "awsEndpointRequestId": story.integration_id,
        "integration": {
            "status": story.integration_status,
            "latency": story.integration_ms,
            "requestId": story.integration_id,
            "error": error,
            "integrationStatus": story.service_status,
        },
        "error": {"message": error, "messageString": f'"{error}"' if error else None, "responseType": None},
    }
