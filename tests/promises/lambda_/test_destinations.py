"""Destinations: who is told how an event ended, and in which words."""

import json

import pytest

F_ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
OTHER_ARN = "arn:aws:lambda:us-east-1:000000000000:function:other"


def fail(_event):
    raise ValueError("no luck")


@pytest.fixture
async def f(engine, create):
    """Scripted functions named f and other."""
    await create("f")
    await create("other")
    return engine


@pytest.fixture
def send(functions, clock):
    async def event(value, **members):
        payload = json.dumps(value).encode()
        await functions.invoke(FunctionName="f", InvocationType="Event", Payload=payload, **members)
        await clock.run_until_idle()

    return event


@pytest.fixture
def tell(functions):
    """Have the ends of f's events told."""

    async def put(success="", failure="", **members):
        sides = {"OnSuccess": success, "OnFailure": failure}
        config = {side: {"Destination": arn} for side, arn in sides.items() if arn}
        await functions.put_function_event_invoke_config(
            FunctionName="f", DestinationConfig=config, **members
        )

    return put


async def test_a_queue_is_told_of_a_success(f, queue, tell, send, bodies):
    f.scripts["f"] = lambda event: {"got": event}
    url, arn = await queue("told")
    await tell(success=arn)
    await send({"a": 1})
    (body,) = await bodies(url)
    record = json.loads(body)
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": f.calls[0].invocation.request_id,
            "functionArn": f"{F_ARN}:$LATEST",
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"a": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"got": {"a": 1}},
    }


async def test_a_queue_is_told_of_a_failure_when_no_retry_is_left(f, queue, tell, send, bodies):
    f.scripts["f"] = fail
    url, arn = await queue("told")
    await tell(failure=arn)
    await send({})
    (body,) = await bodies(url)
    record = json.loads(body)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"] == {"errorMessage": "no luck", "errorType": "ValueError"}


async def test_each_side_is_told_of_its_own_ends_only(f, queue, tell, send, bodies, left):
    good_url, good = await queue("good")
    bad_url, bad = await queue("bad")
    await tell(good, bad, MaximumRetryAttempts=0)
    await send({})
    assert (await left(good_url), await left(bad_url)) == (1, 0)
    f.scripts["f"] = fail
    await send({})
    assert (await left(good_url), await left(bad_url)) == (1, 1)


async def test_an_event_that_gets_too_old_is_told_as_such(f, queue, tell, send, bodies):
    f.scripts["f"] = fail
    url, arn = await queue("told")
    await tell(failure=arn, MaximumEventAgeInSeconds=60)
    await send({})
    (body,) = await bodies(url)
    assert json.loads(body)["requestContext"]["condition"] == "EventAgeExceeded"


async def test_nothing_waits_for_a_function_that_may_never_run(f, functions, queue, tell, send, bodies):
    url, arn = await queue("told")
    await tell(failure=arn)
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    await send({"a": 1})
    (body,) = await bodies(url)
    record = json.loads(body)
    assert f.calls == []
    assert record["requestPayload"] == {"a": 1}
    assert "responsePayload" not in record


async def test_another_function_gets_the_record_as_its_event(f, tell, send):
    await tell(success=OTHER_ARN)
    await send({"a": 1})
    (record,) = f.events("other")
    assert record["requestContext"]["functionArn"] == f"{F_ARN}:$LATEST"
    assert record["responsePayload"] == {"a": 1}


async def test_the_record_names_the_alias_that_was_called(f, functions, queue, send, bodies):
    url, arn = await queue("told")
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await functions.put_function_event_invoke_config(
        FunctionName="f", Qualifier="live", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    await send({}, Qualifier="live")
    (body,) = await bodies(url)
    record = json.loads(body)
    assert record["requestContext"]["functionArn"] == f"{F_ARN}:live"
    assert record["responseContext"]["executedVersion"] == "1"


async def test_a_destination_that_is_gone_stops_nobody(f, sqs, queue, tell, send, functions, clock):
    url, arn = await queue("told")
    await tell(success=arn)
    await sqs.delete_queue(QueueUrl=url)
    await send({"a": 1})
    assert f.events("f") == [{"a": 1}]


async def test_a_bus_is_told_in_an_event_that_rules_can_match(client, f, queue, tell, send, bodies):
    url, arn = await queue("told")
    events, bus = client("events"), "arn:aws:events:us-east-1:000000000000:event-bus/default"
    await events.put_rule(Name="r", EventPattern='{"source": ["lambda"]}')
    await events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    await tell(success=bus)
    await send({"a": 1})
    (body,) = await bodies(url)
    event = json.loads(body)
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [bus, f"{F_ARN}:$LATEST"]
    assert event["detail"]["requestPayload"] == {"a": 1}


async def test_synchronous_calls_are_not_told(f, functions, queue, tell, left, clock):
    url, arn = await queue("told")
    await tell(success=arn)
    await functions.invoke(FunctionName="f", Payload=b"{}")
    await clock.run_until_idle()
    assert await left(url) == 0


@pytest.mark.parametrize("side", ["OnSuccess", "OnFailure"])
async def test_buckets_are_refused_by_name(f, functions, refusal, side):
    asked = functions.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={side: {"Destination": "arn:aws:s3:::bucket"}}
    )
    code, message = await refusal(asked)
    assert code == "UnsupportedOperation"
    assert "bucket" in message
