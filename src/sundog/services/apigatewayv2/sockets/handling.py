"""What is done on an occasion: find the route, call its integration, and tell what came of it."""

from __future__ import annotations

from dataclasses import replace

from sundog.context import Context
from sundog.front.http_call import Answer
from sundog.front.token_bucket import TokenBuckets
from sundog.service import Part
from sundog.services.apigatewayv2.sockets.answers import Failed, forbidden
from sundog.services.apigatewayv2.sockets.authorizing import CONNECT, authorize
from sundog.services.apigatewayv2.sockets.expressions import Sources
from sundog.services.apigatewayv2.sockets.keys import check_key
from sundog.services.apigatewayv2.sockets.occasion import Admitted, Occasion
from sundog.services.apigatewayv2.sockets.program import Program, Route
from sundog.services.apigatewayv2.sockets.reporting import Outcome, report

DISCONNECT = "$disconnect"


class Throttles(Part):
    """Part: the token buckets of routes."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.buckets = TokenBuckets()

    async def forget(self) -> None:
        self.buckets.clear()

    def pass_route(self, program: Program, route: Route) -> None:
        """Raises `Failed` where the route has had too many."""
        if route.limit is None:
            return
        snapshot = program.snapshot
        key = snapshot.api_id, snapshot.stage_name, route.key
        if not self.buckets.take(key, *route.limit, self._ctx.clock.now_ms()):
            raise Failed(429, "Too Many Requests")


async def connect(ctx: Context, program: Program, occasion: Occasion) -> tuple[Admitted, Answer]:
    """The handshake: who was let in, and what the integration of ``$connect`` answers. Raises `Failed`."""
    route = program.routes.get(CONNECT)
    if route is None:
        report(ctx, program, occasion, Outcome(200, CONNECT))
        return occasion.admitted, Answer(200)
    try:
        route.check(occasion)
        admitted = await authorize(ctx, occasion, route.kind, route.authorizer)
        occasion = replace(occasion, admitted=admitted)
        if route.needs_key:
            await check_key(ctx, occasion, program.select_key)
    except Failed as failed:
        _report_failure(ctx, program, occasion, route, failed)
        raise
    answer = await _run(ctx, program, route, occasion)
    # Seen on AWS: what an integration that is no proxy answers refuses nobody.
    return admitted, answer if route.is_proxy else replace(answer, status=200)


async def handle_message(ctx: Context, program: Program, occasion: Occasion) -> bytes:
    """What the client gets, empty for nothing. Raises `Failed`."""
    route = program.route_of(occasion)
    if route is None:
        failed = forbidden("No route takes the message")
        report(ctx, program, occasion, Outcome(failed.status, error=failed.message, error_text=str(failed)))
        raise failed
    answer = await _run(ctx, program, route, occasion)
    return answer.body if route.answers else b""


async def disconnect(ctx: Context, program: Program, occasion: Occasion) -> None:
    """Nobody is there any more who could be told of a failure."""
    route = program.routes.get(DISCONNECT)
    if route is not None:
        await _run(ctx, program, route, occasion)


async def _run(ctx: Context, program: Program, route: Route, occasion: Occasion) -> Answer:
    try:
        ctx.part(Throttles).pass_route(program, route)
        if occasion.kind == "MESSAGE":
            route.check(occasion)
    except Failed as failed:
        _report_failure(ctx, program, occasion, route, failed)
        raise
    if route.integrate is None:
        report(ctx, program, occasion, Outcome(200, route.key))
        return Answer(200)
    started_ns = ctx.clock.monotonic_ns()
    try:
        answer = await route.integrate(ctx, Sources(occasion, route.key))
    except Failed as failed:
        latency_ms = (ctx.clock.monotonic_ns() - started_ns) / 1e6
        _report_failure(ctx, program, occasion, route, failed, latency_ms)
        raise
    latency_ms = (ctx.clock.monotonic_ns() - started_ns) / 1e6
    report(ctx, program, occasion, Outcome(answer.status, route.key, latency_ms))
    return answer


def _report_failure(
    ctx: Context,
    program: Program,
    occasion: Occasion,
    route: Route,
    failed: Failed,
    latency_ms: float | None = None,
) -> None:
    outcome = Outcome(failed.status, route.key, latency_ms, failed.message, str(failed))
    report(ctx, program, occasion, outcome)
