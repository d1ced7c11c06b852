"""Invocations: what comes in, what comes out, and what is refused."""

import base64
import json

import pytest
from botocore.eventstream import EventStreamBuffer

from sundog.protocol.http import HttpRequest

CRASH = "def handler(event, context):\n    raise ValueError('no luck')\n"


async def test_an_event_reaches_the_function_and_its_answer_the_caller(functions, create):
    await create("f", "def handler(event, context):\n    return {'got': event}\n")
    answer = await functions.invoke(FunctionName="f", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"]) == {"got": {"a": 1}}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert "LogResult" not in answer


async def test_no_payload_is_an_empty_event(functions, create):
    await create("f")
    assert json.loads((await functions.invoke(FunctionName="f"))["Payload"]) == {}


async def test_a_function_that_raises_answers_with_its_error(functions, create):
    await create("f", CRASH)
    answer = await functions.invoke(FunctionName="f")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    error = json.loads(answer["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no luck")


async def test_the_tail_of_the_log_comes_on_request(functions, create):
    await create("f", "def handler(event, context):\n    print('hello')\n")
    answer = await functions.invoke(FunctionName="f", LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("START RequestId: ")
    assert "hello\n" in log
    assert "REPORT RequestId: " in log


async def test_the_client_context_reaches_the_function(functions, create, call, refusal):
    await create("f", "def handler(event, context):\n    return context.client_context.custom\n")
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    assert await call("f", ClientContext=context) == {"a": "b"}
    code, _ = await refusal(functions.invoke(FunctionName="f", ClientContext="!"))
    assert code == "InvalidRequestContentException"


async def test_the_context_names_what_was_called(functions, create, call):
    source = (
        "def handler(event, context):\n"
        "    return [context.function_name, context.function_version, context.invoked_function_arn]\n"
    )
    await create("f", source)
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert await call("f") == ["f", "$LATEST", arn]
    assert await call("f", Qualifier="live") == ["f", "1", f"{arn}:live"]
    assert await call(f"{arn}:1") == ["f", "1", f"{arn}:1"]


async def test_a_dry_run_runs_nothing(functions, create):
    await create("f", CRASH)
    answer = await functions.invoke(FunctionName="f", InvocationType="DryRun")
    assert (answer["StatusCode"], answer["Payload"]) == (204, "")


async def test_an_event_is_taken_in_at_once(functions, create):
    await create("f")
    answer = await functions.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    assert (answer["StatusCode"], answer["Payload"]) == (202, "")
    old = await functions.invoke_async(FunctionName="f", InvokeArgs=b"{}")
    assert old["Status"] == 202


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
async def test_a_payload_that_is_not_json_is_refused(functions, create, refusal, kind):
    await create("f")
    code, message = await refusal(functions.invoke(FunctionName="f", InvocationType=kind, Payload=b"{'a'"))
    assert code == "InvalidRequestContentException"
    assert message.startswith("Could not parse request body into json: ")


async def test_payloads_are_bounded(functions, create, refusal):
    await create("f", "def handler(event, context):\n    return len(event)\n")
    most = b'"' + b"x" * (6 * 1024 * 1024 - 2) + b'"'
    assert json.loads((await functions.invoke(FunctionName="f", Payload=most))["Payload"]) == len(most) - 2
    assert await refusal(functions.invoke(FunctionName="f", Payload=most + b" ")) == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )
    event = b'"' + b"x" * (1024 * 1024 - 1) + b'"'
    assert await refusal(functions.invoke(FunctionName="f", InvocationType="Event", Payload=event)) == (
        "RequestEntityTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )


async def test_a_version_that_does_not_exist_is_named(functions, create, refusal):
    await create("f")
    for qualifier in ("7", "nobody"):
        assert await refusal(functions.invoke(FunctionName="f", Qualifier=qualifier)) == (
            "ResourceNotFoundException",
            f"Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:{qualifier}",
        )


async def test_a_runtime_that_is_not_here_is_named_when_it_is_called(functions, create, refusal):
    await create("f", Runtime="java21", Handler="a.B::c")
    code, message = await refusal(functions.invoke(FunctionName="f"))
    assert code == "InvalidRuntimeException"
    assert "java" in message.lower()


async def test_a_function_acts_as_its_role(client, create, call):
    source = (
        "import os\n"
        "def handler(event, context):\n"
        "    return [os.environ[n] for n in ('AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN')]\n"
    )
    await create("writer", source, Role="arn:aws:iam::000000000000:role/worker")
    key, token = await call("writer")
    who = await client("sts", access_key_id=key, session_token=token).get_caller_identity()
    assert who["Arn"] == "arn:aws:sts::000000000000:assumed-role/worker/writer"


async def test_metrics_count_invocations_and_errors(client, functions, create, clock):
    await create("f", CRASH)
    await functions.invoke(FunctionName="f")
    await functions.invoke(FunctionName="f")
    await clock.settle()
    now = clock.now_ms() / 1000
    for metric in ("Invocations", "Errors"):
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": "f"}],
            StartTime=now - 120,
            EndTime=now + 60,
            Period=60,
            Statistics=["Sum"],
        )
        assert sum(point["Sum"] for point in found["Datapoints"]) == 2.0


async def test_a_response_can_come_as_a_stream(world, create):
    await create("f", "def handler(event, context):\n    return 'x' * event\n")
    events = await stream_of(world, "f", b"100000")
    assert [kind for kind, _ in events] == ["PayloadChunk", "PayloadChunk", "InvokeComplete"]
    assert json.loads(b"".join(body for _, body in events[:-1])) == "x" * 100_000
    assert events[-1][1] == b"{}"


async def test_a_stream_ends_with_the_error_of_the_function(world, create):
    await create("f", CRASH)
    ((kind, body),) = await stream_of(world, "f", b"{}")
    complete = json.loads(body)
    assert (kind, complete["ErrorCode"]) == ("InvokeComplete", "Unhandled")
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "no luck"


async def stream_of(world, name, payload):
    """The events of InvokeWithResponseStream, as botocore's own decoder reads them."""
    path = f"/2021-11-15/functions/{name}/response-streaming-invocations"
    response = await world.app.server.answer(
        HttpRequest("POST", path, "", {"host": "localhost"}, payload), lambda: True
    )
    assert response.status == 200
    buffer = EventStreamBuffer()
    async for frame in response.stream:
        buffer.add_data(frame)
    return [(event.headers[":event-type"], event.payload) for event in buffer]


@pytest.mark.parametrize("member", ["TenantId", "DurableExecutionName"])
async def test_what_invocations_cannot_have_is_refused_by_name(functions, create, refusal, member):
    await create("f")
    assert (await refusal(functions.invoke(FunctionName="f", **{member: "x"})))[0] == "UnsupportedOperation"
