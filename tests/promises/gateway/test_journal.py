"""What the server remembers of requests, for people who watch."""

import pytest
from botocore.exceptions import ClientError


async def test_a_request_is_remembered_with_who_what_and_how_it_went(world, client):
    await client("sqs").create_queue(QueueName="orders")
    (record,) = world.app.requests(1)
    assert (record["service"], record["operation"], record["status"]) == ("sqs", "CreateQueue", 200)
    assert (record["account"], record["region"], record["error"]) == ("000000000000", "us-east-1", "")
    assert record["authorization"] == "not evaluated"


async def test_a_refused_request_is_remembered_with_its_error(world, client):
    with pytest.raises(ClientError):
        await client("sqs").get_queue_url(QueueName="nothing")
    (record,) = world.app.requests(1)
    assert (record["status"], record["error"]) == (400, "QueueDoesNotExist")
