"""The way of a request to a target and of its answer back.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html (codes)
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from typing import Final

from sundog.bus import HttpClient, HttpFailure
from sundog.context import Context
from sundog.front.headers import OF_THE_CONNECTION, without
from sundog.front.http_call import Outgoing, stream_http
from sundog.front.lambda_call import CallFailed, call_function
from sundog.services.elbv2 import attributes, limits
from sundog.services.elbv2.answers import Answer, page
from sundog.services.elbv2.choosing import Chooser, Sticky, write_cookies
from sundog.services.elbv2.directory import Balancer, Group, Listener, Rule
from sundog.services.elbv2.health import SERVICE, Health
from sundog.services.elbv2.lambda_messages import BadAnswer, read_answer, write_event
from sundog.services.elbv2.matching import Incoming, TransformFailed
from sundog.services.elbv2.metrics import Tally
from sundog.services.elbv2.model import Resource, Target

logger = logging.getLogger(__name__)

_HOP_BY_HOP: Final = frozenset(("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"))
_PROPER_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_FORWARDED: Final = "x-forwarded-for"
_TRACE: Final = "x-amzn-trace-id"


@dataclass(frozen=True, slots=True)
class Passage:
    """One request on its way through a load balancer."""

    balancer: Balancer
    listener: Listener
    incoming: Incoming
    tally: Tally


def prepared(balancer: Resource, incoming: Incoming, own_trace: str) -> Incoming:
    """The request as targets get it: without what belongs to the connection, with what AWS adds."""
    pairs = [(name, value) for name, value in incoming.pairs if name not in _HOP_BY_HOP]
    if attributes.value_of(balancer, "routing.http.drop_invalid_header_fields.enabled") == "true":
        pairs = [(name, value) for name, value in pairs if _PROPER_NAME.fullmatch(name)]
    mode = attributes.value_of(balancer, "routing.http.xff_header_processing.mode")
    forwarded = ", ".join(incoming.values(_FORWARDED))
    if mode == "append":
        forwarded = f"{forwarded}, {incoming.source_ip}" if forwarded else incoming.source_ip
    replaced = {_FORWARDED, "x-forwarded-proto", "x-forwarded-port", _TRACE}
    pairs = [(name, value) for name, value in pairs if name not in replaced]
    if forwarded and mode != "remove":
        pairs.append((_FORWARDED, forwarded))
    pairs += [
        ("x-forwarded-proto", incoming.scheme),
        ("x-forwarded-port", str(incoming.port)),
        (_TRACE, _trace(incoming.last(_TRACE), own_trace)),
    ]
    return replace(incoming, pairs=tuple(pairs))


def _trace(given: str, own: str) -> str:
    """A client's root is kept, and our own hop named before it."""
    kept = ";".join(part for part in given.split(";") if part and not part.startswith("Self="))
    if not kept:
        return f"Root={own}"
    return f"Self={own};{kept}" if "Root=" in kept else f"Root={own};{kept}"


async def forward(ctx: Context, passage: Passage, rule: Rule) -> Answer:
    """What the chosen target answers, or the page for why none did."""
    chooser = ctx.part(Chooser)
    arn, group_cookie = chooser.group(rule.action["ForwardConfig"], passage.incoming)
    group = passage.balancer.groups.get(arn)
    serving = ctx.part(Health).serving(group.resource, group.targets) if group else []
    if group is None or not serving:
        return page(503)
    target_cookie: Sticky | None = None
    started_ns = ctx.clock.monotonic_ns()
    try:
        sent = _prepared(ctx, passage, rule)
    except TransformFailed:
        return page(500)
    if group.resource.shape["TargetType"] == "lambda":
        answer = await _ask_function(ctx, passage, sent, group, serving[0])
    else:
        target, target_cookie = chooser.target(group, serving, passage.incoming)
        with chooser.outstanding(group, target):
            answer = await _ask_server(ctx, passage, sent, group, target)
    passage.tally.count("RequestCount", 1, group.resource.path)
    if not answer.is_own:
        took_s = round((ctx.clock.monotonic_ns() - started_ns) / 1e9, 3)
        passage.tally.count("TargetResponseTime", took_s, group.resource.path)
        passage.tally.count(f"HTTPCode_Target_{answer.status // 100}XX_Count", 1, group.resource.path)
    cookies = write_cookies((group_cookie, target_cookie), ctx.clock.now_ms(), passage.incoming.scheme)
    return replace(answer, pairs=(*answer.pairs, *cookies))


async def _ask_function(
    ctx: Context, passage: Passage, sent: Incoming, group: Group, target: Target
) -> Answer:
    if len(sent.body) > limits.LAMBDA_BYTES_MAX:
        return page(413)
    if passage.incoming.last("upgrade"):
        return page(400)
    event = write_event(group.resource, sent)
    passage.tally.count("LambdaTargetProcessedBytes", len(event))
    try:
        answer = await call_function(ctx, target.id, event, service=SERVICE, trace_header=sent.last(_TRACE))
    except CallFailed as failed:
        logger.warning("%s cannot run: %s", target.id, failed.error.message)
        passage.tally.count("LambdaInternalError", 1, group.resource.path)
        return page(502)
    if answer.is_error:
        passage.tally.count("LambdaUserError", 1, group.resource.path)
        return page(502)
    try:
        return read_answer(group.resource, answer.payload)
    except BadAnswer as bad:
        logger.warning("the answer of %s is no response: %s", target.id, bad)
        passage.tally.count("LambdaUserError", 1, group.resource.path)
        return page(502)


def _prepared(ctx: Context, passage: Passage, rule: Rule) -> Incoming:
    own = f"1-{ctx.clock.now_ms() // 1_000:08x}-{ctx.ids.hex(24)}"
    incoming = prepared(passage.balancer.resource, passage.incoming, own)
    for rewrite in rule.rewrites:
        incoming = rewrite(incoming)
    return incoming


async def _ask_server(ctx: Context, passage: Passage, sent: Incoming, group: Group, target: Target) -> Answer:
    """Connections that fail are 502; a target that does not answer within the idle timeout is 504."""
    if passage.incoming.last("upgrade"):
        return page(501)  # WebSockets to servers are not built
    timeout_ms = 1_000 * int(attributes.value_of(passage.balancer.resource, "idle_timeout.timeout_seconds"))
    host = f"[{target.id}]" if ":" in target.id else target.id
    query = f"?{sent.query}" if sent.query else ""
    url = f"{group.resource.shape['Protocol'].lower()}://{host}:{target.port}{sent.path}{query}"
    try:
        answer = await stream_http(
            ctx.part(HttpClient),
            Outgoing(sent.method, url, sent.pairs, sent.body),
            timeout_ms=timeout_ms,
            idle_ms=timeout_ms,
            verify_tls=False,  # as AWS: certificates of targets are not checked
        )
    except HttpFailure as failure:
        logger.warning("target %s:%s: %s", target.id, target.port, failure)
        passage.tally.count("TargetConnectionErrorCount", 1, group.resource.path)
        return page(504 if failure.reason == "timeout" else 502)
    return Answer(answer.status, without(answer.pairs, OF_THE_CONNECTION), answer.body, answer.chunks)
