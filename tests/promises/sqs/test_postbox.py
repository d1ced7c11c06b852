"""Messages that come together for one queue are sent together; each still gets its own answer."""

import asyncio

import pytest

from sundog.bus import Postbox
from sundog.context import Principal
from sundog.errors import AwsError
from sundog.scope import Scope


@pytest.fixture
def operations(world):
    """The operations that were called in process, in order."""
    seen, dispatch = [], world.app.gateway.dispatch

    async def spy(context, service, operation, request):
        seen.append(operation)
        return await dispatch(context, service, operation, request)

    world.app.gateway.dispatch = spy
    return seen


@pytest.fixture
def ctx(world, operations):
    return world.app.system_context(Scope(), Principal.service("sns.amazonaws.com", Scope().account))


@pytest.fixture
def post(ctx):
    """``await post("orders", "body")``: the answer, or the error as a value."""

    async def send(name, body, **members):
        request = {"QueueUrl": f"/{Scope().account}/{name}", "MessageBody": body, **members}
        try:
            return await ctx.part(Postbox).post(ctx, request)
        except AwsError as error:
            return error

    return send


@pytest.fixture
async def queue(client):
    sqs = client("sqs")
    for name in ("orders", "others"):
        await sqs.create_queue(QueueName=name)
    return sqs


async def bodies(sqs, name):
    found = []
    while got := (
        await sqs.receive_message(QueueUrl=f"/{Scope().account}/{name}", MaxNumberOfMessages=10)
    ).get("Messages"):
        found += [message["Body"] for message in got]
    return found


async def test_messages_of_one_moment_share_a_call_for_each_queue(queue, post, operations):
    sent = await asyncio.gather(
        *(post(name, f"{name} {n}") for n in range(12) for name in ("orders", "others"))
    )
    assert operations.count("SendMessageBatch") == 4
    assert operations.count("SendMessage") == 0
    assert len({answer["MessageId"] for answer in sent}) == 24
    assert sorted(await bodies(queue, "orders")) == sorted(f"orders {n}" for n in range(12))


async def test_a_lone_message_is_sent_as_it_is(queue, post, operations):
    assert "MessageId" in await post("orders", "a")
    assert operations == ["SendMessage"]


async def test_a_message_that_a_batch_refuses_gets_its_own_error_and_stops_nobody(queue, post):
    good, bad = await asyncio.gather(post("orders", "good"), post("orders", "bad \x00"))
    assert "MessageId" in good
    assert (type(bad).__name__, await bodies(queue, "orders")) == ("InvalidMessageContents", ["good"])


async def test_where_there_is_no_queue_everybody_hears_so(world, post):
    answers = await asyncio.gather(*(post("missing", "a") for _ in range(3)))
    assert {type(answer).__name__ for answer in answers} == {"QueueDoesNotExist"}


async def test_long_messages_go_by_themselves(queue, post, operations):
    await asyncio.gather(*(post("orders", "a" * 200_000) for _ in range(8)))
    assert set(operations) == {"SendMessage"}
    assert len(await bodies(queue, "orders")) == 8
