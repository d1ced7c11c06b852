"""The process may die at any statement: a message is in exactly one queue, whatever happens."""

import json
from contextlib import suppress

import pytest

from sundog.testing.crashes import DyingStore, ProcessDied


async def place(queue, arn_of, kind):
    """A source queue that buries at the second receive, and its dead-letter queue."""
    suffix = ".fifo" if kind == "fifo" else ""
    content = {"ContentBasedDeduplication": "true"} if suffix else {}
    dead = await queue(f"dead{suffix}", **content)
    policy = json.dumps({"deadLetterTargetArn": await arn_of(dead), "maxReceiveCount": 1})
    source = await queue(f"source{suffix}", RedrivePolicy=policy, VisibilityTimeout="0", **content)
    return source, dead


async def everything(sqs, *urls):
    """Every message of every queue, by reading them all."""
    found = []
    for url in urls:
        answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300)
        found += [message["Body"] for message in answer.get("Messages", [])]
    return sorted(found)


async def send_all(sqs, url, kind):
    group = {"MessageGroupId": "g"} if kind == "fifo" else {}
    for body in "abc":
        await sqs.send_message(QueueUrl=url, MessageBody=body, **group)


@pytest.mark.parametrize("kind", ["standard", "fifo"])
@pytest.mark.parametrize("number", range(1, 30))
async def test_a_receive_that_buries_is_done_entirely_or_not_at_all(
    number, kind, sqs, queue, arn_of, call_on
):
    source, dead = await place(queue, arn_of, kind)
    await send_all(sqs, source, kind)
    await sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10)
    request = {"QueueUrl": source, "MaxNumberOfMessages": 10}
    with suppress(ProcessDied):
        await call_on(lambda store: DyingStore(store, number), "ReceiveMessage", request)
    await sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": ""})
    assert await everything(sqs, source, dead) == ["a", "b", "c"]


@pytest.mark.parametrize("kind", ["standard", "fifo"])
@pytest.mark.parametrize("number", range(1, 40))
async def test_a_move_that_dies_loses_and_doubles_nothing(number, kind, sqs, queue, arn_of, work_on, clock):
    source, dead = await place(queue, arn_of, kind)
    await send_all(sqs, dead, kind)
    arn = await arn_of(dead)
    await work_on(lambda store: DyingStore(store, number), arn, await arn_of(source), ProcessDied)
    await clock.settle()
    assert await everything(sqs, source, dead) == ["a", "b", "c"]
