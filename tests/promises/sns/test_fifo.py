"""FIFO topics: order within a group, the same message once in five minutes."""

import pytest

FIVE_MINUTES_MS = 300_000


@pytest.fixture
def publish(sns):
    async def send(arn, text, group="g", **more):
        return await sns.publish(TopicArn=arn, Message=text, MessageGroupId=group, **more)

    return send


async def test_the_messages_of_a_group_arrive_in_order(sqs, topic, subscribed, publish, clock):
    arn = await topic("news.fifo")
    url, _ = await subscribed(arn, "orders.fifo", RawMessageDelivery="true")
    for number in range(20):
        await publish(arn, str(number))
    await clock.settle()
    found = []
    while got := (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)).get("Messages"):
        found += [message["Body"] for message in got]
        for message in got:
            await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert found == [str(number) for number in range(20)]


async def test_the_same_message_is_taken_in_once_in_five_minutes(topic, subscribed, publish, bodies, clock):
    arn = await topic("news.fifo")
    url, _ = await subscribed(arn, "plain", RawMessageDelivery="true")
    first, again = await publish(arn, "hello"), await publish(arn, "hello")
    assert (first["MessageId"], first["SequenceNumber"]) == (again["MessageId"], again["SequenceNumber"])
    assert await bodies(url) == ["hello"]
    await clock.advance(FIVE_MINUTES_MS)
    later = await publish(arn, "hello")
    assert later["SequenceNumber"] > first["SequenceNumber"]


async def test_sequence_numbers_grow(topic, publish):
    arn = await topic("news.fifo")
    numbers = [(await publish(arn, str(n)))["SequenceNumber"] for n in range(3)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 3
    assert {len(number) for number in numbers} == {20}


async def test_a_group_is_needed(sns, topic, refusal):
    arn = await topic("news.fifo")
    assert (await refusal(sns.publish(TopicArn=arn, Message="x")))[1] == (
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    )


async def test_an_id_is_needed_where_content_does_not_tell(topic, publish, refusal):
    arn = await topic("news.fifo", ContentBasedDeduplication="false")
    assert (await refusal(publish(arn, "x")))[1].endswith("or MessageDeduplicationId provided explicitly")
    assert (await publish(arn, "x", MessageDeduplicationId="1"))["SequenceNumber"]


@pytest.mark.parametrize("name", ["MessageGroupId", "MessageDeduplicationId"])
@pytest.mark.parametrize("value", ["a b", "a" * 129])
async def test_ids_are_those_that_queues_take(sns, topic, refusal, name, value):
    arn = await topic("news.fifo")
    ids = {"MessageGroupId": "g"} | {name: value}
    assert await refusal(sns.publish(TopicArn=arn, Message="x", **ids)) == (
        "InvalidParameter",
        f"Invalid parameter: {name} Reason: {name} can only include alphanumeric and punctuation characters. "
        "1 to 128 in length.",
    )


async def test_envelopes_of_fifo_topics_are_not_signed(topic, subscribed, publish, bodies):
    arn = await topic("news.fifo")
    url, _ = await subscribed(arn, "plain")
    await publish(arn, "x")
    (body,) = await bodies(url)
    assert '"SequenceNumber"' in body
    assert '"Signature"' not in body


async def test_a_fifo_queue_gets_group_and_id(topic, subscribed, publish, received):
    arn = await topic("news.fifo")
    url, _ = await subscribed(arn, "orders.fifo", RawMessageDelivery="true")
    await publish(arn, "x", MessageDeduplicationId="one")
    (message,) = await received(url)
    attributes = message["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "one")
