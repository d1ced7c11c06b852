"""Standard queues: every message arrives, is hidden while somebody works on it, leaves when deleted."""

import pytest
from botocore.exceptions import ClientError


async def test_a_message_arrives_with_its_digest_and_attributes(sqs, queue):
    url = await queue()
    attributes = {
        "Foo": {"DataType": "String", "StringValue": "Bar"},
        "Raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = await sqs.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
    answer = await sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


async def test_a_received_message_is_hidden_until_its_visibility_timeout_ends(sqs, queue, bodies, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert await bodies(url) == ["hello"]
    await clock.advance(29_999)
    assert await bodies(url) == []
    await clock.advance(1)
    assert await bodies(url) == ["hello"]


async def test_a_deleted_message_never_comes_back(sqs, queue, bodies, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    await clock.advance(60_000)
    assert await bodies(url) == []


async def test_the_handle_of_an_earlier_receive_still_deletes(sqs, queue, bodies):
    url = await queue(VisibilityTimeout="0")
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    (first,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    assert await bodies(url) == ["hello"]
    await sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert await bodies(url) == []


async def test_a_changed_visibility_counts_from_now(sqs, queue, bodies, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    await clock.advance(20_000)
    await sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60
    )
    await clock.advance(59_999)
    assert await bodies(url) == []
    await clock.advance(1)
    assert await bodies(url) == ["hello"]


async def test_a_message_cannot_be_hidden_for_more_than_twelve_hours(sqs, queue, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = (await sqs.receive_message(QueueUrl=url))["Messages"]
    await clock.advance(1)
    with pytest.raises(ClientError, match=r"Value 43200 .* beyond the limit \[43200 seconds\]"):
        await sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43_200
        )


async def test_a_delayed_message_appears_when_its_delay_is_over(sqs, queue, bodies, clock):
    url = await queue(DelaySeconds="900")
    await sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
    await sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=5)
    await sqs.send_message(QueueUrl=url, MessageBody="later")
    assert await bodies(url) == ["now"]
    await clock.advance(5_000)
    assert await bodies(url) == ["soon"]
    await clock.advance(895_000)
    assert "later" in await bodies(url)


async def test_a_message_is_never_seen_after_its_retention(sqs, queue, bodies, clock):
    url = await queue(MessageRetentionPeriod="60")
    await sqs.send_message(QueueUrl=url, MessageBody="hello")
    await clock.advance(59_999)
    assert await bodies(url, VisibilityTimeout=0) == ["hello"]
    await clock.advance(1)
    assert await bodies(url) == []


async def test_expired_messages_are_not_counted_and_are_swept(sqs, queue, clock):
    url = await queue(MessageRetentionPeriod="60")
    for _ in range(3):
        await sqs.send_message(QueueUrl=url, MessageBody="hello")
    await clock.advance(60_000)
    names = ["ApproximateNumberOfMessages"]
    for _ in range(2):
        answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        assert answer["Attributes"] == {"ApproximateNumberOfMessages": "0"}
        await clock.advance(120_000)


async def test_counts_tell_visible_in_flight_and_delayed_apart(sqs, queue):
    url = await queue()
    for number in range(5):
        await sqs.send_message(QueueUrl=url, MessageBody=str(number), DelaySeconds=60 if number > 2 else 0)
    await sqs.receive_message(QueueUrl=url)
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    counts = {name: value for name, value in answer["Attributes"].items() if name.startswith("Approximate")}
    assert counts == {
        "ApproximateNumberOfMessages": "2",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "ApproximateNumberOfMessagesDelayed": "2",
    }


async def test_group_ids_are_kept_on_standard_queues(sqs, queue):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello", MessageGroupId="tenant")
    answer = await sqs.receive_message(QueueUrl=url, AttributeNames=["All"])
    attributes = answer["Messages"][0]["Attributes"]
    assert attributes["MessageGroupId"] == "tenant"
    assert "SequenceNumber" not in attributes


async def test_a_purged_queue_is_empty_at_once_and_can_be_purged_again_after_a_minute(
    sqs, queue, bodies, clock
):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="old")
    await sqs.purge_queue(QueueUrl=url)
    assert await bodies(url) == []
    await sqs.send_message(QueueUrl=url, MessageBody="new")
    with pytest.raises(ClientError, match="Only one PurgeQueue operation on orders"):
        await sqs.purge_queue(QueueUrl=url)
    assert await bodies(url, VisibilityTimeout=0) == ["new"]
    await clock.advance(60_000)
    await sqs.purge_queue(QueueUrl=url)
    assert await bodies(url) == []


async def test_a_batch_tells_what_was_sent_and_what_was_not(sqs, queue, bodies):
    url = await queue(MaximumMessageSize="1024")
    answer = await sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "good", "MessageBody": "fine"},
            {"Id": "long", "MessageBody": "x" * 1025},
            {"Id": "late", "MessageBody": "fine", "DelaySeconds": 901},
        ],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
        ("long", "InvalidParameterValue", True),
        ("late", "InvalidParameterValue", True),
    ]
    assert await bodies(url) == ["fine"]


async def test_the_answer_of_a_batch_has_no_empty_lists(sqs, queue):
    url = await queue()
    all_good = await sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "fine"}])
    assert "Failed" not in all_good
    all_bad = await sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": "nonsense"}])
    assert [entry["Id"] for entry in all_bad["Failed"]] == ["a"]
    assert "Successful" not in all_bad


async def test_ten_messages_are_deleted_and_hidden_in_one_batch(sqs, queue, bodies):
    url = await queue()
    entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(10)]
    await sqs.send_message_batch(QueueUrl=url, Entries=entries)
    messages = (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10))["Messages"]
    handles = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
    answer = await sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{**handle, "VisibilityTimeout": 0} for handle in handles]
    )
    assert len(answer["Successful"]) == 10
    assert len(await bodies(url)) == 10
    wrong = {"Id": "wrong", "ReceiptHandle": "nonsense"}
    answer = await sqs.delete_message_batch(QueueUrl=url, Entries=[*handles[:9], wrong])
    assert len(answer["Successful"]) == 9
    assert answer["Failed"] == [
        {
            "Id": "wrong",
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": 'The input receipt handle "nonsense" is not a valid receipt handle.',
        }
    ]


async def test_a_handle_of_another_queue_is_refused(sqs, queue):
    one, other = await queue("one"), await queue("other")
    await sqs.send_message(QueueUrl=one, MessageBody="hello")
    (message,) = (await sqs.receive_message(QueueUrl=one))["Messages"]
    with pytest.raises(ClientError, match="is not a valid receipt handle"):
        await sqs.delete_message(QueueUrl=other, ReceiptHandle=message["ReceiptHandle"])
