"""Part: what load balancers answer over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sundog.context import Context
from sundog.front.headers import last_of, without
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.service import Part
from sundog.services.elbv2 import attributes, limits
from sundog.services.elbv2.answers import Answer, fixed_response, page, redirect
from sundog.services.elbv2.directory import Directory, Listener
from sundog.services.elbv2.forwarding import Passage, forward
from sundog.services.elbv2.matching import Incoming
from sundog.services.elbv2.metrics import Metrics, Tally
from sundog.services.elbv2.model import Resource

_HOST: Final = re.compile(
    r"(?P<handle>[a-z0-9-]+-\d+)\.(?P<region>[a-z0-9-]+)\.elb\.(?:localhost|amazonaws\.com(?:\.cn)?)"
    r"(?::(?P<port>\d{1,5}))?",
    re.IGNORECASE,
)
_PATH: Final = re.compile(rf"/_aws/elb/{_HOST.pattern}(?P<path>/.*)?", re.IGNORECASE)
GONE_STATUS: Final = 460
"""The client closed the connection: nobody gets it, the metrics count it."""


@dataclass(frozen=True, slots=True)
class Reached:
    handle: str
    region: str
    port: int | None
    path: str


def find_balancer(http: HttpRequest) -> Reached | None:
    """Which load balancer a request means, by its path or its host; None where neither names one."""
    match = _PATH.fullmatch(http.path)
    path = match["path"] or "/" if match else http.path
    match = match or _HOST.fullmatch(http.host)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    return Reached(match["handle"].lower(), match["region"].lower(), port, path)


class Face(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def wants(self, http: HttpRequest) -> bool:
        return http.path.startswith("/_aws/elb/") or ".elb." in http.host

    async def answer(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        reached = find_balancer(http)
        balancer = await self._ctx.part(Directory).find(reached.handle, reached.region) if reached else None
        if reached is None or balancer is None:
            return HttpResponse(404, b"There is no such load balancer.\n", {"content-type": "text/plain"})
        listener = balancer.listener_at(reached.port, http.scheme)
        if listener is None:
            return HttpResponse(503, b"The load balancer has no listener.\n", {"content-type": "text/plain"})
        passage = Passage(balancer, listener, _incoming(http, reached, listener), Tally())
        answer = _with_headers(listener.resource, await self._answer(passage))
        _count(passage.tally, answer, is_connected())
        resource = balancer.resource
        self._ctx.part(Metrics).add(resource.scope, resource.path, passage.tally)
        return _write(answer)

    async def _answer(self, passage: Passage) -> Answer:
        """What the first rule that wants the request does."""
        if refusal := _refusal(passage.incoming):
            return page(refusal)
        rules = passage.listener.rules
        place, rule = next((n, rule) for n, rule in enumerate(rules) if rule.wants(passage.incoming))
        passage.tally.count("RuleEvaluations", min(place + 1, len(rules) - 1))  # the default rule is free
        action = rule.action
        if action["Type"] == "redirect":
            passage.tally.count("HTTP_Redirect_Count")
            return redirect(action["RedirectConfig"], passage.incoming)
        if action["Type"] == "fixed-response":
            passage.tally.count("HTTP_Fixed_Response_Count")
            return fixed_response(action["FixedResponseConfig"])
        return await forward(self._ctx.acting(scope=passage.balancer.resource.scope), passage, rule)


def _write(answer: Answer) -> HttpResponse:
    """``server`` takes the place of our own; where there is to be none it is empty, it cannot be left out."""
    server = last_of(answer.pairs, "server") or ""
    pairs = without(answer.pairs, frozenset(("server",)))
    return HttpResponse(answer.status, answer.body, {"server": server}, stream=answer.chunks, pairs=pairs)


def _count(tally: Tally, answer: Answer, is_connected: bool) -> None:
    """What the load balancer itself answers; RequestCount counts what had a target."""
    status = answer.status if is_connected else GONE_STATUS
    tally.count("ProcessedBytes", len(answer.body))
    if answer.is_own or not is_connected:
        tally.count(f"HTTPCode_ELB_{status // 100}XX_Count")
        if status in (500, 502, 503, 504):
            tally.count(f"HTTPCode_ELB_{status}_Count")


def _incoming(http: HttpRequest, reached: Reached, listener: Listener) -> Incoming:
    return Incoming(
        http.method,
        http.host,
        reached.path,
        http.query,
        tuple((name.lower(), value) for name, value in http.pairs),
        http.body,
        http.source_ip,
        listener.scheme,
        listener.resource.position,
    )


def _refusal(incoming: Incoming) -> int:
    """The status of what a load balancer takes from no client, 0 for all else."""
    if len(incoming.path) + len(incoming.query) > limits.URI_BYTES_MAX:
        return 414
    if incoming.method == "TRACE":
        return 405
    addresses = ",".join(incoming.values("x-forwarded-for")).split(",")
    return 463 if len(addresses) > limits.FORWARDED_ADDRESSES_MAX else 0


def _with_headers(listener: Resource, answer: Answer) -> Answer:
    """The headers that the listener's attributes add to every answer, or take away."""
    added = tuple(
        (name, value)
        for attribute, name in attributes.RESPONSE_HEADERS.items()
        if (value := listener.attributes.get(attribute))
    )
    dropped = {name.lower() for name, _ in added}
    if attributes.value_of(listener, "routing.http.response.server.enabled") == "false":
        dropped.add("server")
    if not dropped:
        return answer
    pairs = (*without(answer.pairs, frozenset(dropped)), *added)
    return Answer(answer.status, pairs, answer.body, answer.chunks, answer.is_own)
