"""What the SNS tests share: clients, topics and queues made in one line."""

import asyncio
import json
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.exceptions import ClientError

from sundog.protocol.http import HttpRequest


@pytest.fixture
def sns(client):
    return client("sns")


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def topic(sns):
    """``arn = await topic("news")``; a name that ends in .fifo makes a FIFO topic."""

    async def make(name="news", **attributes):
        if name.endswith(".fifo"):
            attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"} | attributes
        return (await sns.create_topic(Name=name, Attributes=attributes))["TopicArn"]

    return make


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
def subscribed(sns, queue):
    """``url, arn = await subscribed(topic_arn, "orders", RawMessageDelivery="true")``: queue and
    subscription.
    """

    async def make(topic_arn, name="orders", **attributes):
        url, arn = await queue(name)
        made = await sns.subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=arn,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return url, made["SubscriptionArn"]

    return make


@pytest.fixture
def received(sqs, clock):
    """The messages that reached a queue once everything has settled."""

    async def receive(url):
        await clock.settle()
        found = []
        while got := (
            await sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
            )
        ).get("Messages"):
            found += got
        return found

    return receive


@pytest.fixture
def bodies(received):
    async def receive(url):
        return [message["Body"] for message in await received(url)]

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


@pytest.fixture
def page(world):
    """What a page of the admin interface, or a link, answers."""

    async def get(path, query=""):
        return await world.app.server.answer(HttpRequest("GET", path, query, {}, b""), lambda: True)

    return get


@pytest.fixture
def mails(page):
    """The mails that were sent, newest first."""

    async def read():
        return orjson.loads((await page("/_sundog/mail")).body)["mails"]

    return read


class Site:
    """An HTTP subscriber: what it got, and what it answers next."""

    def __init__(self):
        self.got = []
        self.statuses = []
        self.url = ""
        self.waits_for = None
        self._news = asyncio.Event()

    async def answer(self, request):
        self.got.append((dict(request.headers), await request.text()))
        self._news.set()
        if self.waits_for is not None:
            await self.waits_for.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def has_got(self, count):
        """Wait, while the clock stands, until so many have come."""
        while len(self.got) < count:
            self._news.clear()
            await self._news.wait()

    def values(self):
        return [json.loads(text) for _, text in self.got]


@asynccontextmanager
async def open_site():
    subscriber = Site()
    application = web.Application()
    application.router.add_post("/", subscriber.answer)
    async with TestServer(application) as server:
        subscriber.url = f"http://127.0.0.1:{server.port}/"
        yield subscriber


@pytest.fixture
async def site():
    async with open_site() as subscriber:
        yield subscriber


@pytest.fixture
async def other_site():
    async with open_site() as subscriber:
        yield subscriber
