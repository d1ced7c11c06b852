"""Subscription filters: matching events go to a function, at least once, as AWS packs them."""

import base64
import gzip
import io
import json
import random
import string
import zipfile
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from sundog.services.lambda_.compute import Compute
from sundog.testing.crashes import DyingStore, ProcessDied
from sundog.testing.engine import ScriptedEngine

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:reader"
STEPS_MAX = 20


@pytest.fixture
async def engine(world):
    scripted = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(scripted)
    return scripted


@pytest.fixture
def reader(client, clock, engine):
    """A function ``reader`` that CloudWatch Logs may call; gives the documents it has got."""

    async def create(*, allowed=True):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as bundle:
            bundle.writestr(zipfile.ZipInfo("code.py"), "")
        await client("lambda").create_function(
            FunctionName="reader",
            Runtime="python3.11",
            Handler="code.handler",
            Role="arn:aws:iam::000000000000:role/r",
            Code={"ZipFile": data.getvalue()},
        )
        await clock.settle()
        if allowed:
            await client("lambda").add_permission(
                FunctionName="reader",
                StatementId="logs",
                Action="lambda:InvokeFunction",
                Principal="logs.amazonaws.com",
            )
        return lambda: [unpacked(event) for event in engine.events("reader")]

    return create


@pytest.fixture
def subscribe(logs):
    async def put(pattern="", name="to-reader", **options):
        await logs.put_subscription_filter(
            logGroupName="app",
            filterName=name,
            filterPattern=pattern,
            destinationArn=options.pop("destinationArn", FUNCTION),
            **options,
        )

    return put


def unpacked(event):
    return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))


def messages(documents):
    return [event["message"] for document in documents for event in document["logEvents"]]


async def test_a_function_gets_matching_events_in_one_document(logs, stream, put, reader, subscribe, clock):
    got = await reader()
    await stream()
    await subscribe("ERROR")
    await put((0, "ERROR a"), (1, "fine"), (90_000, "ERROR b"))
    await clock.settle()
    (document,) = got()
    found = (await logs.filter_log_events(logGroupName="app", filterPattern="ERROR"))["events"]
    assert document == {
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": "app",
        "logStream": "one",
        "subscriptionFilters": ["to-reader"],
        "logEvents": [
            {"id": event["eventId"], "timestamp": event["timestamp"], "message": event["message"]}
            for event in found
        ],
    }


async def test_a_function_that_nothing_matches_for_is_not_called(stream, put, reader, subscribe, clock):
    got = await reader()
    await stream()
    await subscribe("ERROR")
    await put((0, "fine"))
    await clock.settle()
    assert got() == []


async def test_what_does_not_fit_one_document_comes_in_several(stream, put, reader, subscribe, clock):
    got = await reader()
    await stream()
    await subscribe()
    noise = random.Random(1)
    texts = ["".join(noise.choices(string.printable, k=10_000)) for _ in range(100)]
    await put(*[(0, text) for text in texts])
    await clock.settle()
    assert len(got()) > 1
    assert sorted(messages(got())) == sorted(texts)


async def test_the_function_must_be_there_and_let_logs_call_it(stream, reader, subscribe):
    await stream()
    text = (
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to "
        "execute your function."
    )
    for prepare in (None, reader):
        if prepare is not None:
            await prepare(allowed=False)
        with pytest.raises(ClientError) as refused:
            await subscribe()
        assert refused.value.response["Error"] == {"Code": "InvalidParameterException", "Message": text}


@pytest.mark.parametrize(
    ("arn", "options", "code"),
    [
        ("arn:aws:sqs:us-east-1:000000000000:q", {}, "InvalidParameterException"),
        ("arn:aws:kinesis:us-east-1:000000000000:stream/s", {}, "InvalidParameterException"),
        (FUNCTION, {"roleArn": "arn:aws:iam::000000000000:role/r"}, "InvalidParameterException"),
        (FUNCTION.replace("000000000000", "111111111111"), {}, "AccessDeniedException"),
        (
            "arn:aws:kinesis:us-east-1:000000000000:stream/s",
            {"roleArn": "arn:aws:iam::000000000000:role/r"},
            "UnsupportedOperation",
        ),
    ],
)
async def test_destinations_that_cannot_be_are_refused(stream, subscribe, arn, options, code):
    await stream()
    with pytest.raises(ClientError) as refused:
        await subscribe(destinationArn=arn, **options)
    assert refused.value.response["Error"]["Code"] == code


async def test_a_group_has_two_subscriptions_at_most(logs, stream, reader, subscribe):
    await reader()
    await stream()
    await subscribe(name="a")
    await subscribe(name="b")
    with pytest.raises(ClientError, match="LimitExceededException"):
        await subscribe(name="c")
    await subscribe("ERROR", name="b")
    found = (await logs.describe_subscription_filters(logGroupName="app"))["subscriptionFilters"]
    assert [(one["filterName"], one["filterPattern"]) for one in found] == [("a", ""), ("b", "ERROR")]
    await logs.delete_subscription_filter(logGroupName="app", filterName="a")
    found = (await logs.describe_subscription_filters(logGroupName="app"))["subscriptionFilters"]
    assert [one["filterName"] for one in found] == ["b"]


@pytest.mark.parametrize("number", range(1, STEPS_MAX))
async def test_events_are_stored_and_handed_on_together_or_not(
    number, stream, reader, subscribe, call_on, clock, found
):
    got = await reader()
    await stream()
    await subscribe()
    event = {"timestamp": clock.now_ms(), "message": "x"}
    request = {"logGroupName": "app", "logStreamName": "one", "logEvents": [event]}
    with suppress(ProcessDied):
        await call_on(lambda store: DyingStore(store, number), "PutLogEvents", request)
    await clock.settle()
    assert (await found(), messages(got())) in [([], []), (["x"], ["x"])]
