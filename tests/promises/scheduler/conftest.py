"""What the tests of EventBridge Scheduler share: a client, a queue fired at, schedules in one line."""

from datetime import UTC, datetime

import pytest

ROLE = "arn:aws:iam::000000000000:role/scheduler"


@pytest.fixture
def scheduler(client):
    return client("scheduler")


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
async def queue(sqs):
    """The URL of a queue named ``fired``."""
    return (await sqs.create_queue(QueueName="fired"))["QueueUrl"]


@pytest.fixture
def received(sqs):
    """``await received(url)``: takes all messages out of a queue; their bodies."""

    async def receive(url):
        bodies = []
        while messages := (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    return receive


@pytest.fixture
def schedule(scheduler):
    """``await schedule("rate(1 minute)")``: a schedule ``s`` that sends its scheduled time to ``fired``."""

    async def create(expression="rate(1 minute)", target=None, operation="create_schedule", **more):
        base = {
            "Arn": "arn:aws:sqs:us-east-1:000000000000:fired",
            "RoleArn": ROLE,
            "Input": "<aws.scheduler.scheduled-time>",
        }
        asked = {"Name": "s", "FlexibleTimeWindow": {"Mode": "OFF"}, **more}
        return await getattr(scheduler, operation)(
            ScheduleExpression=expression, Target={**base, **(target or {})}, **asked
        )

    return create


@pytest.fixture
def local(clock):
    """``local(90)``: the moment so many seconds from now, as ``at()`` takes it."""

    def write(seconds):
        moment = datetime.fromtimestamp(clock.now_ms() // 1000 + seconds, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S")

    return write
