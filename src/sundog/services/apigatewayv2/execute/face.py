"""Part: what answers at the addresses of HTTP APIs: their hosts, paths and custom domain names."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote

from sundog.context import Context, Principal
from sundog.front.hosts import domain_of, find_api, is_rest_host
from sundog.front.http_call import Answer
from sundog.front.token_bucket import TokenBuckets
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.service import Part
from sundog.services.apigatewayv2.domains import Domains
from sundog.services.apigatewayv2.execute.answers import forbidden, message, not_found
from sundog.services.apigatewayv2.execute.call import Call
from sundog.services.apigatewayv2.execute.compiled import Stages
from sundog.services.apigatewayv2.execute.explaining import tell_nowhere
from sundog.services.apigatewayv2.execute.pipeline import Pipeline
from sundog.services.apigatewayv2.execute.placing import Elsewhere, Place, find_place
from sundog.services.apigatewayv2.snapshots import Snapshots


class Face(Part):
    """Wants hosts and paths of APIs whose ids end in a digit, and hosts that are custom domain names."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._domains = ctx.part(Domains)
        self._buckets = TokenBuckets()
        self._pipeline = Pipeline(ctx, self._buckets)

    async def forget(self) -> None:
        self._buckets.clear()

    def wants(self, http: HttpRequest) -> bool:
        if is_rest_host(http.host):
            return False
        reached = find_api(http)
        if reached is not None:
            return not reached.is_rest
        return self._domains.name_of(domain_of(http)) is not None

    async def answer(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        request_id = base64.b64encode(self._ctx.ids.bytes(11)).decode()
        place = await find_place(self._ctx, http)
        if place is None:
            return await self._nothing_there(http, request_id, is_connected)
        if isinstance(place, Elsewhere):
            # It is a REST API, whose face knows another address of it.
            path = f"/restapis/{place.api_id}/{quote(place.stage)}/_user_request_{place.path}"
            answer = await self._pass_on(replace(http, path=path), is_connected)
            return answer or write_answer(forbidden(), request_id)
        if place.snapshot.is_websocket:
            return write_answer(message(426, "Upgrade Required"), request_id)
        call = self._call(http, place, request_id)
        ctx = self._context(call, is_connected)
        stage = self._ctx.part(Stages).of(place.snapshot)
        return write_answer(await self._pipeline.run(ctx, stage, call), request_id)

    async def _nothing_there(
        self, http: HttpRequest, request_id: str, is_connected: Callable[[], bool]
    ) -> HttpResponse:
        """An API says that it has no such stage; of an unknown API or mapping the front of all APIs.

        A domain name that the first API has made may have base path mappings there.
        """
        reached = find_api(http)
        if reached is None and (answer := await self._pass_on(http, is_connected)) is not None:
            return answer
        tell_nowhere(self._ctx, http, request_id)
        is_known = reached is not None and await self._ctx.part(Snapshots).knows(reached.api_id)
        return write_answer(not_found() if is_known else forbidden(), request_id)

    async def _pass_on(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse | None:
        """What another face answers; None where no other wants the request."""
        faces = (face for face in self._ctx.parts.with_method("wants") if face is not self)
        face = next((face for face in faces if face.wants(http)), None)
        if face is None:
            return None
        response: HttpResponse = await face.answer(http, is_connected)
        return response

    def _call(self, http: HttpRequest, place: Place, request_id: str) -> Call:
        now_ms = self._ctx.clock.now_ms()
        return Call(
            http,
            place.snapshot,
            unquote(place.path),
            place.route_path,
            request_id,
            http.headers.get("x-amzn-trace-id") or self._new_trace(now_ms),
            now_ms,
            place.domain,
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
