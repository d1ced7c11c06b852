"""What the Lambda tests share: clients, and functions made in one line."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine

ROLE = "arn:aws:iam::000000000000:role/anything"
ECHO = "def handler(event, context):\n    return event\n"


def make_bundle(source, file="code.py"):
    """A bundle with one file. The same source gives the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        bundle.writestr(zipfile.ZipInfo(file), source)
    return data.getvalue()


@pytest.fixture
def bundle():
    return make_bundle


@pytest.fixture
def functions(client):
    return client("lambda")


@pytest.fixture
def create(functions, clock):
    """``await create("name", source, Timeout=5)``: a Python function that is active."""

    async def make(name="echo", source=ECHO, **members):
        request = {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "code.handler",
            "Role": ROLE,
            "Code": {"ZipFile": make_bundle(source)},
        }
        made = await functions.create_function(**request | members)
        await clock.settle()
        return made

    return make


@pytest.fixture
def call(functions):
    """``await call("name", event)``: what the function answers, as a value."""

    async def invoke(name="echo", event=None, **members):
        answer = await functions.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **members)
        return json.loads(answer["Payload"])

    return invoke


@pytest.fixture
def refusal():
    """Code and message of the error that an awaitable ends in."""

    async def of(awaitable):
        with pytest.raises(ClientError) as caught:
            await awaitable
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return of


@pytest.fixture
async def engine(world):
    """Functions without processes: ``engine.scripts["name"] = callable``; see `ScriptedEngine`."""
    scripted = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(scripted)
    return scripted


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def queue(sqs):
    """``url, arn = await queue("orders")``; a name that ends in .fifo makes a FIFO queue."""

    async def make(name="orders", **attributes):
        if name.endswith(".fifo"):
            attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        url = (await sqs.create_queue(QueueName=name, Attributes=attributes))["QueueUrl"]
        found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    return make


@pytest.fixture
def left(sqs):
    """How many messages a queue holds, hidden ones too."""

    async def count(url):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    return count


@pytest.fixture
def bodies(sqs):
    """The bodies of all visible messages of a queue."""

    async def receive(url):
        found = []
        while got := (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)).get("Messages"):
            found += [message["Body"] for message in got]
        return found

    return receive


@pytest.fixture
def map_queue(functions, clock):
    """``uuid = await map_queue(arn, "f", BatchSize=5)``: a mapping that is enabled."""

    async def make(arn, function="f", **members):
        made = await functions.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=function, **members
        )
        await clock.settle()
        return made["UUID"]

    return make
