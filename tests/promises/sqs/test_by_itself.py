"""What SQS does by itself or for other services: metrics, deliveries, limits of the account."""

import json

import pytest
from botocore.exceptions import ClientError

from sundog.bus import Delivery
from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.sqs import targets
from sundog.services.sqs.counting import QueueCounts
from sundog.services.sqs.workers import write_counts


async def test_a_delivery_is_a_message_with_the_parameters_of_its_target(world, sqs, queue, arn_of):
    url = await queue("orders.fifo", ContentBasedDeduplication="true")
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    delivery = Delivery(
        target_arn=await arn_of(url),
        body="{}",
        source_arn="arn:aws:events:us-east-1:000000000000:rule/r",
        service="events.amazonaws.com",
        parameters={
            "MessageGroupId": "g",
            "MessageAttributes": {
                "a": {"DataType": "String", "StringValue": "1"},
                "b": {"DataType": "Binary", "BinaryValue": "AP8="},
            },
        },
        trace_header=header,
    )
    principal = Principal.service("events.amazonaws.com", Scope().account)
    await targets.deliver(world.app.system_context(Scope(), principal), delivery)
    answer = await sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    assert message["Body"] == "{}"
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert message["Attributes"]["AWSTraceHeader"] == header
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\xff"


def test_what_happened_to_a_queue_is_metric_data():
    counts = QueueCounts(sent=3, sent_bytes=30, sent_bytes_min=5, sent_bytes_max=20, received=2)
    data = {datum["MetricName"]: datum for datum in write_counts("orders", counts, 60_000)}
    assert data["NumberOfMessagesSent"]["Value"] == 3.0
    assert data["NumberOfMessagesReceived"]["Value"] == 2.0
    assert data["SentMessageSize"]["StatisticValues"]["Maximum"] == 20.0
    assert all(datum["Dimensions"] == [{"Name": "QueueName", "Value": "orders"}] for datum in data.values())


async def test_an_attribute_name_that_does_not_exist_is_refused(sqs, queue):
    url = await queue()
    with pytest.raises(ClientError, match=r"Unknown Attribute Nonsense\."):
        await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Nonsense"])
    with pytest.raises(ClientError, match=r"Unknown Attribute Nonsense\."):
        await sqs.receive_message(QueueUrl=url, AttributeNames=["Nonsense"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"WaitTimeSeconds": 21}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0"),
        ({"MaxNumberOfMessages": 0}, "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be"),
        ({"VisibilityTimeout": -1}, "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be"),
        ({"ReceiveRequestAttemptId": "a"}, "Value a for parameter ReceiveRequestAttemptId is invalid."),
    ],
)
async def test_a_receive_out_of_range_is_refused(sqs, queue, parameters, message):
    with pytest.raises(ClientError) as error:
        await sqs.receive_message(QueueUrl=await queue(), **parameters)
    assert error.value.response["Error"]["Message"].startswith(message)


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "MessageBody": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "x"}], "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId"),
        ([{"Id": "a" * 81, "MessageBody": "x"}], "InvalidBatchEntryId"),
        ([{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)], "BatchRequestTooLong"),
    ],
)
async def test_a_batch_that_breaks_a_rule_is_refused_as_a_whole(sqs, queue, bodies, entries, code):
    url = await queue()
    with pytest.raises(ClientError) as error:
        await sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert error.value.response["Error"]["Code"] == f"AWS.SimpleQueueService.{code}"
    assert await bodies(url) == []


async def test_a_redrive_policy_is_told_in_aws_s_own_order(sqs, queue, arn_of):
    dead = await arn_of(await queue("dead"))
    url = await queue(RedrivePolicy=json.dumps({"maxReceiveCount": "3", "deadLetterTargetArn": dead}))
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    told = f'{{"deadLetterTargetArn":"{dead}","maxReceiveCount":3}}'
    assert answer["Attributes"] == {"RedrivePolicy": told}
