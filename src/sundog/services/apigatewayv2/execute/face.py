"""Part: what HTTP APIs answer: which stage a request means, and its answer as HTTP."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote

from sundog.context import Context, Principal
from sundog.front.hosts import Reached, domain_of, find_api
from sundog.front.http_call import Answer
from sundog.front.token_bucket import TokenBuckets
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.services.apigatewayv2.execute.answers import message, not_found
from sundog.services.apigatewayv2.execute.call import Call
from sundog.services.apigatewayv2.execute.compiled import Stages
from sundog.services.apigatewayv2.execute.pipeline import Pipeline
from sundog.services.apigatewayv2.snapshots import Snapshot, Snapshots

DEFAULT: Final = "$default"


@dataclass(frozen=True, slots=True)
class Place:
    """A stage, and of the raw path what is left for its routes. ``path`` is what the client asked for."""

    snapshot: Snapshot
    path: str
    route_path: str
    base_path: str = ""


class Face:
    """Wants hosts and paths of APIs whose ids end in a digit."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._buckets = TokenBuckets()
        self._pipeline = Pipeline(ctx, self._buckets)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def forget(self) -> None:
        self._buckets.clear()

    def wants(self, http: HttpRequest) -> bool:
        reached = find_api(http)
        return reached is not None and not reached.is_rest

    async def answer(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        request_id = base64.b64encode(self._ctx.ids.bytes(11)).decode()
        place = await self._place(http)
        if place is None:
            return write_answer(not_found(), request_id)
        if place.snapshot.is_websocket:
            return write_answer(message(426, "Upgrade Required"), request_id)
        call = self._call(http, place, request_id)
        ctx = self._context(call, is_connected)
        stage = self._ctx.part(Stages).of(place.snapshot)
        return write_answer(await self._pipeline.run(ctx, stage, call), request_id)

    async def _place(self, http: HttpRequest) -> Place | None:
        reached = find_api(http)
        if reached is None:
            return None
        place = await self._stage(reached)
        if place is None or (reached.region and reached.region != place.snapshot.scope.region):
            return None
        return None if place.snapshot.api.get("DisableExecuteApiEndpoint") else place

    async def _stage(self, reached: Reached) -> Place | None:
        """The stage that the path begins with, else ``$default``, which has no place in the path."""
        stages = await self._ctx.part(Snapshots).stages(reached.api_id)
        path, default = reached.path, stages.get(DEFAULT)
        if reached.stage != DEFAULT:
            path = path if reached.stage is None else f"/{quote(reached.stage)}{path}"
            name, _, rest = path.removeprefix("/").partition("/")
            snapshot = stages.get(unquote(name))
            if snapshot is not None and snapshot is not default:
                return Place(snapshot, path, f"/{rest}")
        return Place(default, path, path) if default else None

    def _call(self, http: HttpRequest, place: Place, request_id: str) -> Call:
        now_ms = self._ctx.clock.now_ms()
        trace_header = http.headers.get("x-amzn-trace-id") or self._new_trace(now_ms)
        domain = domain_of(http)
        path = unquote(place.path)
        return Call(
            http,
            place.snapshot,
            path,
            place.route_path,
            request_id,
            trace_header,
            now_ms,
            domain,
            place.base_path,
        )

    def _new_trace(self, now_ms: int) -> str:
        return f"Root=1-{now_ms // 1000:08x}-{self._ctx.ids.hex(24)}"

    def _context(self, call: Call, is_connected: Callable[[], bool]) -> Context:
        scope = call.snapshot.scope
        return replace(
            self._ctx.acting(
                scope=scope, principal=Principal.service("apigateway.amazonaws.com", scope.account)
            ),
            host=call.http.host,
            source_ip=call.http.source_ip,
            trace_header=call.trace_header,
            is_connected=is_connected,
        )


def write_answer(answer: Answer, request_id: str) -> HttpResponse:
    """``server`` and ``date`` of an integration take the place of our own."""
    headers = {name.lower(): value for name, value in answer.pairs if name.lower() in ("server", "date")}
    pairs = tuple(pair for pair in answer.pairs if pair[0].lower() not in ("server", "date"))
    return HttpResponse(
        answer.status,
        answer.body,
        headers,
        stream=answer.chunks,
        pairs=(*pairs, ("apigw-requestid", request_id)),
    )
