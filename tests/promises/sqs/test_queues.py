"""Queues: created once, found by many URLs, described as AWS does, gone when deleted."""

import json

import pytest
from botocore.exceptions import ClientError


def code(error):
    return error.value.response["Error"]["Code"]


async def test_creating_a_queue_again_with_the_same_attributes_finds_it(sqs, queue):
    url = await queue(DelaySeconds="5")
    assert await queue(DelaySeconds="5") == url == await queue()


async def test_creating_it_with_other_attributes_is_refused(queue):
    await queue(DelaySeconds="5")
    with pytest.raises(ClientError, match="a different value for attribute DelaySeconds") as error:
        await queue(DelaySeconds="6")
    assert code(error) == "QueueAlreadyExists"


async def test_a_name_can_be_used_again_a_minute_after_deletion(sqs, queue, bodies, clock):
    url = await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="old")
    await sqs.delete_queue(QueueUrl=url)
    with pytest.raises(ClientError, match="You must wait 60 seconds") as error:
        await queue()
    assert code(error) == "AWS.SimpleQueueService.QueueDeletedRecently"
    await clock.advance(60_000)
    assert await bodies(await queue()) == []


@pytest.mark.parametrize("name", ["", "with space", "dot.", "x" * 81, "orders.fifo"])
async def test_a_standard_queue_has_a_simple_name(sqs, name):
    with pytest.raises(ClientError, match="Can only include alphanumeric characters"):
        await sqs.create_queue(QueueName=name)


async def test_a_fifo_queue_ends_in_fifo(sqs):
    with pytest.raises(ClientError, match=r"must end with \.fifo suffix"):
        await sqs.create_queue(QueueName="orders", Attributes={"FifoQueue": "true"})


async def test_fifo_queue_false_is_no_attribute(sqs):
    with pytest.raises(ClientError, match="Unknown Attribute FifoQueue"):
        await sqs.create_queue(QueueName="orders", Attributes={"FifoQueue": "false"})


async def test_accounts_and_regions_do_not_see_one_another(sqs, queue, client):
    await queue()
    for other in (client("sqs", account="111111111111"), client("sqs", region="eu-west-1")):
        with pytest.raises(ClientError, match="does not exist"):
            await other.get_queue_url(QueueName="orders")
    other = client("sqs", account="111111111111")
    url = (await other.get_queue_url(QueueName="orders", QueueOwnerAWSAccountId="000000000000"))["QueueUrl"]
    await other.send_message(QueueUrl=url, MessageBody="from another account")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566/000000000000/orders",
        "https://sqs.us-east-1.amazonaws.com/000000000000/orders",
        "http://us-east-1.queue.localhost:4566/000000000000/orders",
        "https://queue.amazonaws.com/000000000000/orders",
        "http://localhost:4566/queue/us-east-1/000000000000/orders",
        "/000000000000/orders",
        "orders",
    ],
)
async def test_a_queue_is_found_by_every_form_of_its_url(sqs, queue, url):
    await queue()
    await sqs.send_message(QueueUrl=url, MessageBody="hello")


async def test_the_region_of_a_url_wins(queue, client):
    await queue()
    elsewhere = client("sqs", region="eu-west-1")
    await elsewhere.send_message(
        QueueUrl="https://sqs.us-east-1.amazonaws.com/000000000000/orders", MessageBody="hello"
    )


async def test_queues_are_listed_by_prefix_and_page(sqs, queue):
    for name in ("a1", "b1", "b2", "b3"):
        await queue(name)
    listed = await sqs.list_queues(QueueNamePrefix="b", MaxResults=2)
    assert [url.rpartition("/")[2] for url in listed["QueueUrls"]] == ["b1", "b2"]
    rest = await sqs.list_queues(QueueNamePrefix="b", MaxResults=2, NextToken=listed["NextToken"])
    assert [url.rpartition("/")[2] for url in rest["QueueUrls"]] == ["b3"]
    assert "NextToken" not in rest
    assert "QueueUrls" not in await sqs.list_queues(QueueNamePrefix="c")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DelaySeconds", "901"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"),
        ("MessageRetentionPeriod", "1209601"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("VisibilityTimeout", "43201"),
        ("VisibilityTimeout", "-1"),
        ("VisibilityTimeout", "soon"),
        ("KmsDataKeyReusePeriodSeconds", "59"),
        ("SqsManagedSseEnabled", "perhaps"),
        ("Policy", "no json"),
    ],
)
async def test_an_attribute_out_of_its_range_is_refused(queue, sqs, name, value):
    url = await queue()
    with pytest.raises(ClientError, match=f"Invalid value for the parameter {name}") as error:
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={name: value})
    assert code(error) == "InvalidAttributeValue"


@pytest.mark.parametrize("name", ["Nonsense", "QueueArn", "FifoQueue", "ContentBasedDeduplication", "All"])
async def test_an_attribute_that_cannot_be_set_is_unknown(queue, sqs, name):
    url = await queue()
    with pytest.raises(ClientError, match=f"Unknown Attribute {name}"):
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={name: "true"})


async def test_a_key_of_ones_own_switches_managed_encryption_off(queue, sqs):
    url = await queue()
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/mine"})
    have = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]))["Attributes"]
    assert (have["SqsManagedSseEnabled"], have["KmsMasterKeyId"]) == ("false", "alias/mine")


async def test_only_the_attributes_asked_for_are_told(queue, sqs):
    url = await queue()
    assert "Attributes" not in await sqs.get_queue_attributes(QueueUrl=url)
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds", "Policy"])
    assert answer["Attributes"] == {"DelaySeconds": "0"}


async def test_the_old_protocol_words_a_missing_queue_in_its_own_way(client):
    url = "http://localhost:4566/000000000000/nowhere"
    with pytest.raises(ClientError, match=r"does not exist for this wsdl version\.") as error:
        await client("sqs", protocol="query").get_queue_attributes(QueueUrl=url)
    assert code(error) == "AWS.SimpleQueueService.NonExistentQueue"


async def test_tags_are_added_replaced_and_removed(queue, sqs):
    url = await queue()
    await sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": ""})
    await sqs.tag_queue(QueueUrl=url, Tags={"a": "2"})
    assert (await sqs.list_queue_tags(QueueUrl=url))["Tags"] == {"a": "2", "b": ""}
    await sqs.untag_queue(QueueUrl=url, TagKeys=["a", "b", "c"])
    assert "Tags" not in await sqs.list_queue_tags(QueueUrl=url)
    with pytest.raises(ClientError, match="Too many tags added for queue orders"):
        await sqs.tag_queue(QueueUrl=url, Tags={str(n): "" for n in range(51)})


async def test_a_permission_is_a_statement_of_the_policy(queue, sqs):
    url = await queue()
    permission = {"QueueUrl": url, "Label": "mine", "AWSAccountIds": ["111111111111"]}
    await sqs.add_permission(**permission, Actions=["SendMessage", "ReceiveMessage"])
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    (statement,) = json.loads(answer["Attributes"]["Policy"])["Statement"]
    assert statement["Action"] == ["SQS:SendMessage", "SQS:ReceiveMessage"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    with pytest.raises(ClientError, match="Only the queue owner is allowed to invoke this action"):
        await sqs.add_permission(**{**permission, "Label": "other"}, Actions=["CreateQueue"])
    await sqs.remove_permission(QueueUrl=url, Label="mine")
    assert "Attributes" not in await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
