"""Several nodes over one database: a connection is reached from any of them."""

import pytest

from sundog.context import Principal
from sundog.errors import AwsError
from sundog.ids import SeededIds
from sundog.scope import Scope
from sundog.services.apigatewaymanagementapi import relay
from sundog.testing.world import World


@pytest.fixture
async def other(world, config, models):
    """``await other("PostToConnection", ...)``: an operation of a second node over the same database."""
    if not config.store:
        pytest.skip("only PostgreSQL is shared by several nodes")
    async with World(config, models=models, ids=SeededIds(2), clock=world.clock) as node:
        ctx = node.app.system_context(Scope(), Principal.root("000000000000"))

        async def call(operation, **request):
            return await ctx.dispatch("apigatewaymanagementapi", operation, request)

        yield call


@pytest.fixture
async def chat(make, connect, function, saying):
    """A client of the first node, and the id of its connection."""
    script, api = saying(statusCode=200), await make()
    await api.function("$connect", await function(script))
    await api.deploy()
    client = await connect(api, source_ip="10.1.2.3")
    return client, script.events[0]["requestContext"]["connectionId"]


async def test_a_message_from_another_node_reaches_the_client(other, chat):
    client, id = chat
    await other("PostToConnection", ConnectionId=id, Data="h\u00e9llo".encode())
    assert client.frames == ["h\u00e9llo"]


async def test_another_node_can_look_at_a_connection_and_end_it(other, chat, clock):
    client, id = chat
    found = await other("GetConnection", ConnectionId=id)
    assert (found["Identity"]["SourceIp"], found["LastActiveAt"]) == ("10.1.2.3", clock.now_ms())
    await other("DeleteConnection", ConnectionId=id)
    assert client.closed == (1000, "Connection Closed Normally")


async def test_a_connection_that_has_ended_is_gone_for_all_nodes(other, chat):
    client, id = chat
    await client.leave()
    with pytest.raises(AwsError) as caught:
        await other("PostToConnection", ConnectionId=id, Data=b"x")
    assert caught.value.status == 410


@pytest.mark.parametrize(("dead_ms", "status"), [(relay.DEAD_MS, 503), (-1_000, 410)])
async def test_a_node_that_does_not_answer_is_waited_for_until_it_is_known_to_be_dead(
    other, chat, world, monkeypatch, dead_ms, status
):
    _, id = chat
    monkeypatch.setattr(relay, "ANSWER_S", 0.1)
    monkeypatch.setattr(relay, "DEAD_MS", dead_ms)
    for task in world.app.parts.get(relay.Relay)._tasks:
        task.cancel()
    with pytest.raises(AwsError) as caught:
        await other("PostToConnection", ConnectionId=id, Data=b"x")
    assert caught.value.status == status
