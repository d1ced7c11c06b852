"""Publish and PublishBatch: what is taken in, and in which form it arrives."""

import json

import pytest

from sundog.bus import Traces


async def test_a_queue_gets_the_envelope_as_aws_prints_it(sns, topic, subscribed, bodies):
    arn = await topic()
    url, subscription = await subscribed(arn)
    sent = await sns.publish(
        TopicArn=arn,
        Subject="Hi",
        Message='say "ä"',
        MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}},
    )
    (body,) = await bodies(url)
    lines = body.split("\n")
    assert lines[:3] == ["{", '  "Type" : "Notification",', f'  "MessageId" : "{sent["MessageId"]}",']
    assert lines[-4:] == ['  "MessageAttributes" : {', '    "n" : {"Type":"Number","Value":"1"}', "  }", "}"]
    envelope = json.loads(body)
    assert list(envelope) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
        "MessageAttributes",
    ]
    assert (envelope["Message"], envelope["Timestamp"]) == ('say "ä"', "2023-11-14T22:13:20.000Z")
    assert envelope["UnsubscribeURL"].endswith(subscription)


async def test_a_raw_subscriber_gets_the_message_with_its_attributes(sns, topic, subscribed, received):
    arn = await topic()
    url, _ = await subscribed(arn, RawMessageDelivery="true")
    await sns.publish(
        TopicArn=arn,
        Message="hello",
        MessageAttributes={"b": {"DataType": "Binary", "BinaryValue": b"\x02\x03"}},
    )
    (message,) = await received(url)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {"b": {"DataType": "Binary", "BinaryValue": b"\x02\x03"}}


async def test_each_protocol_gets_its_text_of_a_json_structure(sns, topic, subscribed, bodies):
    arn = await topic()
    url, _ = await subscribed(arn, RawMessageDelivery="true")
    await sns.publish(
        TopicArn=arn, MessageStructure="json", Message='{"default": "for all", "sqs": "for queues"}'
    )
    await sns.publish(TopicArn=arn, MessageStructure="json", Message='{"default": "for all"}')
    assert sorted(await bodies(url)) == ["for all", "for queues"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "a" * 262_145}, "Invalid parameter: Message too long"),
        ({"Message": "x", "Subject": "a" * 101}, "Invalid parameter: Subject"),
        ({"Message": "x", "Subject": "a\nb"}, "Invalid parameter: Subject"),
        (
            {"Message": "{", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": "{}", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "String"}}},
            "The message attribute 'a' must contain non-empty message attribute value for message "
            "attribute type "
            "'String'.",
        ),
    ],
)
async def test_messages_that_cannot_be_are_refused(sns, topic, refusal, request_, message):
    arn = await topic()
    assert (await refusal(sns.publish(TopicArn=arn, **request_)))[1] == message


async def test_a_topic_may_take_larger_messages(sns, topic, subscribed, bodies):
    arn = await topic(MaximumMessageSize="1048576")
    url, _ = await subscribed(arn, RawMessageDelivery="true")
    await sns.publish(TopicArn=arn, Message="a" * 1_048_576)
    assert len((await bodies(url))[0]) == 1_048_576


async def test_a_filter_policy_chooses_by_attributes(sns, topic, subscribed, bodies):
    arn = await topic()
    url, _ = await subscribed(arn, RawMessageDelivery="true", FilterPolicy='{"n": [{"numeric": [">", 5]}]}')
    for value in ("5", "6"):
        attributes = {"n": {"DataType": "Number", "StringValue": value}}
        await sns.publish(TopicArn=arn, Message=value, MessageAttributes=attributes)
    await sns.publish(TopicArn=arn, Message="without")
    assert await bodies(url) == ["6"]


async def test_a_filter_policy_chooses_by_the_body(sns, topic, subscribed, bodies):
    arn = await topic()
    url, _ = await subscribed(
        arn, RawMessageDelivery="true", FilterPolicyScope="MessageBody", FilterPolicy='{"a": {"b": ["x"]}}'
    )
    for text in ('{"a": {"b": "x"}}', '{"a": {"b": "y"}}', "no json", '["x"]'):
        await sns.publish(TopicArn=arn, Message=text)
    assert await bodies(url) == ['{"a": {"b": "x"}}']


async def test_a_batch_tells_entry_by_entry(sns, topic, subscribed, bodies):
    arn = await topic()
    url, _ = await subscribed(arn, RawMessageDelivery="true")
    answer = await sns.publish_batch(
        TopicArn=arn,
        PublishBatchRequestEntries=[
            {"Id": "1", "Message": "one"},
            {"Id": "2", "Message": "{}", "MessageStructure": "json"},
        ],
    )
    assert [one["Id"] for one in answer["Successful"]] == ["1"]
    assert answer["Failed"] == [
        {
            "Id": "2",
            "Code": "InvalidParameter",
            "Message": "Invalid parameter: Message Structure - No default entry in JSON message body",
            "SenderFault": True,
        }
    ]
    assert await bodies(url) == ["one"]


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(n) for n in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a.b"], "InvalidBatchEntryId"),
    ],
)
async def test_batches_that_cannot_be_are_refused(sns, topic, refusal, ids, code):
    arn = await topic()
    entries = [{"Id": id, "Message": "x"} for id in ids]
    assert (await refusal(sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)))[0] == code


async def test_a_batch_is_bounded_as_one_message_is(sns, topic, refusal):
    arn = await topic()
    entries = [{"Id": "1", "Message": "a" * 131_072}, {"Id": "2", "Message": "b" * 131_073}]
    code, _ = await refusal(sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries))
    assert code == "BatchRequestTooLong"


async def test_a_topic_that_is_not_there_is_not_found(sns, topic, refusal):
    arn = await topic()
    assert await refusal(sns.publish(TopicArn=arn + "x", Message="hello")) == (
        "NotFound",
        "Topic does not exist",
    )


async def test_the_trace_of_a_message_tells_what_did_not_match(world, sns, topic, subscribed, clock):
    arn = await topic()
    await subscribed(arn, "taken")
    await subscribed(arn, "refused", FilterPolicy='{"kind": ["order"]}')
    sent = await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    trace = world.app.parts.get(Traces).read(sent["MessageId"])
    told = {one["subject"].rpartition(":")[2]: (one["matched"], one["reason"]) for one in trace["considered"]}
    assert told == {
        "taken": (True, ""),
        "refused": (False, "kind: expected one of ['order'], found nothing"),
    }
    assert [step["outcome"] for step in trace["steps"]] == ["delivered"]
