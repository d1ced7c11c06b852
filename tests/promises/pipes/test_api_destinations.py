"""API destinations as the enrichment and as the target of pipes."""

import json
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer


@pytest.fixture
async def outside():
    """A server that remembers requests, and answers with ``status`` and ``answer``."""
    site = SimpleNamespace(seen=[], status=200, answer={})

    async def take(request):
        site.seen.append((request.raw_path, request.headers, (await request.read()).decode()))
        return web.json_response(site.answer, status=site.status)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", take)
    async with TestServer(app, shutdown_timeout=0) as server:
        site.url = f"http://127.0.0.1:{server.port}"
        yield site


@pytest.fixture
async def destination(client, outside):
    """The ARN of an API destination with a path parameter."""
    events = client("events")
    user = {"BasicAuthParameters": {"Username": "user", "Password": "pass"}}
    connection = await events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=user)
    made = await events.create_api_destination(
        Name="d",
        ConnectionArn=connection["ConnectionArn"],
        InvocationEndpoint=outside.url + "/orders/*",
        HttpMethod="POST",
    )
    return made["ApiDestinationArn"]


@pytest.fixture
def send(sqs, urls, clock):
    async def send_one(body):
        await sqs.send_message(QueueUrl=urls["from"], MessageBody=body)
        await clock.settle()

    return send_one


async def test_an_endpoint_gets_each_event_with_parameters_from_it(pipe, destination, outside, send, left):
    http = {"PathParameterValues": ["$.body.id"], "HeaderParameters": {"X-Shop": "s"}}
    await pipe(Target=destination, TargetParameters={"InputTemplate": "<$.body>", "HttpParameters": http})
    await send('{"id": "7"}')
    ((path, headers, body),) = outside.seen
    assert (path, headers["X-Shop"], json.loads(body)) == ("/orders/7", "s", {"id": "7"})
    assert headers["Authorization"].startswith("Basic ")
    assert await left() == 0


async def test_an_event_that_an_endpoint_refuses_stays(pipe, destination, outside, send, left, clock):
    outside.status = 500
    await pipe(Target=destination)
    await send("a")
    assert await left() == 1
    outside.status = 200
    await clock.advance(30_000)
    assert await left() == 0


async def test_what_an_endpoint_answers_goes_to_the_target(pipe, destination, outside, send, received):
    outside.answer = {"made": "there"}
    await pipe(Enrichment=destination)
    await send("a")
    assert [json.loads(body) for body in await received()] == [{"made": "there"}]


async def test_pipes_over_endpoints_take_one_event_at_a_time(pipes, pipe, destination):
    await pipe(Enrichment=destination)
    found = await pipes.describe_pipe(Name="p")
    assert found["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 1
