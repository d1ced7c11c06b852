"""Messages: which route they take, what integrations get and answer, and what goes wrong."""

import asyncio
import json
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer


def error(frame):
    """The message of an error frame, whose form is checked."""
    match = re.fullmatch(
        r'\{"message": (".*"), "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}', frame
    )
    assert match, frame
    return json.loads(match[1])


WHO_AM_I = {
    "RequestTemplates": {"$default": '{"statusCode": 200}'},
    "responses": [
        {
            "IntegrationResponseKey": "$default",
            "ResponseTemplates": {"$default": "$context.connectionId"},
        }
    ],
}


async def test_the_event_of_a_message(make, connect, function, saying, clock):
    script, api = saying(statusCode=200), await make()
    await api.function("send", await function(script))
    await api.deploy()
    client = await connect(api, lines=[("User-Agent", "test")])
    await clock.advance(5_000)
    await client.say({"action": "send", "text": "hello"})
    event = script.events[0]
    context = event.pop("requestContext")
    assert event == {"body": '{"action": "send", "text": "hello"}', "isBase64Encoded": False}
    assert context.pop("requestId") == context.pop("extendedRequestId")
    assert len(context.pop("connectionId")) == len(context.pop("messageId")) == 16
    assert context == {
        "routeKey": "send",
        "eventType": "MESSAGE",
        "requestTime": "14/Nov/2023:22:13:25 +0000",
        "messageDirection": "IN",
        "stage": "test",
        "connectedAt": clock.now_ms() - 5_000,
        "requestTimeEpoch": clock.now_ms(),
        "identity": {"userAgent": "test", "sourceIp": "127.0.0.1"},
        "domainName": api.domain,
        "apiId": api.id,
    }


async def test_a_route_without_response_answers_nothing(make, connect, function, saying):
    script, api = saying(statusCode=200, body="unheard"), await make()
    await api.function("$default", await function(script))
    await api.deploy()
    client = await connect(api)
    await client.say("x")
    assert len(script.events) == 1 and client.frames == []


async def test_a_route_with_a_response_answers_with_the_body(make, connect, function, saying):
    api = await make()
    await api.function("$default", await function(saying(statusCode=200, body="pong")), answers=True)
    await api.deploy()
    client = await connect(api)
    await client.say("ping")
    assert client.frames == ["pong"]


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ({"action": "one"}, "one"),
        ({"action": "two"}, "two"),
        ({"action": "three"}, "$default"),
        ({"action": 1}, "$default"),
        ({"action": None}, "$default"),
        ({"action": "$connect"}, "$default"),
        ({}, "$default"),
        ([], "$default"),
        ("no JSON", "$default"),
        ("", "$default"),
    ],
)
async def test_the_selection_expression_chooses_the_route(make, connect, function, message, route):
    api = await make()
    uri = await function(lambda event: {"statusCode": 200, "body": event["requestContext"]["routeKey"]})
    for key in ("one", "two", "$default", "$connect"):
        await api.function(key, uri, answers=key != "$connect")
    await api.deploy()
    client = await connect(api)
    await client.say(message)
    assert client.frames == [route]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("${request.body.service}-${request.body.action}", {"service": "a", "action": "b"}),
        ("$request.body.inner.action", {"inner": {"action": "a-b"}}),
        ("${request.body.flag}", {"flag": "a-b"}),
    ],
)
async def test_expressions_may_be_composed_and_nested(make, connect, function, saying, expression, message):
    script, api = saying(statusCode=200), await make(expression)
    await api.function("a-b", await function(script))
    await api.deploy()
    client = await connect(api)
    await client.say(message)
    assert len(script.events) == 1


async def test_a_message_that_no_route_takes_is_forbidden(make, connect, function, saying):
    api = await make()
    await api.function("send", await function(saying(statusCode=200)))
    await api.deploy()
    client = await connect(api)
    await client.say("anything")
    assert [error(frame) for frame in client.frames] == ["Forbidden"]


@pytest.mark.parametrize("answer", [{}, "text", {"statusCode": 200, "body": 1}])
async def test_a_malformed_answer_is_an_internal_error(make, connect, function, answer):
    api = await make()
    await api.function("$default", await function(lambda _event: answer), answers=True)
    await api.deploy()
    client = await connect(api)
    await client.say("x")
    assert [error(frame) for frame in client.frames] == ["Internal server error"]


