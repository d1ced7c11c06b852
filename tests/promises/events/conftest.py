"""What the EventBridge tests share: clients, rules with queues behind them, events in one line."""

import json

import pytest
from botocore.exceptions import ClientError

PATTERN = {"source": ["shop"]}


@pytest.fixture
def events(client):
    return client("events")


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def queue(sqs):
    """``url, arn = await queue("orders")``"""

    async def make(name="orders"):
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url = (await sqs.create_queue(QueueName=name, Attributes=attributes))["QueueUrl"]
        found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    return make


@pytest.fixture
def routed(events, queue):
    """``url = await routed("rule", pattern, Input="...")``: a rule with a queue of its name as target."""

    async def make(rule="rule", pattern=PATTERN, bus="default", **target):
        url, arn = await queue(f"{rule}-queue")
        await events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern))
        targets = [{"Id": "t", "Arn": arn, **target}]
        await events.put_targets(Rule=rule, EventBusName=bus, Targets=targets)
        return url

    return make


@pytest.fixture
def put(events):
    """``await put({"n": 1}, source="shop")``: the answer of PutEvents for one entry."""

    async def send(detail=None, source="shop", kind="Order", **more):
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail or {}), **more}
        return await events.put_events(Entries=[entry])

    return send


@pytest.fixture
def entries():
    """``entries({"n": 1}, {"n": 2})``: what PutEvents takes."""

    def make(*details):
        return [{"Source": "shop", "DetailType": "Order", "Detail": json.dumps(one)} for one in details]

    return make


@pytest.fixture
def bodies(sqs, clock):
    """What has reached a queue once everything has settled."""

    async def receive(url):
        await clock.settle()
        found = []
        while got := (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)).get("Messages"):
            found += [json.loads(message["Body"]) for message in got]
        return found

    return receive


@pytest.fixture
def refusal():
    """Code and message of the error that an awaitable ends in."""

    async def of(awaitable):
        with pytest.raises(ClientError) as caught:
            await awaitable
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return of
