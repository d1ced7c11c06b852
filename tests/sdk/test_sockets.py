"""WebSocket APIs and load balancers on a real port, with real functions and clients."""

import asyncio
import io
import ssl
import zipfile

import aiohttp
import boto3
import pytest
from botocore.config import Config

from sundog.testing.process import ServerProcess

CHAT = """
import os
import boto3

def handler(event, context):
    about = event["requestContext"]
    if about.get("elb"):
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": event["path"]}
    if about["routeKey"] == "push":
        url = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{about['apiId']}/{about['stage']}"
        client = boto3.client("apigatewaymanagementapi", endpoint_url=url)
        client.post_to_connection(ConnectionId=about["connectionId"], Data=b"pushed")
    return {"statusCode": 200, "body": "re: " + event.get("body", "")}
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function:chat"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("secure"), "--tls") as server:
        yield server


@pytest.fixture(scope="module")
def clients(secure):
    def of(service):
        return boto3.client(
            service,
            endpoint_url=secure.url,
            region_name="us-east-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="x",
            config=Config(inject_host_prefix=False, retries={"max_attempts": 0}),
        )

    return of


@pytest.fixture(scope="module")
def chat(clients):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        bundle.writestr("code.py", CHAT)
    functions = clients("lambda")
    functions.create_function(
        FunctionName="chat",
        Runtime="python3.11",
        Handler="code.handler",
        Role="arn:aws:iam::000000000000:role/x",
        Code={"ZipFile": data.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="chat")


@pytest.fixture(scope="module")
def api(clients, chat):
    """The id of a WebSocket API with a stage ``s``."""
    gateway = clients("apigatewayv2")
    id = gateway.create_api(
        Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    made = gateway.create_integration(ApiId=id, IntegrationType="AWS_PROXY", IntegrationUri=URI)
    target = f"integrations/{made['IntegrationId']}"
    for key in ("$connect", "push", "$disconnect"):
        gateway.create_route(ApiId=id, RouteKey=key, Target=target)
    route = gateway.create_route(
        ApiId=id, RouteKey="$default", Target=target, RouteResponseSelectionExpression="$default"
    )
    gateway.create_route_response(ApiId=id, RouteId=route["RouteId"], RouteResponseKey="$default")
    gateway.create_stage(ApiId=id, StageName="s")
    gateway.create_deployment(ApiId=id, StageName="s")
    return id


def trusted(server):
    return ssl.create_default_context(cafile=server.log.parent / "tls" / "certificate.pem")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_client_talks_to_functions_and_they_to_it(secure, api, scheme):
    port = secure.url.rpartition(":")[2]
    url, host = f"{scheme}://localhost:{port}/s", f"{api}.execute-api.us-east-1.amazonaws.com"
    context = trusted(secure) if scheme == "wss" else True
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers={"Host": host}, ssl=context) as socket,
    ):
        await socket.send_str("hello")
        assert await socket.receive_str() == "re: hello"
        await socket.send_str('{"action": "push"}')
        assert await socket.receive_str() == "pushed"


async def test_a_frame_over_32_kb_ends_the_connection(secure, api):
    url = f"{secure.url}/_aws/execute-api/{api}/s"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_str("a" * 32_768)
        assert await socket.receive_str() == "re: " + "a" * 32_768
        await socket.send_str("a" * 32_769)
        await socket.receive()
        assert socket.close_code == 1009


async def test_a_function_behind_a_load_balancer(secure, clients, chat):
    elb = clients("elbv2")
    clients("lambda").add_permission(
        FunctionName="chat",
        StatementId="elb",
        Action="lambda:InvokeFunction",
        Principal="elasticloadbalancing.amazonaws.com",
    )
    group = elb.create_target_group(Name="chat", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": ARN}])
    made = elb.create_load_balancer(Name="front", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[made["LoadBalancerArn"]])
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{secure.url}/a/b", headers={"Host": made["DNSName"]}) as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "/a/b")
        assert answer.headers["Server"] == "awselb/2.0"


def test_a_server_that_stops_tells_its_clients(tmp_path):
    async def listen(url):
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            await asyncio.to_thread(server.stop)
            message = await socket.receive()
            return message.data

    with ServerProcess(tmp_path, "--ephemeral") as server:
        gateway = boto3.client(
            "apigatewayv2",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="x",
        )
        id = gateway.create_api(
            Name="x", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        gateway.create_route(ApiId=id, RouteKey="$default")
        gateway.create_stage(ApiId=id, StageName="s")
        gateway.create_deployment(ApiId=id, StageName="s")
        assert asyncio.run(listen(f"{server.url}/_aws/execute-api/{id}/s")) == 1012
