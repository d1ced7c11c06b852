"""Dead letters leave their queue at the receive that would be one too many, and can be moved back."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
async def dead(queue):
    return await queue("dead")


@pytest.fixture
async def source(queue, dead, arn_of):
    policy = {"deadLetterTargetArn": await arn_of(dead), "maxReceiveCount": 1}
    return await queue("source", RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")


@pytest.fixture
async def buried(sqs, source, bodies):
    """Three messages in the dead-letter queue."""
    for body in "abc":
        await sqs.send_message(QueueUrl=source, MessageBody=body)
    assert sorted(await bodies(source)) == ["a", "b", "c"]
    assert await bodies(source) == []


async def test_a_dead_letter_keeps_its_id_time_and_tells_where_it_came_from(sqs, source, dead, clock, arn_of):
    sent_ms = clock.now_ms()
    sent = await sqs.send_message(QueueUrl=source, MessageBody="hello")
    await sqs.receive_message(QueueUrl=source)
    await clock.advance(5_000)
    assert "Messages" not in await sqs.receive_message(QueueUrl=source)
    (message,) = (await sqs.receive_message(QueueUrl=dead, AttributeNames=["All"]))["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["SentTimestamp"] == str(sent_ms)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == await arn_of(source)


async def test_a_message_stays_when_its_dead_letter_queue_is_gone(sqs, source, dead, bodies):
    await sqs.send_message(QueueUrl=source, MessageBody="hello")
    await sqs.delete_queue(QueueUrl=dead)
    for _ in range(3):
        assert await bodies(source) == ["hello"]


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("nonsense", "Redrive policy is not a valid JSON map."),
        ("{}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ('{"maxReceiveCount": 1}', "does not contain mandatory attribute: deadLetterTargetArn."),
        ('{"maxReceiveCount": 0, "deadLetterTargetArn": "DEAD"}', "valid values are from 1 to 1000"),
        ('{"maxReceiveCount": 1, "deadLetterTargetArn": "DEADER"}', "Dead letter target does not exist."),
        ('{"maxReceiveCount": 1, "deadLetterTargetArn": "DEAD.fifo"}', "must be same type of queue"),
    ],
)
async def test_a_redrive_policy_must_make_sense(queue, dead, arn_of, policy, reason):
    await queue("dead.fifo")
    text = policy.replace("DEAD", await arn_of(dead))
    with pytest.raises(ClientError) as error:
        await queue("source", RedrivePolicy=text)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert error.value.response["Error"]["Message"].startswith(f"Value {text} for parameter RedrivePolicy")
    assert reason in error.value.response["Error"]["Message"]


@pytest.mark.parametrize("permission", ["denyAll", "byQueue"])
async def test_a_queue_says_who_may_send_it_dead_letters(sqs, queue, dead, arn_of, permission):
    allow = {"redrivePermission": permission}
    if permission == "byQueue":
        allow["sourceQueueArns"] = ["arn:aws:sqs:us-east-1:000000000000:friend"]
    await sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(allow)})
    policy = json.dumps({"deadLetterTargetArn": await arn_of(dead), "maxReceiveCount": 1})
    with pytest.raises(ClientError, match="RedrivePolicy is invalid"):
        await queue("stranger", RedrivePolicy=policy)
    if permission == "byQueue":
        await queue("friend", RedrivePolicy=policy)


async def test_the_sources_of_a_dead_letter_queue_are_listed(sqs, source, dead):
    assert (await sqs.list_dead_letter_source_queues(QueueUrl=dead))["queueUrls"] == [source]
    await sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": ""})
    assert (await sqs.list_dead_letter_source_queues(QueueUrl=dead))["queueUrls"] == []


async def test_moved_messages_go_back_to_their_source_as_new_ones(sqs, buried, source, dead, arn_of, clock):
    await sqs.start_message_move_task(SourceArn=await arn_of(dead))
    await clock.settle()
    answer = await sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10, AttributeNames=["All"])
    assert sorted(message["Body"] for message in answer["Messages"]) == ["a", "b", "c"]
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in answer["Messages"]} == {"1"}
    assert not any("DeadLetterQueueSourceArn" in m["Attributes"] for m in answer["Messages"])
    (task,) = (await sqs.list_message_move_tasks(SourceArn=await arn_of(dead)))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    assert task["ApproximateNumberOfMessagesToMove"] == 3
    assert "TaskHandle" not in task


async def test_a_move_keeps_its_pace_and_can_be_cancelled(sqs, buried, queue, dead, arn_of, clock):
    await queue("elsewhere")
    arn = await arn_of(dead)
    started = await sqs.start_message_move_task(
        SourceArn=arn, DestinationArn=arn.replace("dead", "elsewhere"), MaxNumberOfMessagesPerSecond=1
    )
    await clock.advance(1_500)
    (task,) = (await sqs.list_message_move_tasks(SourceArn=arn))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("RUNNING", 2)
    assert task["TaskHandle"] == started["TaskHandle"]
    with pytest.raises(ClientError, match="There is already a task running"):
        await sqs.start_message_move_task(SourceArn=arn)
    answer = await sqs.cancel_message_move_task(TaskHandle=started["TaskHandle"])
    assert answer["ApproximateNumberOfMessagesMoved"] == 2
    await clock.advance(10_000)
    (task,) = (await sqs.list_message_move_tasks(SourceArn=arn))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("CANCELLED", 2)


async def test_a_move_fails_when_its_destination_is_gone(sqs, buried, queue, dead, arn_of, clock):
    elsewhere = await queue("elsewhere")
    arn = await arn_of(dead)
    await sqs.start_message_move_task(
        SourceArn=arn, DestinationArn=await arn_of(elsewhere), MaxNumberOfMessagesPerSecond=1
    )
    await clock.settle()
    await sqs.delete_queue(QueueUrl=elsewhere)
    await clock.advance(2_000)
    (task,) = (await sqs.list_message_move_tasks(SourceArn=arn))["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")


async def test_a_message_that_came_from_nowhere_cannot_be_moved_back(sqs, source, dead, arn_of, clock):
    await sqs.send_message(QueueUrl=dead, MessageBody="sent here directly")
    await sqs.start_message_move_task(SourceArn=await arn_of(dead))
    await clock.settle()
    (task,) = (await sqs.list_message_move_tasks(SourceArn=await arn_of(dead)))["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")


async def test_a_fifo_move_keeps_the_order_of_groups(sqs, queue, bodies, arn_of, clock):
    dead = await queue("dead.fifo", ContentBasedDeduplication="true")
    policy = json.dumps({"deadLetterTargetArn": await arn_of(dead), "maxReceiveCount": 5})
    source = await queue("source.fifo", ContentBasedDeduplication="true", RedrivePolicy=policy)
    for body in "abc":
        await sqs.send_message(QueueUrl=dead, MessageBody=body, MessageGroupId="g")
    await sqs.start_message_move_task(SourceArn=await arn_of(dead), DestinationArn=await arn_of(source))
    await clock.settle()
    assert await bodies(source) == ["a", "b", "c"]
