"""The front door: an HTTP API that puts orders on the queue, and tells that it is open.

POST /orders -> SQS-SendMessage, no function between; GET /open -> function "open", payload format 2.0
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass

import boto3
from deploy import WAITER, create_function


@dataclass(frozen=True)
class Shop:
    """What was deployed. ``url`` works everywhere; ``host_url`` is the form that AWS has, on this machine."""

    url: str
    host_url: str


def deploy_shop(session: boto3.Session, endpoint: str, role_arn: str, orders_url: str) -> Shop:
    gateway, functions = session.client("apigatewayv2"), session.client("lambda")
    api = gateway.create_api(Name="shop", ProtocolType="HTTP")
    id = api["ApiId"]
    sends = gateway.create_integration(
        ApiId=id,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype="SQS-SendMessage",
        CredentialsArn=role_arn,
        PayloadFormatVersion="1.0",
        RequestParameters={"QueueUrl": orders_url, "MessageBody": "$request.body"},
    )
    create_function(functions, role_arn, "open", "python3.12", "handler.handler", {})
    functions.get_waiter("function_active_v2").wait(FunctionName="open", WaiterConfig=WAITER)
    tells = gateway.create_integration(
        ApiId=id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"arn:aws:lambda:{session.region_name}:000000000000:function:open",
        PayloadFormatVersion="2.0",
    )
    for key, made in (("POST /orders", sends), ("GET /open", tells)):
        gateway.create_route(ApiId=id, RouteKey=key, Target=f"integrations/{made['IntegrationId']}")
    gateway.create_stage(ApiId=id, StageName="$default", AutoDeploy=True)
    return Shop(f"{endpoint}/_aws/execute-api/{id}/$default", api["ApiEndpoint"])


def order(shop: Shop, orders: list[dict]) -> str:
    """Send each order as a customer would; what the shop says of itself."""
    for one in orders:
        body = json.dumps(one).encode()
        request = urllib.request.Request(f"{shop.url}/orders", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
    with urllib.request.urlopen(f"{shop.url}/open") as answer:
        return answer.read().decode()
