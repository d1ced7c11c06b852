"""What a request to an HTTP API costs: a function behind it, and how route lookups grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.functions import create_function

if TYPE_CHECKING:
    from bench.__main__ import Bench

ANSWER = 'def handler(event, context):\n    return {"path": event["rawPath"]}\n'
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:behind-http"


def _get(api_id: str, path: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {api_id}.execute-api.us-east-1.localhost",
        "Accept: */*",
        "Accept-Encoding: gzip, deflate",
        "User-Agent: bench",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _wide_api(apis: Any, routes: int) -> str:
    """An API with that many routes, all to the same function."""
    api_id: str = apis.create_api(Name=f"wide-{routes}", ProtocolType="HTTP")["ApiId"]
    integration = apis.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )
    target = f"integrations/{integration['IntegrationId']}"
    for number in range(routes - 1):
        apis.create_route(ApiId=api_id, RouteKey=f"GET /r{number}/{{id}}", Target=target)
    apis.create_route(ApiId=api_id, RouteKey="GET /orders/{id}", Target=target)
    apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return api_id


def lambda_proxy(bench: Bench) -> None:
    """Quick create: one default route to a function, payload format 2.0."""
    create_function(bench.server.client("lambda"), "behind-http", ANSWER)
    apis = bench.server.client("apigatewayv2")
    api_id = apis.create_api(Name="quick", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]
    for connections in (1, 8):
        request = _get(api_id, "/orders/7?a=1")
        bench.compare(f"HTTP API, Lambda proxy, {connections} connections", request, connections)


def lookup(bench: Bench) -> None:
    """The cost must not grow with the routes of an API. Needs the function of `lambda_proxy`."""
    apis = bench.server.client("apigatewayv2")
    for count in (10, 300):
        request = _get(_wide_api(apis, count), "/orders/7")
        result = bench.load(bench.server.address, request, 8)
        bench.add(f"HTTP API, Lambda proxy, {count} routes", f"{result['rate']:,.0f}/s")
