"""What WebSockets cost: open ones in memory, messages in time; and load balancers beside them.

Usage: python -m bench.sockets HOST:PORT API STAGE COUNT   opens that many connections, says so, and waits
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import uvloop

from bench.functions import create_function

if TYPE_CHECKING:
    from bench.__main__ import Bench

IDLE, A_SECOND = 5_000, 500
STAGE = "bench"
MESSAGES, TALKERS = 20_000, 16


def _api(apis: Any, *, answers: bool) -> str:
    """A WebSocket API with one MOCK route, which may answer."""
    api_id: str = apis.create_api(
        Name="sockets", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    mock = {"IntegrationType": "MOCK", "RequestTemplates": {"$default": '{"statusCode": 200}'}}
    integration = apis.create_integration(ApiId=api_id, **mock)["IntegrationId"]
    response = {"IntegrationResponseKey": "$default", "ResponseTemplates": {"$default": "pong"}}
    apis.create_integration_response(ApiId=api_id, IntegrationId=integration, **response)
    route = {"RouteKey": "$default", "Target": f"integrations/{integration}"}
    if answers:
        route["RouteResponseSelectionExpression"] = "$default"
    made = apis.create_route(ApiId=api_id, **route)
    if answers:
        apis.create_route_response(ApiId=api_id, RouteId=made["RouteId"], RouteResponseKey="$default")
    apis.create_stage(ApiId=api_id, StageName=STAGE)
    apis.create_deployment(ApiId=api_id, StageName=STAGE)
    return api_id


def idle(bench: Bench) -> None:
    """Memory of connections on which nothing happens."""
    api_id = _api(bench.server.client("apigatewayv2"), answers=False)
    before = bench.server.rss_mb()
    command = [sys.executable, "-m", "bench.sockets", bench.server.address, api_id, STAGE, str(IDLE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        after = bench.server.rss_mb()
        holder.kill()
    bench.add(f"{IDLE:,} idle WebSockets", f"{after - before:.0f} MB (server {after:.0f} MB)")


def messages(bench: Bench) -> None:
    """A message to a MOCK route and its answer, connections waiting for each answer."""
    api_id = _api(bench.server.client("apigatewayv2"), answers=True)
    took_s = uvloop.run(_talk(bench.server.address, api_id))
    bench.add(f"WebSocket message and answer, {TALKERS} connections", f"{MESSAGES / took_s:,.0f}/s")


async def _talk(address: str, api_id: str) -> float:
    async def one(session: aiohttp.ClientSession) -> None:
        headers = {"Host": f"{api_id}.execute-api.us-east-1.localhost"}
        async with session.ws_connect(f"ws://{address}/{STAGE}", headers=headers) as socket:
            for _ in range(MESSAGES // TALKERS):
                await socket.send_str('{"action":"ping"}')
                assert await socket.receive_str() == "pong"

    async with aiohttp.ClientSession() as session:
        started = time.perf_counter()
        await asyncio.gather(*(one(session) for _ in range(TALKERS)))
        return time.perf_counter() - started


def balancer(bench: Bench) -> None:
    """A fixed response, and a function behind a load balancer."""
    elb, functions = bench.server.client("elbv2"), bench.server.client("lambda")
    create_function(functions, "behind-elb", _FUNCTION)
    functions.add_permission(
        FunctionName="behind-elb",
        StatementId="elb",
        Action="lambda:InvokeFunction",
        Principal="elasticloadbalancing.amazonaws.com",
    )
    group = elb.create_target_group(Name="bench", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": _FUNCTION_ARN}])
    made = elb.create_load_balancer(Name="bench", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "hello"}}
    listener = elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[fixed]
    )["Listeners"][0]["ListenerArn"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/function/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    for name, path in (("fixed response", "/"), ("function", "/function/a?b=1")):
        head = f"GET {path} HTTP/1.1\r\nHost: {made['DNSName']}\r\nUser-Agent: bench\r\n\r\n"
        bench.compare(f"load balancer, {name}, 16 connections", head.encode(), 16)


_FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:behind-elb"
_FUNCTION = 'def handler(event, context):\n    return {"statusCode": 200, "body": event["path"]}\n'


# The process that holds connections open


async def hold(address: str, api_id: str, stage: str, count: int) -> None:
    """New connections are throttled by the second, on sundog's clock: it is moved on."""
    host, _, port = address.partition(":")
    lines = (
        f"GET /{stage} HTTP/1.1",
        f"Host: {api_id}.execute-api.us-east-1.localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "User-Agent: bench",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    request = "\r\n".join(lines).encode() + b"\r\n\r\n"
    held = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in answer, answer
        held.append((reader, writer))

    for _ in range(0, count, A_SECOND):
        for _ in range(0, A_SECOND, 50):
            await asyncio.gather(*(one() for _ in range(50)))
        await asyncio.to_thread(_advance, address)
    print(json.dumps({"open": len(held)}), flush=True)
    sys.stdin.read()


def _advance(address: str) -> None:
    order = urllib.request.Request(f"http://{address}/_sundog/clock", b'{"advance": 1}')
    urllib.request.urlopen(order).read()


if __name__ == "__main__":
    uvloop.run(hold(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