async def test_a_function_that_fails_is_told_even_where_nothing_is_answered(make, connect, function):
    def fail(_event):
        raise ValueError

    api = await make()
    await api.function("$default", await function(fail))
    await api.deploy()
    client = await connect(api)
    await client.say("x")
    assert [error(frame) for frame in client.frames] == ["Internal server error"]


async def test_an_integration_has_its_time(make, connect, function):
    async def slow(_event):
        await asyncio.sleep(5)

    api = await make()
    await api.function("$default", await function(slow), TimeoutInMillis=50)
    await api.deploy()
    client = await connect(api)
    await client.say("x")
    assert [error(frame) for frame in client.frames] == ["Endpoint request timed out"]


async def test_messages_are_handled_side_by_side(make, connect, function):
    first_may_end = asyncio.Event()

    async def script(event):
        if event["body"] == "first":
            await first_may_end.wait()
        else:
            first_may_end.set()
        return {"statusCode": 200, "body": event["body"]}

    api = await make()
    await api.function("$default", await function(script), answers=True)
    await api.deploy()
    client = await connect(api)
    client._wire.incoming.put_nowait("first")
    await client.say("second")
    assert sorted(client.frames) == ["first", "second"]


async def test_a_binary_message_ends_the_connection(make, connect, function, saying):
    script, api = saying(statusCode=200), await make()
    await api.function("$default", await function(script))
    await api.deploy()
    client = await connect(api)
    await client.say(b"\x00")
    assert client.closed[0] == 1003 and script.events == []


async def test_a_new_deployment_is_seen_by_open_connections(make, connect, function, saying, gateway):
    api = await make()
    await api.function("$default", await function(saying(statusCode=200, body="old")), answers=True)
    await api.deploy()
    client = await connect(api)
    await api.function("new", await function(saying(statusCode=200, body="new"), "other"), answers=True)
    await client.say({"action": "new"})
    await gateway.create_deployment(ApiId=api.id, StageName="test")
    await client.say({"action": "new"})
    assert client.frames == ["old", "new"]


