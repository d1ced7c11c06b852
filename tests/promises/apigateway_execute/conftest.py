"""What tests of the data plane share: methods made in one call, requests to them, functions, endpoints."""

import io
import json
import zipfile

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sundog.protocol.http import HttpRequest
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine

ROLE = "arn:aws:iam::000000000000:role/anything"
METHOD = (
    "authorizationType",
    "authorizerId",
    "apiKeyRequired",
    "requestParameters",
    "requestModels",
    "requestValidatorId",
    "authorizationScopes",
)


@pytest.fixture
def apis(client):
    return client("apigateway")


@pytest.fixture
async def api_id(apis):
    """A REST API without anything in it."""
    return (await apis.create_rest_api(name="shop"))["id"]


@pytest.fixture
def add(apis, api_id):
    """``await add("GET /pets/{id}", {...}, method={...}, answers={"200": {...}})``: a method, not deployed.

    The first mapping is the integration, without it a MOCK that answers 200. ``answers``: its responses by
    status; method responses are made for them, with the headers that they map.
    """

    async def make(route, integration=None, *, method=None, answers=None):
        http_method, path = route.split(" ")
        target = {"restApiId": api_id, "resourceId": await resource(path), "httpMethod": http_method}
        await apis.put_method(**target, **{"authorizationType": "NONE", **(method or {})})
        members = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
        await apis.put_integration(**target, **(integration or members))
        for status, response in (answers if answers is not None else {"200": {}}).items():
            named = dict.fromkeys(response.get("responseParameters", {}), False)
            await apis.put_method_response(**target, statusCode=status, responseParameters=named)
            await apis.put_integration_response(**target, statusCode=status, **response)
        return target["resourceId"]

    async def resource(path):
        known = {one["path"]: one["id"] for one in (await all_resources())["items"]}
        parent, at = known["/"], ""
        for part in filter(None, path.split("/")):
            at += f"/{part}"
            if at not in known:
                made = await apis.create_resource(restApiId=api_id, parentId=parent, pathPart=part)
                known[at] = made["id"]
            parent = known[at]
        return parent

    async def all_resources():
        return await apis.get_resources(restApiId=api_id, limit=500)

    return make


@pytest.fixture
def deploy(apis, api_id):
    """``await deploy()``: what there is now is what the stage ``dev`` shows."""

    async def make(stage="dev", **members):
        return (await apis.create_deployment(restApiId=api_id, stageName=stage, **members))["id"]

    return make


@pytest.fixture
async def log_role(apis):
    """Without it no stage may keep a log."""
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE}
    await apis.update_account(patchOperations=[operation])


@pytest.fixture
def patch_stage(apis, api_id):
    """``await patch_stage(("/path", "value"), ...)``: replaces, on the stage ``dev``."""

    async def patch(*changes, stage="dev"):
        operations = [{"op": "replace", "path": path, "value": value} for path, value in changes]
        return await apis.update_stage(restApiId=api_id, stageName=stage, patchOperations=operations)

    return patch


@pytest.fixture
def ask(world, api_id):
    """``await ask("/path", "POST", body=..., headers={...}, query=...)``: what the stage ``dev`` answers."""

    async def send(
        path="/",
        method="GET",
        *,
        headers=None,
        body=b"",
        host="",
        query="",
        stage="dev",
        source_ip="127.0.0.1",
    ):
        lines = [("Host", host or f"{api_id}.execute-api.us-east-1.localhost:4566")]
        lines += headers.items() if isinstance(headers, dict) else headers or []
        raw = tuple((name.encode(), value.encode()) for name, value in lines)
        named = {}
        for name, value in lines:
            named[name.lower()] = f"{named[name.lower()]},{value}" if name.lower() in named else value
        target = f"/{stage}{path}" if stage else path
        http = HttpRequest(method, target, query, named, body, source_ip, raw)
        return await _answered(await world.app.server.answer(http, lambda: True))

    return send


async def _answered(response):
    body = response.body
    if response.stream is not None:
        body += b"".join([chunk async for chunk in response.stream])
    return Answered(response, body)


class Answered:
    """An HTTP answer, easy to look at: ``headers`` by lower-case name, the last line of each wins."""

    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.lines = [*response.headers.items(), *response.pairs]
        self.headers = {name.lower(): value for name, value in self.lines}

    def __repr__(self):
        return f"{self.status} {self.body!r} {self.headers}"

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def refusal(self):
        """Status, kind and text of an answer that no integration gave."""
        message = self.json.get("message", self.json.get("Message"))
        return self.status, self.headers.get("x-amzn-errortype"), message


@pytest.fixture
async def engine(world):
    """Functions without processes; see `ScriptedEngine`."""
    scripted = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(scripted)
    return scripted


@pytest.fixture
def function(client, clock, engine):
    """``await function(script)``: the integration URI of a function that does what the script does."""

    async def make(script=None, name="f"):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as bundle:
            bundle.writestr("code.py", "")
        made = await client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="code.handler",
            Role=ROLE,
            Code={"ZipFile": data.getvalue()},
        )
        if script is not None:
            engine.scripts[name] = script
        await clock.settle()
        return uri_of(made["FunctionArn"])

    return make


def uri_of(arn):
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


@pytest.fixture
def proxy(add, function):
    """``await proxy("GET /x", script)``: a method that is a function."""

    async def make(route, script=None, name="f", **members):
        uri = await function(script, name)
        integration = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri, **members}
        return await add(route, integration, answers={})

    return make


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
