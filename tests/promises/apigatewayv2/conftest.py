"""What the tests of HTTP APIs share: a client, an API, what is refused and in which words."""

import io
import json
import zipfile

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.exceptions import ClientError

from sundog.protocol.http import HttpRequest
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.fixture
def apis(client):
    return client("apigatewayv2")


@pytest.fixture
async def api_id(apis):
    """An HTTP API without anything in it."""
    return (await apis.create_api(Name="shop", ProtocolType="HTTP"))["ApiId"]


@pytest.fixture
async def socket_id(apis):
    """A WebSocket API without anything in it."""
    asked = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    return (await apis.create_api(Name="chat", **asked))["ApiId"]


@pytest.fixture
def refused():
    """``await refused(call)``: code, status and message of the error that the call ends in."""

    async def read(call):
        with pytest.raises(ClientError) as caught:
            await call
        error = caught.value.response
        return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]

    return read


@pytest.fixture
async def engine(world):
    """Functions without processes; see `ScriptedEngine`."""
    scripted = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(scripted)
    return scripted


@pytest.fixture
def function(client, clock, engine):
    """``await function(script)``: the ARN of a function that does what the script does."""

    async def make(script=None, name="f"):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as bundle:
            bundle.writestr("code.py", "")
        made = await client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="code.handler",
            Role="arn:aws:iam::000000000000:role/anything",
            Code={"ZipFile": data.getvalue()},
        )
        if script is not None:
            engine.scripts[name] = script
        await clock.settle()
        return made["FunctionArn"]

    return make


@pytest.fixture
def ask(world):
    """``await ask(api_id, "/path", "POST", body=..., headers={...})``: what the API answers."""

    async def send(api_id, path="/", method="GET", *, headers=None, body=b"", host="", query=""):
        host = host or f"{api_id}.execute-api.us-east-1.localhost:4566"
        lines = [("Host", host), *(headers or {}).items()]
        raw = tuple((name.encode(), value.encode()) for name, value in lines)
        named = {name.lower(): value for name, value in lines}
        http = HttpRequest(method, path, query, named, body, "127.0.0.1", raw)
        return Answered(await world.app.server.answer(http, lambda: True))

    return send


class Answered:
    """An HTTP answer, easy to look at: ``headers`` by lower-case name, the last line of each wins."""

    def __init__(self, response):
        self.status, self.body = response.status, response.body
        self.lines = [*response.headers.items(), *response.pairs]
        self.headers = {name.lower(): value for name, value in self.lines}

    @property
    def json(self):
        return json.loads(self.body)


@pytest.fixture
def serve(apis, api_id):
    """``await serve({"GET /a": {"IntegrationUri": ...}})``: routes on the stage ``$default``, deployed."""

    async def deploy(routes, stage="$default", **route_members):
        for key, members in routes.items():
            asked = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0", **members}
            integration = await apis.create_integration(ApiId=api_id, **asked)
            target = f"integrations/{integration['IntegrationId']}"
            await apis.create_route(ApiId=api_id, RouteKey=key, Target=target, **route_members)
        await apis.create_stage(ApiId=api_id, StageName=stage, AutoDeploy=True)

    return deploy


@pytest.fixture
async def endpoint():
    """``await endpoint(handler)``: the URL of a real HTTP server that does what ``handler`` does."""
    servers = []

    async def start(handler):
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        server = TestServer(application)
        await server.start_server()
        servers.append(server)
        return str(server.make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


def invocation_uri(function_arn):
    """The form of a function's ARN that authorizers want."""
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"
