"""API destinations: events reach HTTP endpoints with credentials, in their rate, again or never."""

import json
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sundog.bus import ConnectionFailure, HttpCall, invoke_connection, invoke_destination
from sundog.context import Principal
from sundog.scope import Scope

BASIC = {"BasicAuthParameters": {"Username": "user", "Password": "pass"}}


@pytest.fixture
async def outside():
    """A server that remembers its requests and answers with ``statuses`` in turn, then 200."""
    seen, tokens = [], []
    site = SimpleNamespace(seen=seen, tokens=tokens, statuses=[], headers={}, expires_in=3_600)

    async def take(request):
        seen.append(
            SimpleNamespace(
                method=request.method,
                path=request.raw_path,
                headers=request.headers,
                body=await request.read(),
            )
        )
        return web.Response(status=site.statuses.pop(0) if site.statuses else 200, headers=site.headers)

    async def token(request):
        tokens.append((request.headers, (await request.read()).decode()))
        answer = {"access_token": f"t{len(tokens)}", "token_type": "bearer", "expires_in": site.expires_in}
        return web.json_response(answer)

    app = web.Application()
    app.router.add_route("*", "/token", token)
    app.router.add_route("*", "/{tail:.*}", take)
    async with TestServer(app, shutdown_timeout=0) as server:
        site.url = f"http://127.0.0.1:{server.port}"
        yield site


@pytest.fixture
def destination(events, outside):
    """``arn = await destination("/orders", BASIC)``: an endpoint of the outside behind a connection."""

    async def create(path="/orders", parameters=None, type="BASIC", method="POST", **more):
        connection = await events.create_connection(
            Name="c", AuthorizationType=type, AuthParameters=parameters or BASIC
        )
        made = await events.create_api_destination(
            Name="d",
            ConnectionArn=connection["ConnectionArn"],
            InvocationEndpoint=outside.url + path,
            HttpMethod=method,
            **more,
        )
        return made["ApiDestinationArn"]

    return create


@pytest.fixture
def aimed(events, destination):
    """A rule for everything from the shop whose target is an API destination."""

    async def make(target=None, **settings):
        arn = await destination(**settings)
        await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
        given = {"Id": "t", "Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/r", **(target or {})}
        await events.put_targets(Rule="r", Targets=[given])
        return arn

    return make


def oauth(outside, **http):
    client = {"ClientID": "id", "ClientSecret": "secret"}
    parameters = {
        "AuthorizationEndpoint": f"{outside.url}/token",
        "HttpMethod": "POST",
        "ClientParameters": client,
    }
    return {"OAuthParameters": {**parameters, **({"OAuthHttpParameters": http} if http else {})}}


async def test_an_event_is_posted_with_eventbridges_headers(aimed, put, outside, clock):
    await aimed()
    await put({"n": 1})
    await clock.settle()
    (request,) = outside.seen
    assert (request.method, request.path) == ("POST", "/orders")
    assert json.loads(request.body)["detail"] == {"n": 1}
    assert request.headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert request.headers["Authorization"] == "Basic dXNlcjpwYXNz"


async def test_an_api_key_is_a_header(aimed, put, outside, clock):
    await aimed(
        type="API_KEY", parameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-K", "ApiKeyValue": "v"}}
    )
    await put()
    await clock.settle()
    assert outside.seen[0].headers["X-K"] == "v"


async def test_parameters_of_connection_and_target_are_put_together(aimed, put, outside, clock):
    invocation = {
        "HeaderParameters": [{"Key": "X-Both", "Value": "connection"}],
        "QueryStringParameters": [{"Key": "a", "Value": "1 2", "IsValueSecret": True}],
        "BodyParameters": [{"Key": "extra", "Value": "body"}],
    }
    target = {
        "Input": '{"n": 1}',
        "HttpParameters": {
            "PathParameterValues": ["x/y", "z"],
            "HeaderParameters": {"x-both": "target", "X-Target": "t"},
            "QueryStringParameters": {"b": "3"},
        },
    }
    parameters = {**BASIC, "InvocationHttpParameters": invocation}
    await aimed(target, path="/*/orders/*", parameters=parameters)
    await put()
    await clock.settle()
    (request,) = outside.seen
    assert request.path == "/x%2Fy/orders/z?b=3&a=1%202"
    assert (request.headers["X-Both"], request.headers["X-Target"]) == ("connection", "t")
    assert json.loads(request.body) == {"n": 1, "extra": "body"}


