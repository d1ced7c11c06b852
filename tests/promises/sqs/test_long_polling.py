"""Long polls answer as soon as a message can be received, and end when their time is over."""

import asyncio

import pytest


@pytest.fixture
def poll(sqs):
    def poll(url, **parameters):
        asked = {name: v for name, v in {"WaitTimeSeconds": 20, **parameters}.items() if v is not None}

        async def receive():
            answer = await sqs.receive_message(QueueUrl=url, **asked)
            return [message["Body"] for message in answer.get("Messages", [])]

        return asyncio.create_task(receive())

    return poll


async def test_a_send_ends_a_poll_at_once(sqs, queue, poll, clock):
    url = await queue()
    waiting = poll(url)
    await clock.settle()
    assert not waiting.done()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert await waiting == ["hello"]


async def test_an_empty_poll_ends_after_its_time(queue, poll, clock):
    url = await queue(ReceiveMessageWaitTimeSeconds="10")
    asked, by_queue = poll(url, WaitTimeSeconds=5), poll(url, WaitTimeSeconds=None)
    await clock.advance(4_999)
    assert not asked.done()
    await clock.advance(1)
    assert await asked == []
    assert not by_queue.done()
    await clock.advance(5_000)
    assert await by_queue == []


async def test_a_poll_of_zero_seconds_does_not_wait_whatever_the_queue_says(queue, poll):
    assert await poll(await queue(ReceiveMessageWaitTimeSeconds="10"), WaitTimeSeconds=0) == []


async def test_a_delayed_message_ends_a_poll_when_it_appears(sqs, queue, poll, clock):
    url = await queue()
    waiting = poll(url)
    await sqs.send_message(QueueUrl=url, MessageBody="hello", DelaySeconds=3)
    await clock.advance(2_999)
    assert not waiting.done()
    await clock.advance(1)
    assert await waiting == ["hello"]


async def test_a_message_whose_visibility_ends_ends_a_poll(sqs, queue, poll, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    await sqs.receive_message(QueueUrl=url, VisibilityTimeout=7)
    waiting = poll(url)
    await clock.advance(7_000)
    assert await waiting == ["hello"]


async def test_a_message_given_back_ends_a_poll(sqs, queue, poll, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    waiting = poll(url)
    await clock.settle()
    await sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    assert await waiting == ["hello"]


async def test_deleting_the_head_of_a_group_ends_a_poll_for_the_next(sqs, queue, poll, clock):
    url = await queue("orders.fifo", ContentBasedDeduplication="true")
    for body in "ab":
        await sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    waiting = poll(url)
    await clock.settle()
    await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert await waiting == ["b"]


async def test_one_message_ends_one_of_many_polls(sqs, queue, poll, clock):
    url = await queue()
    waiting = [poll(url) for _ in range(5)]
    await clock.settle()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    await clock.settle()
    assert sorted(len(task.result()) for task in waiting if task.done()) == [1]
    await clock.advance(20_000)
    assert sum(len(found) for found in await asyncio.gather(*waiting)) == 1


async def test_running_until_idle_waits_for_delays_but_not_for_empty_polls(sqs, queue, poll, clock):
    url = await queue()
    waiting = poll(url)
    await sqs.send_message(QueueUrl=url, MessageBody="hello", DelaySeconds=9)
    started_ms = clock.now_ms()
    await clock.run_until_idle()
    assert await waiting == ["hello"]
    assert clock.now_ms() - started_ms < 20_000


async def test_a_poll_before_a_frozen_clock_ends_in_real_time(queue, poll):
    assert await asyncio.wait_for(poll(await queue(), WaitTimeSeconds=1), 5) == []
