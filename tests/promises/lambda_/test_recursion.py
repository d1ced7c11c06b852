"""Recursive loops: a chain of requests that comes back to the same function too often is ended."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.protocol.http import HttpRequest
from sundog.services.lambda_.lineage import FUNCTIONS_MAX, LOOPS_MAX, enter, without

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


def last_header(engine):
    return engine.calls[-1].invocation.trace_header


@pytest.fixture
def invoke(world):
    """Invoke as a function does: with the trace header of its own invocation."""

    async def call(name, header, kind="RequestResponse"):
        headers = {"host": "localhost", "x-amzn-trace-id": header, "x-amz-invocation-type": kind}
        path = f"/2015-03-31/functions/{name}/invocations"
        return await world.app.server.answer(HttpRequest("POST", path, "", headers, b"{}"), lambda: True)

    return call


@pytest.fixture
def dropped(client, clock):
    async def count(name="f"):
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="RecursiveInvocationsDropped",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=clock.now_ms() / 1000 - 86_400,
            EndTime=clock.now_ms() / 1000 + 86_400,
            Period=86_400,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    return count


async def test_a_function_that_calls_itself_is_stopped_after_sixteen_times(engine, create, invoke):
    await create("f")
    header, status = "", 200
    for _ in range(LOOPS_MAX):
        status = (await invoke("f", header)).status
        assert status == 200
        header = last_header(engine)
    refused = await invoke("f", header)
    assert refused.status == 400
    assert refused.headers["x-amzn-ErrorType"].startswith("RecursiveInvocationException")
    assert json.loads(refused.body)["Message"].startswith("Lambda has detected your function being invoked")
    assert len(engine.calls) == LOOPS_MAX


async def test_a_function_that_may_call_itself_goes_on(functions, engine, create, invoke):
    await create("f")
    assert await recursion(functions) == "Terminate"
    await functions.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    assert await recursion(functions) == "Allow"
    header = ""
    for _ in range(LOOPS_MAX + 3):
        assert (await invoke("f", header)).status == 200
        header = last_header(engine)


async def recursion(functions):
    return (await functions.get_function_recursion_config(FunctionName="f"))["RecursiveLoop"]


async def test_a_loop_over_a_queue_leaves_its_message_to_the_dead_letter_queue(
    engine, create, queue, sqs, map_queue, clock, bodies, dropped
):
    await create("f")
    dead_url, dead_arn = await queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
    url, arn = await queue("loop", RedrivePolicy=policy)

    async def send_again(event):
        await sqs.send_message(
            QueueUrl=url,
            MessageBody=event["Records"][0]["body"],
            MessageSystemAttributes={
                "AWSTraceHeader": {"DataType": "String", "StringValue": last_header(engine)}
            },
        )

    engine.scripts["f"] = send_again
    await map_queue(arn)
    await sqs.send_message(QueueUrl=url, MessageBody="round")
    await clock.advance(120_000)
    assert len(engine.calls) == LOOPS_MAX
    assert await bodies(dead_url) == ["round"]
    assert await dropped() == 1


async def test_an_asynchronous_loop_ends_in_the_on_failure_destination(
    functions, engine, create, invoke, queue, bodies, clock, dropped
):
    await create("f")
    url, arn = await queue("lost")
    await functions.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": arn}}
    )

    async def again(_event):
        await invoke("f", last_header(engine), "Event")

    engine.scripts["f"] = again
    await invoke("f", "", "Event")
    await clock.advance(60_000)
    assert len(engine.calls) == LOOPS_MAX
    (record,) = map(json.loads, await bodies(url))
    assert "responsePayload" not in record
    assert await dropped() == 1


async def test_a_loop_over_a_destination_is_seen(functions, engine, create, invoke, clock, dropped):
    for name in ("f", "g"):
        await create(name)
        engine.scripts[name] = lambda event: None
    for name, other in (("f", "g"), ("g", "f")):
        await functions.put_function_event_invoke_config(
            FunctionName=name,
            DestinationConfig={
                "OnSuccess": {"Destination": f"arn:aws:lambda:us-east-1:000000000000:function:{other}"}
            },
        )
    await invoke("f", "", "Event")
    await clock.advance(60_000)
    assert len(engine.calls) == 2 * LOOPS_MAX
    assert await dropped("f") == 1


async def test_a_function_learns_its_trace(engine, create, invoke):
    await create("f")
    await invoke("f", "Root=1-a-b;Parent=c;Sampled=1")
    assert last_header(engine).startswith("Root=1-a-b;Parent=c;Sampled=1;Lineage=")


async def test_a_value_that_is_none_is_refused_in_aws_words(world, create, client, refusal):
    await create("f")
    lenient = client("lambda", validate=False)
    code, message = await refusal(lenient.put_function_recursion_config(FunctionName="f", RecursiveLoop="x"))
    assert code == "ValidationException"
    assert "Member must satisfy enum value set: " in message
    code, _ = await refusal(lenient.get_function_recursion_config(FunctionName="none"))
    assert code == "ResourceNotFoundException"


NAMES = st.sampled_from(("Root", "Parent", "Sampled", "Own"))
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=";"), max_size=40)


@given(st.lists(st.builds("{}={}".format, NAMES, VALUES), max_size=5))
def test_whatever_stands_in_a_header_stays_and_counts_go_up(members):
    text = ";".join(members)
    header, loops = enter(text, ARN)
    again, more = enter(header, ARN)
    assert (more, without(again)) == (loops + 1, without(text))


def test_only_so_many_functions_are_remembered():
    header = ""
    for number in range(2 * FUNCTIONS_MAX):
        header, _ = enter(header, f"{ARN}{number}")
    assert header.count(":") == FUNCTIONS_MAX
    assert enter(header, f"{ARN}{2 * FUNCTIONS_MAX - 1}")[1] == 1
    assert enter(header, f"{ARN}0")[1] == 0