async def test_a_token_is_fetched_once_and_again_when_it_expires(aimed, put, outside, clock):
    body = [{"Key": "audience", "Value": "api", "IsValueSecret": False}]
    await aimed(type="OAUTH_CLIENT_CREDENTIALS", parameters=oauth(outside, BodyParameters=body))
    await put()
    await put()
    await clock.settle()
    assert [request.headers["Authorization"] for request in outside.seen] == ["Bearer t1", "Bearer t1"]
    form = parse_qs(outside.tokens[0][1])
    assert form == {
        "grant_type": ["client_credentials"],
        "client_id": ["id"],
        "client_secret": ["secret"],
        "audience": ["api"],
    }
    await clock.advance(3_000_000)
    await put()
    await clock.settle()
    assert len(outside.tokens) == 1
    await clock.advance(600_000)
    await put()
    await clock.settle()
    assert len(outside.tokens) == 2


async def test_a_connection_is_authorized_when_it_has_a_token(destination, events, outside, clock):
    await destination(type="OAUTH_CLIENT_CREDENTIALS", parameters=oauth(outside))
    assert (await events.describe_api_destination(Name="d"))["ApiDestinationState"] == "INACTIVE"
    await clock.advance(10_000)
    assert (await events.describe_connection(Name="c"))["ConnectionState"] == "AUTHORIZED"
    assert (await events.describe_api_destination(Name="d"))["ApiDestinationState"] == "ACTIVE"


async def test_a_token_that_is_refused_is_replaced(aimed, put, outside, clock):
    await aimed(type="OAUTH_CLIENT_CREDENTIALS", parameters=oauth(outside))
    outside.statuses[:] = [401]
    await put()
    await clock.advance(10_000)
    assert [request.headers["Authorization"] for request in outside.seen] == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize("status", [401, 407, 409, 429, 500, 503])
async def test_these_answers_are_tried_again(aimed, put, outside, clock, status):
    await aimed()
    outside.statuses[:] = [status]
    await put()
    await clock.advance(10_000)
    assert len(outside.seen) == 2


@pytest.mark.parametrize("status", [301, 400, 403, 404, 422])
async def test_these_are_not_and_go_to_the_dead_letter_queue(aimed, put, outside, clock, queue, sqs, status):
    url, arn = await queue("dead")
    await aimed({"DeadLetterConfig": {"Arn": arn}})
    outside.statuses[:] = [status]
    await put()
    await clock.advance(3_600_000)
    assert len(outside.seen) == 1
    (letter,) = (await sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]))["Messages"]
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert attributes["ERROR_MESSAGE"].startswith("Unable to invoke ApiDestination endpoint:")
    assert str(status) in attributes["ERROR_MESSAGE"]


async def test_retry_after_makes_the_pause_longer(aimed, put, outside, clock):
    await aimed()
    outside.statuses[:], outside.headers = [503], {"Retry-After": "100"}
    await put()
    await clock.advance(99_000)
    assert len(outside.seen) == 1
    await clock.advance(1_000)
    assert len(outside.seen) == 2


async def test_a_negative_retry_after_ends_it(aimed, put, outside, clock):
    await aimed()
    outside.statuses[:], outside.headers = [503], {"Retry-After": "-1"}
    await put()
    await clock.advance(3_600_000)
    assert len(outside.seen) == 1


async def test_invocations_keep_to_the_rate(aimed, put, outside, clock):
    await aimed(InvocationRateLimitPerSecond=2)
    for _ in range(6):
        await put()
    await clock.settle()
    reached = [len(outside.seen)]
    for _ in range(3):
        await clock.advance(1_000)
        reached.append(len(outside.seen))
    assert reached == [2, 4, 6, 6]


