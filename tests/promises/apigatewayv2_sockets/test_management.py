"""The management API: servers talk to clients by connection id."""

import json

import pytest
from botocore.exceptions import ClientError

from sundog.protocol.http import HttpRequest


@pytest.fixture
async def chat(make, connect, function, saying):
    """An API, a client of it, and the id of the connection."""
    script, api = saying(statusCode=200), await make()
    uri = await function(script)
    await api.function("$connect", uri)
    await api.function("$disconnect", uri)
    await api.deploy()
    client = await connect(api, lines=[("User-Agent", "test")], source_ip="10.1.2.3")
    id = script.events[0]["requestContext"]["connectionId"]
    return api, client, id, script


@pytest.fixture
def management(world, models):
    """``management(api)``: a client whose endpoint is the API's stage; ``path`` reaches it by a path."""

    def of(api, stage="test", *, by_path=False, **options):
        host = "localhost:4566" if by_path else f"{api.id}.execute-api.us-east-1.localhost:4566"
        prefix = f"/_aws/execute-api/{api.id}/{stage}" if by_path else f"/{stage}"
        client = world.client("apigatewaymanagementapi", host=host, **options)
        answer = client._answer

        async def at_endpoint(http, is_connected):
            return await answer(
                HttpRequest(http.method, prefix + http.path, http.query, http.headers, http.body),
                is_connected,
            )

        client._answer = at_endpoint
        return client

    return of


@pytest.mark.parametrize("by_path", [False, True])
async def test_a_message_reaches_the_client(chat, management, by_path):
    api, client, id, _ = chat
    await management(api, by_path=by_path).post_to_connection(ConnectionId=id, Data=b"hello")
    assert client.frames == ["hello"]


async def test_a_connection_can_be_looked_at(chat, management, clock):
    api, client, id, _ = chat
    connected_ms = clock.now_ms()
    await clock.advance(5_000)
    await client.say("x")
    found = await management(api).get_connection(ConnectionId=id)
    assert found["ConnectedAt"].timestamp() * 1_000 == connected_ms
    assert found["LastActiveAt"].timestamp() * 1_000 == connected_ms + 5_000
    assert found["Identity"] == {"SourceIp": "10.1.2.3", "UserAgent": "test"}


async def test_what_is_sent_counts_as_traffic(chat, management, clock):
    api, client, id, _ = chat
    await clock.advance(599_000)
    await management(api).post_to_connection(ConnectionId=id, Data=b"are you there?")
    await clock.advance(599_000)
    assert client.closed is None
    await clock.advance(1_000)
    assert client.closed == (1001, "Going away")


async def test_a_connection_can_be_ended(chat, management, clock):
    api, client, id, script = chat
    await management(api).delete_connection(ConnectionId=id)
    await clock.settle()
    assert client.closed == (1000, "Connection Closed Normally")
    context = script.events[-1]["requestContext"]
    assert (context["eventType"], context["disconnectStatusCode"]) == ("DISCONNECT", 1000)


@pytest.mark.parametrize("operation", ["post_to_connection", "get_connection", "delete_connection"])
async def test_a_connection_that_has_ended_is_gone(chat, management, operation):
    api, client, id, _ = chat
    await client.leave()
    members = {"Data": b"x"} if operation == "post_to_connection" else {}
    with pytest.raises(ClientError) as caught:
        await getattr(management(api), operation)(ConnectionId=id, **members)
    response = caught.value.response
    assert response["Error"]["Code"] == "GoneException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 410


async def test_an_id_of_another_form_is_invalid(chat, management, refusal):
    api, *_ = chat
    call = management(api).post_to_connection(ConnectionId="nonsense", Data=b"x")
    assert await refusal(call) == ("BadRequestException", "Invalid connectionId: nonsense")


async def test_a_message_has_a_largest_size(chat, management, refusal):
    api, client, id, _ = chat
    await management(api).post_to_connection(ConnectionId=id, Data=b"a" * 131_072)
    call = management(api).post_to_connection(ConnectionId=id, Data=b"a" * 131_073)
    assert (await refusal(call))[0] == "PayloadTooLargeException"
    assert len(client.frames) == 1


async def test_connections_of_others_are_forbidden(chat, management, refusal, make):
    api, client, id, _ = chat
    foreign = management(api, access_key_id="111122223333")
    assert (await refusal(foreign.post_to_connection(ConnectionId=id, Data=b"x")))[0] == "ForbiddenException"
    other = await make()
    call = management(other).post_to_connection(ConnectionId=id, Data=b"x")
    assert (await refusal(call))[0] == "ForbiddenException"
    call = management(api, "other").post_to_connection(ConnectionId=id, Data=b"x")
    assert (await refusal(call))[0] == "ForbiddenException"
    assert client.frames == []


async def test_a_function_may_answer_by_the_management_api(make, connect, function, management):
    api = await make()

    async def script(event):
        context = event["requestContext"]
        message = json.dumps({"you said": event["body"]}).encode()
        await management(api).post_to_connection(ConnectionId=context["connectionId"], Data=message)
        return {"statusCode": 200}

    await api.function("$default", await function(script))
    await api.deploy()
    client = await connect(api)
    await client.say("hello")
    assert client.frames == ['{"you said": "hello"}']


async def test_other_methods_are_none_of_its(chat, world):
    api, _, id, _ = chat
    http = HttpRequest("PUT", f"/test/@connections/{id}", "", {"host": api.domain}, b"")
    answer = await world.app.server.answer(http, lambda: True)
    assert answer.status == 403 and b"Missing Authentication Token" in answer.body


async def test_a_custom_domain_name_leads_to_clients_and_their_management(
    make, connect, function, saying, gateway, world
):
    script, api = saying(statusCode=200), await make()
    await api.function("$connect", await function(script))
    await api.deploy()
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/a"
    await gateway.create_domain_name(
        DomainName="ws.example.com", DomainNameConfigurations=[{"CertificateArn": certificate}]
    )
    await gateway.create_api_mapping(
        DomainName="ws.example.com", ApiId=api.id, Stage="test", ApiMappingKey="chat"
    )
    client = await connect(api, host="ws.example.com", path="/chat")
    context = script.events[0]["requestContext"]
    assert context["domainName"] == "ws.example.com"
    path = f"/chat/@connections/{context['connectionId']}"
    http = HttpRequest("POST", path, "", {"host": "ws.example.com"}, b"hello")
    answer = await world.app.server.answer(http, lambda: True)
    assert answer.status == 200 and client.frames == ["hello"]
