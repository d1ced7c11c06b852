"""The handshake and the end of a connection: $connect, authorizers, $disconnect."""

import json
import re

import pytest

ID = re.compile(r"[\w-]{15}=")


async def test_an_api_without_connect_route_lets_everybody_in(make, connect):
    api = await make()
    await api.route("$default", IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode":200}'})
    await api.deploy()
    client = await connect(api)
    assert client.response.status == 101


async def test_what_is_not_there_is_forbidden(make, connect):
    api = await make()
    await api.route("$default")
    await api.deploy()
    for refused in (await connect(api, "other"), await connect(api, path="/test/more")):
        assert (refused.status, json.loads(refused.body)) == (403, {"message": "Forbidden"})


async def test_it_is_reached_by_path_too(make, connect):
    api = await make()
    await api.route("$default")
    await api.deploy()
    client = await connect(api, host="localhost:4566", path=f"/_aws/execute-api/{api.id}/test")
    assert client.response.status == 101


async def test_the_event_of_connect(make, connect, function, saying, clock):
    script, api = saying(statusCode=200), await make()
    await api.function("$connect", await function(script))
    await api.deploy(StageVariables={"color": "red"})
    lines = [("User-Agent", "test"), ("X-Two", "1"), ("X-Two", "2"), ("X-Forwarded-For", "1.1.1.1")]
    await connect(api, query="a=1&a=2%20x&B=", lines=lines, source_ip="10.1.2.3")
    event = script.events[0]
    context = event["requestContext"]
    assert ID.fullmatch(context.pop("connectionId"))
    assert context.pop("requestId") == context.pop("extendedRequestId")
    assert context == {
        "routeKey": "$connect",
        "eventType": "CONNECT",
        "requestTime": "14/Nov/2023:22:13:20 +0000",
        "messageDirection": "IN",
        "stage": "test",
        "connectedAt": clock.now_ms(),
        "requestTimeEpoch": clock.now_ms(),
        "identity": {"userAgent": "test", "sourceIp": "10.1.2.3"},
        "domainName": api.domain,
        "apiId": api.id,
    }
    assert event["queryStringParameters"] == {"a": "2 x", "B": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2 x"], "B": [""]}
    assert event["headers"]["X-Two"] == "2" and event["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert event["multiValueHeaders"]["X-Forwarded-For"] == ["1.1.1.1, 10.1.2.3"]
    assert event["headers"]["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert "Upgrade" not in event["headers"]
    assert event["stageVariables"] == {"color": "red"}
    assert event["isBase64Encoded"] is False and "body" not in event


@pytest.mark.parametrize("status", [200, 201, 299])
async def test_connect_lets_in_with_any_2xx(make, connect, function, saying, status):
    api = await make()
    await api.function("$connect", await function(saying(statusCode=status)))
    await api.deploy()
    assert (await connect(api)).response.status == 101


async def test_connect_refuses_with_the_status_of_its_integration(make, connect, function, saying):
    api = await make()
    await api.function("$connect", await function(saying(statusCode=401, body="who are you?")))
    await api.deploy()
    refused = await connect(api)
    assert (refused.status, refused.body) == (401, b"who are you?")


@pytest.mark.parametrize("answer", [{}, {"statusCode": "x"}, {"statusCode": 200, "body": {}}, "text", None])
async def test_a_malformed_answer_of_connect_is_a_bad_gateway(make, connect, function, answer):
    api = await make()
    await api.function("$connect", await function(lambda _event: answer))
    await api.deploy()
    refused = await connect(api)
    assert refused.status == 502 and b'"message": "Internal server error"' in refused.body


async def test_a_failing_function_refuses_the_handshake(make, connect, function):
    def fail(_event):
        raise ValueError

    api = await make()
    await api.function("$connect", await function(fail))
    await api.deploy()
    assert (await connect(api)).status == 502


async def test_connect_may_choose_a_subprotocol(make, connect, function, saying):
    api = await make()
    script = saying(statusCode=200, headers={"Sec-WebSocket-Protocol": "chat"})
    await api.function("$connect", await function(script))
    await api.deploy()
    client = await connect(api, lines=[("Sec-WebSocket-Protocol", "chat, other")])
    assert client.response.headers == {"Sec-WebSocket-Protocol": "chat"}


async def test_a_mock_lets_in(make, connect):
    api = await make()
    await api.route("$connect", IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 200}'})
    await api.deploy()
    assert (await connect(api)).response.status == 101


async def test_what_an_integration_that_is_no_proxy_answers_refuses_nobody(make, connect):
    api = await make()
    await api.route("$connect", IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 403}'})
    await api.deploy()
    assert (await connect(api)).response.status == 101


async def test_a_key_may_be_asked_for(make, connect, client):
    keys, api = client("apigateway"), await make()
    await api.route("$connect", route={"ApiKeyRequired": True})
    await api.route("$default")
    await api.deploy()
    key = await keys.create_api_key(name="of no plan with this stage", enabled=True)
    for lines in ([], [("x-api-key", "nonsense")], [("x-api-key", key["value"])]):
        refused = await connect(api, lines=lines)
        assert refused.status == 403 and b'"message": "Forbidden"' in refused.body


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_a_key_opens_the_stages_of_its_plans(make, connect, client, when):
    keys, api = client("apigateway"), await make()
    await api.route("$connect", route={"ApiKeyRequired": True})
    await api.route("$default")
    await api.deploy()
    stages = [{"apiId": api.id, "stage": "test"}]
    plan = await keys.create_usage_plan(name="p", apiStages=stages if when == "at once" else [])
    if when == "later":
        added = {"op": "add", "path": "/apiStages", "value": f"{api.id}:test"}
        await keys.update_usage_plan(usagePlanId=plan["id"], patchOperations=[added])
    key = await keys.create_api_key(name="k", enabled=True)
    await keys.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    opened = await connect(api, lines=[("x-api-key", key["value"])])
    await opened.leave(1000, "")


async def test_the_event_of_disconnect_says_how_it_ended(make, connect, function, saying, clock):
    script, api = saying(statusCode=200), await make()
    await api.function("$disconnect", await function(script))
    await api.deploy()
    client = await connect(api)
    await clock.advance(1_000)
    await client.leave(1000, "done")
    event = script.events[0]
    context = event["requestContext"]
    assert (context["eventType"], context["routeKey"]) == ("DISCONNECT", "$disconnect")
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1000, "done")
    assert context["requestTimeEpoch"] - context["connectedAt"] == 1_000
    assert event["headers"] == {"Host": api.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}


# Authorizers

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def guarded(gateway, make, function, saying):
    """``await guarded(script)``: an API whose $connect asks this function, and $default's function."""

    async def build(script, sources=()):
        api = await make()
        made = await gateway.create_authorizer(
            ApiId=api.id,
            Name="guard",
            AuthorizerType="REQUEST",
            AuthorizerUri=await function(script, "guard"),
            IdentitySource=list(sources),
        )
        route = {"AuthorizationType": "CUSTOM", "AuthorizerId": made["AuthorizerId"]}
        target = saying(statusCode=200)
        uri = await function(target)
        await api.function("$connect", uri, route=route)
        await api.function("$default", uri)
        await api.deploy()
        return api, target

    return build


async def test_an_authorizer_lets_in_and_its_context_is_there_for_good(guarded, connect, saying):
    context = {"role": "admin", "level": 3, "is_new": True}
    guard = saying(principalId="me", policyDocument=ALLOW, context=context)
    api, target = await guarded(guard, ["route.request.querystring.token"])
    client = await connect(api, query="token=x")
    await client.say("hello")
    question = guard.events[0]
    assert (question["type"], question["methodArn"]) == (
        "REQUEST",
        f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/test/$connect",
    )
    assert question["queryStringParameters"] == {"token": "x"}
    for event in target.events:
        said = event["requestContext"]["authorizer"]
        assert isinstance(said.pop("integrationLatency"), int)
        assert said == {"principalId": "me", "role": "admin", "level": "3", "is_new": "true"}
    assert len(target.events) == 2


async def test_a_missing_identity_source_is_unauthorized_and_nobody_is_asked(guarded, connect, saying):
    guard = saying(principalId="me", policyDocument=ALLOW)
    api, _ = await guarded(guard, ["route.request.querystring.token", "route.request.header.X-Key"])
    refused = await connect(api, query="token=x")
    assert refused.status == 401 and b'"message": "Unauthorized"' in refused.body
    assert guard.events == []


async def test_a_policy_that_denies_is_forbidden(guarded, connect, saying):
    statement = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}
    api, target = await guarded(saying(principalId="me", policyDocument={"Statement": [statement]}))
    assert (await connect(api)).status == 403
    assert target.events == []


@pytest.mark.parametrize(
    "answer", [{}, {"policyDocument": ALLOW}, None, {"principalId": "a", "policyDocument": 1}]
)
async def test_an_authorizer_that_says_nothing_is_an_error(guarded, connect, answer):
    api, _ = await guarded(lambda _event: answer)
    assert (await connect(api)).status == 500


async def test_an_authorizer_may_fail_with_unauthorized(guarded, connect):
    def refuse(_event):
        raise ValueError("Unauthorized")

    api, _ = await guarded(refuse)
    assert (await connect(api)).status == 401


async def test_iam_authorization_asks_for_a_signature(make, connect, function, saying):
    script, api = saying(statusCode=200), await make()
    await api.function("$connect", await function(script), route={"AuthorizationType": "AWS_IAM"})
    await api.deploy()
    refused = await connect(api)
    assert refused.status == 403 and b"Missing Authentication Token" in refused.body
    scope = "111122223333/20260101/us-east-1/execute-api/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    lines = [("Authorization", signed), ("X-Amz-Date", "20260101T000000Z")]
    assert (await connect(api, lines=lines)).response.status == 101
    assert script.events[0]["requestContext"]["identity"]["accountId"] == "111122223333"


async def test_required_parameters_must_be_there(make, connect, function, saying):
    api = await make()
    route = {"RequestParameters": {"route.request.querystring.room": {"Required": True}}}
    await api.function("$connect", await function(saying(statusCode=200)), route=route)
    await api.deploy()
    refused = await connect(api)
    assert refused.status == 400 and b"Missing required request parameters: [room]" in refused.body
    assert (await connect(api, query="room=1")).response.status == 101


async def test_a_server_that_is_reset_closes_every_connection_and_knows_no_api(
    world, make, connect, function, saying
):
    api = await make()
    for key in ("$connect", "$disconnect"):
        await api.function(key, await function(saying(statusCode=200), name=key.strip("$")))
    await api.deploy()
    client = await connect(api)
    await world.app.reset()
    await world.clock.settle()
    assert client.closed == (1001, "Going away")
    assert (await connect(api)).status == 403
