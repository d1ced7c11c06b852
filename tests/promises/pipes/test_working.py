"""What pipes do with messages."""

import json

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.fixture
def send(sqs, urls, clock):
    """``await send("a", "b")``: messages for the source, worked on when it returns."""

    async def send_all(*bodies):
        for body in bodies:
            await sqs.send_message(QueueUrl=urls["from"], MessageBody=body)
        await clock.settle()

    return send_all


async def test_a_message_travels_as_its_record_and_leaves_the_source(pipe, send, received, left):
    await pipe()
    await send("hello")
    record = json.loads((await received())[0])
    assert (record["body"], record["eventSource"]) == ("hello", "aws:sqs")
    assert record["eventSourceARN"].endswith(":from")
    assert await left() == 0


async def test_messages_from_before_the_pipe_are_taken(pipe, send, received):
    await send("early")
    await pipe()
    assert len(await received()) == 1


async def test_a_stopped_pipe_takes_nothing_until_it_starts(pipes, pipe, send, received, clock):
    await pipe(DesiredState="STOPPED")
    await send("a")
    assert await received() == []
    await pipes.start_pipe(Name="p")
    await clock.settle()
    assert len(await received()) == 1


async def test_a_template_makes_the_message(pipe, send, received):
    template = '{"name": "<$.body.name>", "pipe": "<aws.pipes.pipe-name>"}'
    await pipe(TargetParameters={"InputTemplate": template})
    await send('{"name": "Ada"}')
    assert json.loads((await received())[0]) == {"name": "Ada", "pipe": "p"}


async def test_what_no_filter_wants_is_gone(pipe, send, received, left):
    pattern = json.dumps({"body": {"n": [{"numeric": [">", 1]}]}})
    await pipe(
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": pattern}]}},
        TargetParameters={"InputTemplate": "<$.body.n>"},
    )
    await send('{"n": 1}', '{"n": 2}', "no json")
    assert await received() == ["2"]
    assert await left() == 0


async def test_what_fails_comes_back_when_its_visibility_ends(pipes, pipe, sqs, send, received, left, clock):
    late = "arn:aws:sqs:us-east-1:000000000000:late"
    await pipe(Target=late)
    await send("a")
    assert await left() == 1
    url = (await sqs.create_queue(QueueName="late"))["QueueUrl"]
    await clock.advance(29_000)
    assert "Messages" not in await sqs.receive_message(QueueUrl=url)
    await clock.advance(1_000)
    assert len((await sqs.receive_message(QueueUrl=url))["Messages"]) == 1
    assert await left() == 0


async def test_a_window_gathers_a_batch(pipe, client, send, clock):
    """One PutLogEvents for what came within ten seconds."""
    logs = client("logs")
    await logs.create_log_group(logGroupName="g")
    await pipe(
        Target="arn:aws:logs:us-east-1:000000000000:log-group:g",
        SourceParameters={"SqsQueueParameters": {"BatchSize": 50, "MaximumBatchingWindowInSeconds": 10}},
        TargetParameters={"InputTemplate": "<$.body>"},
    )
    await send("a")
    await clock.advance(5_000)
    await send("b")
    assert (await logs.filter_log_events(logGroupName="g"))["events"] == []
    await clock.advance(5_000)
    events = (await logs.filter_log_events(logGroupName="g"))["events"]
    assert [event["message"] for event in events] == ['"a"', '"b"']


async def test_a_bus_gets_events_with_source_and_type_of_the_pipe(pipe, client, send, received, clock):
    events = client("events")
    await events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:to"}
    await events.put_targets(Rule="r", Targets=[target])
    await pipe(
        Target="arn:aws:events:us-east-1:000000000000:event-bus/default",
        TargetParameters={
            "InputTemplate": "<$.body>",
            "EventBridgeEventBusParameters": {"Source": "shop", "DetailType": "$.body.kind"},
        },
    )
    await send('{"kind": "Order"}')
    await clock.settle()
    event = json.loads((await received())[0])
    assert (event["detail-type"], event["detail"]) == ("Order", {"kind": "Order"})


async def test_a_topic_gets_a_message_for_each_event(pipe, client, send, received, clock):
    sns = client("sns")
    arn = (await sns.create_topic(Name="t"))["TopicArn"]
    to = "arn:aws:sqs:us-east-1:000000000000:to"
    await sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=to, Attributes={"RawMessageDelivery": "true"})
    await pipe(Target=arn, TargetParameters={"InputTemplate": "<$.body.n>"})
    await send('{"n": 1}', '{"n": 2}')
    await clock.settle()
    assert sorted(await received()) == ["1", "2"]


async def test_a_fifo_target_gets_its_group_from_the_event(pipe, sqs, send):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = (await sqs.create_queue(QueueName="f.fifo", Attributes=attributes))["QueueUrl"]
    await pipe(
        Target="arn:aws:sqs:us-east-1:000000000000:f.fifo",
        TargetParameters={"SqsQueueParameters": {"MessageGroupId": "$.body.customer"}},
    )
    await send('{"customer": "c1"}')
    asked = {"QueueUrl": url, "MessageSystemAttributeNames": ["MessageGroupId"]}
    message = (await sqs.receive_message(**asked))["Messages"][0]
    assert message["Attributes"]["MessageGroupId"] == "c1"


@pytest.mark.parametrize(
    ("level", "steps"),
    [
        ("ERROR", []),
        (
            "INFO",
            ["EXECUTION_STARTED", "TARGET_STAGE_ENTERED", "TARGET_STAGE_SUCCEEDED", "EXECUTION_SUCCEEDED"],
        ),
    ],
)
async def test_the_log_tells_the_steps_of_its_level(pipe, client, send, level, steps):
    logs = client("logs")
    await logs.create_log_group(logGroupName="/pipe")
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/pipe"
    await pipe(
        LogConfiguration={
            "Level": level,
            "CloudwatchLogsLogDestination": {"LogGroupArn": arn},
            "IncludeExecutionData": ["ALL"],
        }
    )
    await send("a")
    events = (await logs.filter_log_events(logGroupName="/pipe"))["events"]
    records = [json.loads(event["message"]) for event in events]
    assert [record["messageType"] for record in records] == steps
    assert all('"body":"a"' in r["payload"] for r in records if r["messageType"] == "EXECUTION_STARTED")


async def test_a_failure_is_told_at_every_level_but_off(pipe, client, send):
    logs = client("logs")
    await logs.create_log_group(logGroupName="/pipe")
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/pipe"
    await pipe(
        Target="arn:aws:sqs:us-east-1:000000000000:nowhere",
        LogConfiguration={"Level": "ERROR", "CloudwatchLogsLogDestination": {"LogGroupArn": arn}},
    )
    await send("a")
    events = (await logs.filter_log_events(logGroupName="/pipe"))["events"]
    records = [json.loads(event["message"]) for event in events]
    steps = ["TARGET_INVOCATION_FAILED", "TARGET_STAGE_FAILED", "EXECUTION_FAILED"]
    assert [record["messageType"] for record in records] == steps
    assert records[0]["error"]["awsService"] == "sqs"
    assert "payload" not in records[0]


async def test_executions_are_counted(pipe, client, send, clock):
    await pipe()
    await send("a")
    await clock.advance(1_000)
    found = await client("cloudwatch").list_metrics(
        Namespace="AWS/EventBridge/Pipes", MetricName="Invocations"
    )
    assert [{"Name": "PipeName", "Value": "p"}] in [metric["Dimensions"] for metric in found["Metrics"]]
