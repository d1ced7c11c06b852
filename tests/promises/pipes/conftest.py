"""What the tests of EventBridge Pipes share: clients, queues, and a pipe between them in one line."""

import pytest

ROLE = "arn:aws:iam::000000000000:role/pipe"


def queue_arn(name):
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


@pytest.fixture
def pipes(client):
    return client("pipes")


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
async def urls(sqs):
    """The URLs of the queues ``from`` and ``to``."""
    return {name: (await sqs.create_queue(QueueName=name))["QueueUrl"] for name in ("from", "to")}


@pytest.fixture
def pipe(pipes, urls, clock):
    """``await pipe(...)``: a pipe ``p`` between the two queues, which runs afterwards."""

    async def create(**more):
        asked = {"Name": "p", "Source": queue_arn("from"), "Target": queue_arn("to"), "RoleArn": ROLE, **more}
        answer = await pipes.create_pipe(**asked)
        await clock.settle()
        return answer

    return create


@pytest.fixture
def received(sqs, urls):
    """``await received("to")``: takes all messages out of a queue; their bodies."""

    async def receive(name="to"):
        bodies = []
        asked = {"QueueUrl": urls[name], "MaxNumberOfMessages": 10}
        while messages := (await sqs.receive_message(**asked)).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                await sqs.delete_message(QueueUrl=urls[name], ReceiptHandle=message["ReceiptHandle"])
        return bodies

    return receive


@pytest.fixture
def left(sqs, urls):
    """``await left()``: how many messages the source still has, visible and in flight."""

    async def count():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = await sqs.get_queue_attributes(QueueUrl=urls["from"], AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    return count