async def test_throttled_routes_say_so(make, connect, function, saying, clock):
    script, api = saying(statusCode=200), await make()
    await api.function("$default", await function(script))
    await api.deploy(DefaultRouteSettings={"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2})
    client = await connect(api)
    for _ in range(3):
        await client.say("x")
    assert len(script.events) == 2 and error(client.frames[0]) == "Too Many Requests"
    await clock.advance(1_000)
    await client.say("x")
    assert len(script.events) == 3


async def test_a_model_refuses_other_bodies(make, connect, function, saying, gateway):
    script, api = saying(statusCode=200), await make()
    schema = {"type": "object", "required": ["text"]}
    await gateway.create_model(
        ApiId=api.id, Name="Talk", ContentType="application/json", Schema=json.dumps(schema)
    )
    await api.function("$default", await function(script), route={"RequestModels": {"$default": "Talk"}})
    await api.deploy()
    client = await connect(api)
    await client.say("no JSON")
    await client.say({"other": 1})
    await client.say({"text": 1})
    assert [error(frame) for frame in client.frames] == ["Invalid request body"] * 2
    assert len(script.events) == 1


# Integrations that are no proxies


async def test_a_mock_answers_by_its_templates(make, connect):
    api = await make()
    template = '{"event": "$context.eventType", "color": "$stageVariables.color", "body": "$input.body"}'
    await api.route(
        "$default",
        answers=True,
        IntegrationType="MOCK",
        RequestTemplates={"$default": '{"statusCode": $input.json("$.status")}'},
        responses=[
            {"IntegrationResponseKey": "/2../", "ResponseTemplates": {"$default": template}},
            {"IntegrationResponseKey": "$default", "ResponseTemplates": {"$default": "something else"}},
        ],
    )
    await api.deploy(StageVariables={"color": "red"})
    client = await connect(api)
    await client.say({"status": 201})
    await client.say({"status": 404})
    await client.say({"status": "none"})
    assert json.loads(client.frames[0]) == {"event": "MESSAGE", "color": "red", "body": "{}"}
    assert client.frames[1] == "something else"
    assert error(client.frames[2]) == "Internal server error"


async def test_a_function_behind_templates(make, connect, function):
    events = []

    def script(event):
        events.append(event)
        if event["text"] == "bad":
            raise ValueError("no")
        return {"said": event["text"]}

    api = await make()
    await api.route(
        "$default",
        answers=True,
        IntegrationType="AWS",
        IntegrationUri=await function(script),
        RequestTemplates={"$default": '{"text": $input.json("$.text"), "route": "$context.routeKey"}'},
        responses=[
            {
                "IntegrationResponseKey": "/5\\d\\d/",
                "ResponseTemplates": {"$default": 'failed: $input.path("$.errorMessage")'},
            },
            {
                "IntegrationResponseKey": "$default",
                "ResponseTemplates": {"$default": 'it said $input.path("$.said") to $context.eventType'},
            },
        ],
    )
    await api.deploy()
    client = await connect(api)
    await client.say({"text": "hello"})
    await client.say({"text": "bad"})
    assert events[0] == {"text": "hello", "route": "$default"}
    assert client.frames == ["it said hello to MESSAGE", "failed: no"]


async def test_a_template_is_selected_by_the_message(make, connect, function):
    api = await make()
    await api.route(
        "$default",
        answers=True,
        IntegrationType="AWS",
        IntegrationUri=await function(lambda event: event),
        TemplateSelectionExpression="${request.body.kind}",
        RequestTemplates={"a": '"chose a"', "$default": '"chose the default"'},
    )
    await api.deploy()
    client = await connect(api)
    for kind in ("a", "b"):
        await client.say({"kind": kind})
    assert client.frames == ['"chose a"', '"chose the default"']


@pytest.mark.parametrize(
    ("behavior", "passes"), [("WHEN_NO_MATCH", True), ("WHEN_NO_TEMPLATES", False), ("NEVER", False)]
)
async def test_passthrough_decides_over_bodies_that_no_template_is_for(
    make, connect, function, behavior, passes
):
    api = await make()
    await api.route(
        "$default",
        answers=True,
        IntegrationType="AWS",
        IntegrationUri=await function(lambda event: event),
        RequestTemplates={"other": "x"},
        PassthroughBehavior=behavior,
    )
    await api.deploy()
    client = await connect(api)
    await client.say({"a": 1})
    if passes:
        assert client.frames == ['{"a":1}']
    else:
        assert error(client.frames[0]) == "Unsupported Media Type"


async def test_any_service_may_be_an_integration(make, connect, client):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="chat"))["QueueUrl"]
    api = await make()
    await api.route(
        "$default",
        IntegrationType="AWS",
        IntegrationUri="arn:aws:apigateway:us-east-1:sqs:path/000000000000/chat",
        CredentialsArn="arn:aws:iam::000000000000:role/anything",
        RequestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        RequestTemplates={"$default": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
    )
    await api.deploy()
    chat = await connect(api)
    await chat.say({"text": "a&b"})
    assert chat.frames == []
    assert (await sqs.receive_message(QueueUrl=url))["Messages"][0]["Body"] == '{"text": "a&b"}'


async def test_a_route_may_send_to_connections_without_a_function(make, connect):
    api = await make()
    await api.route(
        "tell",
        IntegrationType="AWS",
        IntegrationUri=f"arn:aws:apigateway:us-east-1:{api.id}.execute-api:path/test/@connections/{{to}}",
        CredentialsArn="arn:aws:iam::000000000000:role/anything",
        RequestParameters={"integration.request.path.to": "route.request.body.to"},
        RequestTemplates={"$default": '$input.path("$.text")'},
    )
    await api.route("whoami", answers=True, IntegrationType="MOCK", **WHO_AM_I)
    await api.deploy()
    first, second = await connect(api), await connect(api)
    await first.say({"action": "whoami"})
    await second.say({"action": "tell", "to": first.frames[0], "text": "hello"})
    assert (first.frames[1:], second.frames) == (["hello"], [])


@pytest.fixture
async def backend():
    async def answer(request):
        server.seen.append((request.method, request.path_qs, dict(request.headers), await request.text()))
        return web.Response(text="from the backend")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(application, shutdown_timeout=0) as server:
        server.seen = []
        yield server


async def test_an_http_endpoint_gets_the_message_and_answers(make, connect, backend):
    api = await make()
    await api.route(
        "$default",
        answers=True,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="POST",
        IntegrationUri=f"http://127.0.0.1:{backend.port}/in/{{room}}",
        RequestParameters={
            "integration.request.header.connectionId": "context.connectionId",
            "integration.request.querystring.kind": "'text'",
            "integration.request.path.room": "route.request.body.room",
        },
    )
    await api.deploy()
    client = await connect(api)
    await client.say({"room": "a b"})
    method, target, headers, body = backend.seen[0]
    assert (method, target, body) == ("POST", "/in/a%20b?kind=text", '{"room": "a b"}')
    assert len(headers["connectionId"]) == 16
    assert client.frames == ["from the backend"]


async def test_an_endpoint_that_is_not_there_is_an_internal_error(make, connect):
    async with TestServer(web.Application()) as gone:
        uri = f"http://127.0.0.1:{gone.port}/"
    api = await make()
    await api.route("$default", IntegrationType="HTTP", IntegrationMethod="POST", IntegrationUri=uri)
    await api.deploy()
    client = await connect(api)
    await client.say("x")
    assert error(client.frames[0]) == "Internal server error"


# Time


async def test_ten_idle_minutes_end_a_connection(make, connect, function, saying, clock):
    script, api = saying(statusCode=200), await make()
    await api.function("$default", await function(script))
    await api.function("$disconnect", await function(script, "bye"))
    await api.deploy()
    client = await connect(api)
    await clock.advance(599_000)
    await client.say("still here")
    await clock.advance(599_999)
    assert client.closed is None
    await clock.advance(1)
    assert client.closed == (1001, "Going away")
    context = script.events[-1]["requestContext"]
    assert (context["eventType"], context["disconnectStatusCode"]) == ("DISCONNECT", 1001)


async def test_two_hours_end_a_connection_however_busy_it_is(make, connect, function, saying, clock):
    api = await make()
    await api.function("$default", await function(saying(statusCode=200)))
    await api.deploy()
    client = await connect(api)
    for _ in range(12):
        await clock.advance(590_000)
        await client.say("x")
    assert client.closed is None
    await clock.advance(120_000)
    assert client.closed == (1001, "Going away")


# What is told


async def test_access_logs_tell_of_every_occasion(make, connect, function, saying, client, clock):
    logs = client("logs")
    await logs.create_log_group(logGroupName="access")
    api = await make()
    await api.function("$default", await function(saying(statusCode=200)))
    text = "$context.requestId $context.eventType $context.routeKey $context.status $context.connectionId"
    settings = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:access", "Format": text}
    await api.deploy(AccessLogSettings=settings)
    chat = await connect(api)
    await chat.say("x")
    await clock.settle()
    found = await logs.filter_log_events(logGroupName="access")
    lines = [event["message"].split()[1:4] for event in found["events"]]
    assert lines == [["CONNECT", "$connect", "200"], ["MESSAGE", "$default", "200"]]


async def test_execution_logs_follow_the_level(make, connect, function, client, clock):
    def fail(_event):
        raise ValueError("broken")

    api = await make()
    await api.function("$default", await function(fail))
    await api.deploy(DefaultRouteSettings={"LoggingLevel": "ERROR"})
    chat = await connect(api)
    await chat.say("x")
    await clock.settle()
    found = await client("logs").filter_log_events(logGroupName=f"/aws/apigateway/{api.id}/test")
    assert len(found["events"]) == 1 and "broken" in found["events"][0]["message"]


async def test_what_happens_is_counted(make, connect, function, saying, client, clock):
    api = await make()
    uri = await function(saying(statusCode=200))
    await api.function("send", uri)
    await api.function("$connect", uri)
    await api.deploy()
    chat = await connect(api)
    await chat.say({"action": "send"})
    await chat.say("nonsense")  # and its error comes back
    await clock.advance(60_000)

    async def total(metric):
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=[{"Name": "ApiId", "Value": api.id}, {"Name": "Stage", "Value": "test"}],
            StartTime=clock.now_ms() / 1_000 - 600,
            EndTime=clock.now_ms() / 1_000 + 600,
            Period=3_600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    assert [await total(name) for name in ("ConnectCount", "MessageCount", "ClientError")] == [1, 3, 1]
