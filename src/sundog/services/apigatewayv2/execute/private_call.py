"""Private integrations: a load balancer's listener over a VPC link. The balancer is one of this server's.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
Network load balancers and Cloud Map have nothing here that could answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sundog.bus import HttpFailure, ask_face
from sundog.context import Context
from sundog.errors import AwsError
from sundog.front.http_call import Answer, Outgoing
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.execute.events import joined


@dataclass(frozen=True, slots=True)
class Listener:
    host: str
    scheme: str


def is_listener(uri: str) -> bool:
    return ":elasticloadbalancing:" in uri and ":listener/app/" in uri


async def find_listener(ctx: Context, arn: str) -> Listener:
    """Where the listener answers. Raises `HttpFailure`."""
    try:
        found = await ctx.dispatch("elbv2", "DescribeListeners", {"ListenerArns": [arn]})
        listener: Mapping[str, Any] = found["Listeners"][0]
        arns = {"LoadBalancerArns": [listener["LoadBalancerArn"]]}
        balancer = (await ctx.dispatch("elbv2", "DescribeLoadBalancers", arns))["LoadBalancers"][0]
    except AwsError as error:
        raise HttpFailure("url", error.message) from error
    return Listener(f"{balancer['DNSName']}:{listener['Port']}", listener["Protocol"].lower())


async def call_listener(ctx: Context, listener: Listener, outgoing: Outgoing) -> Answer:
    """What the load balancer answers: its face is asked, no connection is made. Raises `HttpFailure`."""
    url = urlsplit(outgoing.url)
    pairs = (("Host", listener.host), *outgoing.pairs)
    raw = tuple((name.encode("latin-1", "replace"), value.encode()) for name, value in pairs)
    asked = HttpRequest(
        outgoing.method,
        url.path or "/",
        url.query,
        joined(pairs),
        outgoing.body,
        "127.0.0.1",
        raw,
        listener.scheme,
    )
    answer = await ask_face(ctx, asked)
    if answer is None:
        raise HttpFailure("connection", f"nothing answers at {listener.host}")
    return Answer(answer.status, answer.pairs, answer.body)
