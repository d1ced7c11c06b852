"""What the SQS tests share: a client, and queues made in one line."""

from contextlib import suppress
from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.sqs.move_tasks import MOVE, parse_handle
from sundog.services.sqs.moving import move_some
from sundog.services.sqs.service import SERVICE
from sundog.work import WorkItem


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def queue(sqs):
    """``url = await queue("orders", DelaySeconds="5")``; a name that ends in .fifo makes a FIFO queue."""

    async def create(name="orders", **attributes):
        if name.endswith(".fifo"):
            attributes["FifoQueue"] = "true"
        return (await sqs.create_queue(QueueName=name, Attributes=attributes))["QueueUrl"]

    return create


@pytest.fixture
def bodies(sqs):
    """The bodies that one receive gets."""

    async def receive(url, count=10, **parameters):
        answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **parameters)
        return [message["Body"] for message in answer.get("Messages", [])]

    return receive


@pytest.fixture
def arn_of(sqs):
    async def arn(url):
        answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]

    return arn


@pytest.fixture
def call_on(world):
    """Call an operation in process on a store of the test's own making."""

    async def call(make_store, operation, request):
        ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
        handlers = {one.name: one.handler for one in SERVICE.operations}
        return await handlers[operation](replace(ctx, store=make_store(ctx.store)), request)

    return call


@pytest.fixture
def work_on(world, call_on):
    """Start a move task and do its work on a store of the test's own making, until it dies or is done."""

    async def work(make_store, source_arn, destination_arn, death):
        request = {"SourceArn": source_arn, "DestinationArn": destination_arn}
        ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
        task_id, _ = parse_handle(
            (await call_on(lambda store: store, "StartMessageMoveTask", request))["TaskHandle"]
        )
        item = WorkItem(0, MOVE, None, Scope(), {"task_id": task_id}, 1, 0, 0)
        with suppress(death):
            await move_some(replace(ctx, store=make_store(ctx.store)), item)

    return work
