"""Two sundog nodes over one PostgreSQL are one sundog."""

import asyncio

import pytest

from sundog.config import Config
from sundog.ids import SeededIds
from sundog.testing.world import World


@pytest.fixture
async def nodes(postgres_url, models):
    config = Config(port=0, store=postgres_url, ephemeral=True)
    async with (
        World(config, models=models, ids=SeededIds(1)) as one,
        World(config, models=models, ids=SeededIds(2)) as two,
    ):
        yield one, two


async def test_a_message_sent_to_one_node_wakes_a_long_poll_on_the_other(nodes):
    here, there = (node.client("sqs") for node in nodes)
    url = (await here.create_queue(QueueName="orders"))["QueueUrl"]
    polling = asyncio.create_task(there.receive_message(QueueUrl=url, WaitTimeSeconds=20))
    await nodes[1].clock.settle()
    assert not polling.done()
    await here.send_message(QueueUrl=url, MessageBody="hello")
    answer = await asyncio.wait_for(polling, 5)
    assert [message["Body"] for message in answer["Messages"]] == ["hello"]


async def test_a_message_goes_to_one_receiver_whichever_node_it_asks(nodes):
    clients = [node.client("sqs") for node in nodes]
    url = (await clients[0].create_queue(QueueName="orders"))["QueueUrl"]
    for start in range(0, 40, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        await clients[0].send_message_batch(QueueUrl=url, Entries=entries)
    answers = await asyncio.gather(
        *(client.receive_message(QueueUrl=url, MaxNumberOfMessages=10) for client in clients * 6)
    )
    bodies = [message["Body"] for answer in answers for message in answer.get("Messages", [])]
    assert len(bodies) == len(set(bodies))
    for _ in range(40):
        answer = await clients[1].receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in answer.get("Messages", [])]
        if len(bodies) == 40:
            break
    assert sorted(bodies, key=int) == [str(n) for n in range(40)]


async def test_what_one_node_changes_of_a_queue_holds_on_the_other_at_once(nodes):
    here, there = (node.client("sqs") for node in nodes)
    url = (await here.create_queue(QueueName="orders"))["QueueUrl"]
    await there.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    await here.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    answer = await there.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert answer["Attributes"] == {"VisibilityTimeout": "7"}
