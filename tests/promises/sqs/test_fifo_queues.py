"""FIFO queues: order within a group, one delivery in five minutes, groups wait for what is in flight."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
async def url(queue):
    return await queue("orders.fifo")


@pytest.fixture
def send(sqs, url):
    async def send(body, group="g", deduplication_id=None):
        return await sqs.send_message(
            QueueUrl=url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=deduplication_id or body,
        )

    return send


async def test_a_group_comes_in_order_and_as_a_whole(send, bodies, url):
    for body in "abc":
        await send(body)
    assert await bodies(url) == ["a", "b", "c"]


async def test_a_group_waits_while_its_first_message_is_in_flight(send, bodies, url, clock):
    for body in "abc":
        await send(body)
    assert await bodies(url, 1) == ["a"]
    assert await bodies(url) == []
    await send("other", group="h")
    assert await bodies(url) == ["other"]
    await clock.advance(30_000)
    assert (await bodies(url))[:3] == ["a", "b", "c"]


async def test_deleting_the_first_message_frees_the_group(send, sqs, bodies, url):
    for body in "ab":
        await send(body)
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert await bodies(url) == ["b"]


async def test_messages_before_a_hidden_one_can_be_received_those_after_it_not(send, sqs, bodies, url, clock):
    for body in "abc":
        await send(body)
    answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    handle = answer["Messages"][1]["ReceiptHandle"]
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=100)
    await clock.advance(30_000)
    assert await bodies(url) == ["a"]


async def test_the_same_deduplication_id_is_accepted_but_delivered_once_in_five_minutes(
    send, sqs, bodies, url, clock
):
    first = await send("one", deduplication_id="same")
    again = await send("two", group="other", deduplication_id="same")
    assert again["MessageId"] == first["MessageId"]
    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert await bodies(url) == ["one"]
    await clock.advance(299_999)
    await send("three", deduplication_id="same")
    assert await bodies(url) == ["one"]
    await clock.advance(1)
    await send("four", group="free", deduplication_id="same")
    assert await bodies(url) == ["four"]


async def test_content_based_deduplication_compares_bodies(sqs, queue, bodies):
    url = await queue("content.fifo", ContentBasedDeduplication="true")
    for body in ("a", "a", "b"):
        await sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    assert await bodies(url) == ["a", "b"]


async def test_the_scope_of_deduplication_may_be_the_group(sqs, queue, bodies):
    url = await queue("groups.fifo", DeduplicationScope="messageGroup", ContentBasedDeduplication="true")
    for group in "ghg":
        await sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId=group)
    assert await bodies(url) == ["same", "same"]


async def test_a_changed_scope_of_deduplication_acts_after_a_minute(sqs, queue, bodies, clock):
    url = await queue("groups.fifo", ContentBasedDeduplication="true")
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
    for group in "gh":
        await sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId=group)
    assert await bodies(url) == ["same"]
    await clock.advance(60_000)
    await sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="i")
    assert sorted(await bodies(url)) == ["same", "same"]


async def test_sequence_numbers_grow(send):
    numbers = [(await send(body, group=group))["SequenceNumber"] for body, group in ("ag", "bh", "cg")]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3
    assert all(len(number) == 20 for number in numbers)


async def test_an_expired_handle_deletes_nothing(send, sqs, bodies, url, clock):
    await send("a")
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    await clock.advance(30_000)
    with pytest.raises(ClientError, match=r"Reason: The receipt handle has expired\."):
        await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert await bodies(url) == ["a"]


async def test_a_repeated_receive_attempt_gets_the_same_messages_and_handles(send, sqs, url, clock):
    for body in "ab":
        await send(body)
    ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "ReceiveRequestAttemptId": "once"}
    first = (await sqs.receive_message(**ask))["Messages"]
    await clock.advance(20_000)
    again = (await sqs.receive_message(**ask))["Messages"]
    assert [(m["Body"], m["ReceiptHandle"]) for m in again] == [
        (m["Body"], m["ReceiptHandle"]) for m in first
    ]
    await clock.advance(20_000)  # the second attempt hid them anew
    assert "Messages" not in await sqs.receive_message(QueueUrl=url)
    await sqs.delete_message(QueueUrl=url, ReceiptHandle=again[0]["ReceiptHandle"])
    assert "Messages" not in await sqs.receive_message(**ask)


async def test_a_message_may_have_no_delay_of_its_own(sqs, url):
    with pytest.raises(ClientError, match="Value 2 for parameter DelaySeconds is invalid"):
        await sqs.send_message(
            QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="d", DelaySeconds=2
        )


async def test_hundreds_of_blocked_groups_do_not_hide_a_ready_one(send, bodies, url):
    for number in range(200):
        await send(f"first-{number}", group=f"group-{number}")
        await send(f"second-{number}", group=f"group-{number}")
    for _ in range(200):
        assert len(await bodies(url, 1)) == 1
    assert await bodies(url) == []
    await send("ready", group="free")
    assert await bodies(url) == ["ready"]


async def test_a_dead_letter_of_a_group_lets_the_next_message_through(send, sqs, queue, bodies, arn_of, url):
    dead = await queue("dead.fifo")
    policy = f'{{"deadLetterTargetArn": "{await arn_of(dead)}", "maxReceiveCount": 1}}'
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    for body in "ab":
        await send(body)
    assert await bodies(url, 1, VisibilityTimeout=0) == ["a"]
    assert await bodies(url, 1) == ["b"]
    assert await bodies(dead) == ["a"]