async def test_a_wait_for_the_turn_is_told(aimed, put, world, clock):
    await aimed(InvocationRateLimitPerSecond=1)
    await put()
    waiting = (await put())["Entries"][0]["EventId"]
    await clock.advance(1_000)
    steps = [step["outcome"] for step in world.app.traces.read(waiting)["steps"]]
    assert steps == ["waiting", "delivered"]


async def test_a_wait_for_the_turn_is_no_attempt(aimed, put, outside, clock):
    await aimed({"RetryPolicy": {"MaximumRetryAttempts": 0}}, InvocationRateLimitPerSecond=1)
    for _ in range(3):
        await put()
    await clock.advance(5_000)
    assert len(outside.seen) == 3


async def test_a_deauthorized_connection_sends_nothing(aimed, put, outside, events, clock):
    await aimed()
    await events.deauthorize_connection(Name="c")
    await put()
    await clock.advance(3_600_000)
    assert outside.seen == []


async def test_get_carries_no_body(aimed, put, outside, clock):
    await aimed(method="GET")
    await put()
    await clock.settle()
    assert (outside.seen[0].method, outside.seen[0].body) == ("GET", b"")


@pytest.mark.parametrize("endpoint", ["orders", "ftp://example.com/", "https://", "https://example.com:x/"])
async def test_an_endpoint_is_a_url(destination, events, refusal, endpoint):
    await destination()
    call = events.update_api_destination(Name="d", InvocationEndpoint=endpoint)
    assert (await refusal(call))[0] == "ValidationException"


async def test_a_destination_needs_a_connection(destination, events, refusal):
    await destination()
    arn = "arn:aws:events:us-east-1:000000000000:connection/none/0"
    code, message = await refusal(events.update_api_destination(Name="d", ConnectionArn=arn))
    assert (code, message) == ("ResourceNotFoundException", f"Connection '{arn}' does not exist.")


async def test_destinations_are_listed_by_connection(destination, events):
    await destination()
    connection = (await events.describe_connection(Name="c"))["ConnectionArn"]
    for other in ("e", "f"):
        await events.create_api_destination(
            Name=other, ConnectionArn=connection, InvocationEndpoint="https://a.b/", HttpMethod="PUT"
        )
    first = await events.list_api_destinations(ConnectionArn=connection, Limit=2)
    rest = await events.list_api_destinations(ConnectionArn=connection, Limit=2, NextToken=first["NextToken"])
    names = [one["Name"] for one in first["ApiDestinations"] + rest["ApiDestinations"]]
    assert names == ["d", "e", "f"]
    assert (await events.list_api_destinations(ConnectionArn=connection + "x"))["ApiDestinations"] == []


@pytest.fixture
def ctx(world):
    """What another service has in its hands."""
    return world.app.system_context(Scope(), Principal.service("states.amazonaws.com", "000000000000"))


async def test_other_services_call_through_a_connection(ctx, destination, events, outside):
    await destination()
    connection = (await events.describe_connection(Name="c"))["ConnectionArn"]
    outside.statuses[:] = [418]
    call = HttpCall("PUT", f"{outside.url}/task?a=1", {"X-Own": "h"}, {"b": "2"}, b"body")
    answer = await invoke_connection(ctx, connection, call)
    (request,) = outside.seen
    assert answer.status == 418
    assert (request.method, request.path, request.body) == ("PUT", "/task?a=1&b=2", b"body")
    assert (request.headers["X-Own"], request.headers["Authorization"]) == ("h", "Basic dXNlcjpwYXNz")


async def test_other_services_call_an_api_destination_and_see_the_answer(ctx, destination, outside):
    arn = await destination(path="/*")
    answer = await invoke_destination(ctx, arn, "{}", {"PathParameterValues": ["x"]})
    assert (answer.status, outside.seen[0].path) == (200, "/x")


async def test_what_is_not_there_cannot_be_called_through(ctx, destination):
    arn = await destination()
    with pytest.raises(ConnectionFailure, match="does not exist"):
        await invoke_destination(ctx, arn + "x", "{}", {})
    with pytest.raises(ConnectionFailure, match="does not exist"):
        await invoke_connection(ctx, "arn:aws:events:us-east-1:1:connection/c/x", HttpCall("GET", "x"))
