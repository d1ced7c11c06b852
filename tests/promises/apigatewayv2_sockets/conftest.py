"""What the WebSocket tests share: an API in one line, clients that talk in process, functions as scripts."""

import asyncio
import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from sundog.protocol.http import HttpRequest
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine


@pytest.fixture
def gateway(client):
    return client("apigatewayv2")


@pytest.fixture
def refusal():
    """Code and message of the error that an awaitable ends in."""

    async def of(awaitable):
        with pytest.raises(ClientError) as caught:
            await awaitable
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return of


@pytest.fixture
async def engine(world):
    scripted = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(scripted)
    return scripted


@pytest.fixture
def function(client, clock, engine):
    """``await function(script)``: the integration URI of a function that does what the script does."""

    async def make(script, name="target"):
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
        engine.scripts[name] = script
        await clock.settle()
        arn = made["FunctionArn"]
        return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"

    return make


class Api:
    """A WebSocket API under construction."""

    def __init__(self, gateway, id):
        self.gateway, self.id = gateway, id
        self.domain = f"{id}.execute-api.us-east-1.amazonaws.com"

    async def route(self, key, *, answers=False, responses=(), route=None, **integration):
        """A route and, where its members are given, its integration."""
        members = dict(route or {})
        if integration:
            made = await self.gateway.create_integration(ApiId=self.id, **integration)
            members["Target"] = f"integrations/{made['IntegrationId']}"
            for response in responses:
                await self.gateway.create_integration_response(
                    ApiId=self.id, IntegrationId=made["IntegrationId"], **response
                )
        if answers:
            members["RouteResponseSelectionExpression"] = "$default"
        made = await self.gateway.create_route(ApiId=self.id, RouteKey=key, **members)
        if answers:
            await self.gateway.create_route_response(
                ApiId=self.id, RouteId=made["RouteId"], RouteResponseKey="$default"
            )

    async def function(self, key, uri, **members):
        await self.route(key, IntegrationType="AWS_PROXY", IntegrationUri=uri, **members)

    async def deploy(self, stage="test", **members):
        await self.gateway.create_stage(ApiId=self.id, StageName=stage, **members)
        await self.gateway.create_deployment(ApiId=self.id, StageName=stage)
        return self


@pytest.fixture
def make(gateway):
    async def api(expression="$request.body.action", **members):
        made = await gateway.create_api(
            Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression=expression, **members
        )
        return Api(gateway, made["ApiId"])

    return api


class Wire:
    """The server's end of a connection, without a network."""

    def __init__(self):
        self.incoming = asyncio.Queue()
        self.sent, self.closed, self.closed_with = [], None, (1005, "Client-side close frame status not set")

    async def receive(self):
        return await self.incoming.get()

    async def send(self, message):
        if self.closed is not None:
            raise ConnectionResetError
        self.sent.append(message)

    async def close(self, code, reason=""):
        if self.closed is None:
            self.closed = code, reason
            self.incoming.put_nowait(None)


class Client:
    """A connected client. ``frames``: what it has got so far."""

    def __init__(self, clock, response):
        self._clock, self._wire, self.response = clock, Wire(), response
        self._talk = asyncio.create_task(response.talk(self._wire))

    async def say(self, message):
        self._wire.incoming.put_nowait(message if isinstance(message, str | bytes) else json.dumps(message))
        await self._clock.settle()

    async def leave(self, code=1005, reason="Client-side close frame status not set"):
        self._wire.closed_with = code, reason
        self._wire.closed = code, reason
        self._wire.incoming.put_nowait(None)
        await self._clock.settle()

    @property
    def frames(self):
        return self._wire.sent

    @property
    def closed(self):
        return self._wire.closed


@pytest.fixture
async def connect(world):
    """``await connect(api)``: a client, or the response that refused it."""
    clients = []

    async def handshake(api, stage="test", query="", lines=(), host=None, path=None, **members):
        lines = [("Host", host or api.domain), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x"), *lines]
        raw = tuple((name.encode(), value.encode()) for name, value in lines)
        headers = {name.lower(): value for name, value in lines}
        path = f"/{stage}" if path is None else path
        http = HttpRequest("GET", path, query, headers, b"", raw_headers=raw, **members)
        response = await world.app.server.answer(http, lambda: True)
        if response.talk is None:
            return response
        clients.append(Client(world.clock, response))
        await world.clock.settle()
        return clients[-1]

    yield handshake
    for one in clients:
        await one.leave()


def record(**answer):
    """A script that answers this and keeps the events it got."""

    def script(event):
        script.events.append(event)
        return answer

    script.events = []
    return script


@pytest.fixture
def saying():
    return record
