"""Event source mappings at work: what reaches the function, and what becomes of the messages."""

import asyncio
import json

import pytest

SECOND_MS = 1_000


def bodies_of(event):
    return [record["body"] for record in event["Records"]]


def fail(_event):
    raise ValueError("no luck")


@pytest.fixture
async def f(engine, create):
    """A scripted function named f."""
    await create("f")
    return engine


@pytest.fixture
def send(sqs):
    async def many(url, *bodies, group=None):
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(n), "MessageBody": body} | ({"MessageGroupId": group} if group else {})
                for n, body in enumerate(bodies[start : start + 10])
            ]
            await sqs.send_message_batch(QueueUrl=url, Entries=entries)

    return many


async def test_a_message_reaches_the_function_as_aws_writes_it_and_is_deleted(
    f, queue, map_queue, sqs, clock, left
):
    url, arn = await queue()
    await map_queue(arn)
    sent = await sqs.send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "a"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )
    await clock.settle()
    (event,) = f.events("f")
    (record,) = event["Records"]
    assert record.pop("receiptHandle")
    assert record.pop("attributes") == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(clock.now_ms()),
        "SenderId": "000000000000",
        "ApproximateFirstReceiveTimestamp": str(clock.now_ms()),
    }
    assert record == {
        "messageId": sent["MessageId"],
        "body": "hello",
        "messageAttributes": {
            "text": {
                "stringValue": "a",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "raw": {
                "binaryValue": "AAE=",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary",
            },
        },
        "md5OfMessageAttributes": sent["MD5OfMessageAttributes"],
        "md5OfBody": sent["MD5OfMessageBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }
    assert await left(url) == 0


async def test_messages_that_waited_for_the_mapping_are_taken_in_batches(
    f, queue, map_queue, send, clock, left
):
    url, arn = await queue()
    await send(url, *(str(n) for n in range(25)))
    await map_queue(arn, BatchSize=10)
    await clock.settle()
    assert max(len(event["Records"]) for event in f.events("f")) == 10
    seen = [body for event in f.events("f") for body in bodies_of(event)]
    assert sorted(seen, key=int) == [str(n) for n in range(25)]
    assert await left(url) == 0


async def test_a_batch_that_fails_comes_again_after_the_visibility_timeout(
    f, queue, map_queue, send, clock, left
):
    f.scripts["f"] = fail
    url, arn = await queue(VisibilityTimeout="30")
    await map_queue(arn)
    await send(url, "a")
    start_ms = clock.now_ms()
    await clock.advance(61 * SECOND_MS)
    assert [at_ms - start_ms for at_ms in f.times_ms("f")] == [0, 30 * SECOND_MS, 60 * SECOND_MS]
    assert await left(url) == 1


async def test_poison_goes_to_the_dead_letter_queue_and_running_until_idle_ends(
    f, queue, map_queue, send, clock, left, bodies
):
    f.scripts["f"] = fail
    dead_url, dead_arn = await queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})
    url, arn = await queue(VisibilityTimeout="100", RedrivePolicy=policy)
    await map_queue(arn)
    await send(url, "a")
    await clock.run_until_idle()
    assert len(f.calls) == 3
    assert await left(url) == 0
    assert await bodies(dead_url) == ["a"]


async def test_only_the_messages_that_the_function_reports_come_again(f, queue, map_queue, send, clock, left):
    def all_but_b(event):
        bad = [r["messageId"] for r in event["Records"] if r["body"] == "b"]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}

    f.scripts["f"] = all_but_b
    url, arn = await queue()
    await send(url, "a", "b", "c")
    await map_queue(arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    await clock.advance(30 * SECOND_MS)
    assert [sorted(bodies_of(event)) for event in f.events("f")] == [["a", "b", "c"], ["b"]]
    assert await left(url) == 1


@pytest.mark.parametrize("answer", [b"{", b'{"batchItemFailures": [{"itemIdentifier": "unknown"}]}'])
async def test_a_report_that_makes_no_sense_fails_the_whole_batch(
    f, queue, map_queue, send, clock, left, answer
):
    f.scripts["f"] = lambda event: answer
    url, arn = await queue()
    await map_queue(arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    await send(url, "a", "b")
    await clock.settle()
    assert await left(url) == 2


async def test_reported_failures_count_only_where_the_mapping_says_so(f, queue, map_queue, send, clock, left):
    f.scripts["f"] = lambda event: {
        "batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]
    }
    url, arn = await queue()
    await map_queue(arn)
    await send(url, "a")
    await clock.settle()
    assert await left(url) == 0


async def test_a_batching_window_gathers_until_it_ends(f, queue, map_queue, send, clock):
    url, arn = await queue()
    await map_queue(arn, BatchSize=100, MaximumBatchingWindowInSeconds=5)
    await send(url, "a")
    await clock.advance(3 * SECOND_MS)
    await send(url, "b")
    assert f.calls == []
    await clock.advance(2 * SECOND_MS)
    assert [bodies_of(event) for event in f.events("f")] == [["a", "b"]]


async def test_a_full_batch_does_not_wait_for_its_window(f, queue, map_queue, send, clock):
    url, arn = await queue()
    await map_queue(arn, BatchSize=20, MaximumBatchingWindowInSeconds=300)
    await send(url, *(str(n) for n in range(20)))
    await clock.settle()
    assert [len(event["Records"]) for event in f.events("f")] == [20]


async def test_running_until_idle_comes_to_the_end_of_a_window(f, queue, map_queue, send, clock):
    url, arn = await queue()
    await map_queue(arn, BatchSize=20, MaximumBatchingWindowInSeconds=60)
    await send(url, "a")
    await clock.run_until_idle()
    assert [bodies_of(event) for event in f.events("f")] == [["a"]]


async def test_running_until_idle_ends_at_once_where_mappings_have_nothing_to_do(f, queue, map_queue, clock):
    _, arn = await queue()
    await map_queue(arn)
    before_ms = clock.now_ms()
    await clock.run_until_idle()
    assert clock.now_ms() == before_ms


async def test_an_event_holds_no_more_than_six_megabytes(f, queue, map_queue, send, clock, left):
    url, arn = await queue()
    for _ in range(12):
        await send(url, "x" * 1_000_000)
    await map_queue(arn, BatchSize=100, MaximumBatchingWindowInSeconds=1)
    await clock.advance(10 * SECOND_MS)
    assert max(len(call.invocation.payload) for call in f.calls) <= 6 * 1024 * 1024
    assert await left(url) == 0


async def test_messages_that_no_filter_wants_are_deleted(f, queue, map_queue, send, clock, left):
    url, arn = await queue()
    pattern = json.dumps({"body": {"kind": ["order"]}})
    await map_queue(arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    await send(url, '{"kind": "order"}', '{"kind": "other"}', "no json")
    await clock.settle()
    assert [bodies_of(event) for event in f.events("f")] == [['{"kind": "order"}']]
    assert await left(url) == 0


async def test_a_group_of_a_fifo_queue_is_handled_in_order_through_failures(
    f, queue, map_queue, send, clock, left
):
    seen = []

    def second_time_lucky(event):
        seen.extend(bodies_of(event))
        if seen.count("a") < 2:
            raise ValueError("not yet")

    f.scripts["f"] = second_time_lucky
    url, arn = await queue("orders.fifo")
    await map_queue(arn, BatchSize=1)
    await send(url, "a", "b", "c", group="g")
    await clock.run_until_idle()
    assert seen == ["a", "a", "b", "c"]
    assert await left(url) == 0


async def test_no_more_batches_than_maximum_concurrency_are_with_the_function(
    f, queue, map_queue, send, clock, left
):
    running, most, two, gate = 0, 0, asyncio.Event(), asyncio.Event()

    async def wait(_event):
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            two.set()
        await gate.wait()
        running -= 1

    f.scripts["f"] = wait
    url, arn = await queue()
    await map_queue(arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    await send(url, *"abcdef")
    await two.wait()
    asyncio.get_running_loop().call_later(0.05, gate.set)  # a third would come in this time
    await clock.settle()
    assert most == 2
    assert await left(url) == 0


async def test_five_batches_are_with_the_function_at_first(f, queue, map_queue, send, clock):
    running, most, five, gate = 0, 0, asyncio.Event(), asyncio.Event()

    async def wait(_event):
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 5:
            five.set()
        await gate.wait()
        running -= 1

    f.scripts["f"] = wait
    url, arn = await queue()
    await map_queue(arn, BatchSize=1)
    await send(url, *"abcdefghij")
    await five.wait()
    asyncio.get_running_loop().call_later(0.05, gate.set)  # a sixth would come in this time
    await clock.settle()
    assert most == 5


async def test_a_throttled_function_is_tried_again_with_the_same_messages(
    f, functions, queue, map_queue, send, clock, left
):
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    url, arn = await queue()
    await map_queue(arn)
    await send(url, "a")
    await clock.advance(2 * SECOND_MS)
    assert f.calls == []
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    await clock.advance(5 * SECOND_MS)
    assert [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in f.events("f")] == ["1"]
    assert await left(url) == 0


async def test_a_disabled_mapping_takes_nothing_until_it_is_enabled(
    f, functions, queue, map_queue, send, clock, left
):
    url, arn = await queue()
    uuid = await map_queue(arn)
    await functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    await clock.settle()
    await send(url, "a")
    await clock.advance(60 * SECOND_MS)
    assert (f.calls, await left(url)) == ([], 1)
    await functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    await clock.settle()
    assert (len(f.calls), await left(url)) == (1, 0)


async def test_a_deleted_mapping_takes_nothing(f, functions, queue, map_queue, send, clock, left):
    url, arn = await queue()
    await functions.delete_event_source_mapping(UUID=await map_queue(arn))
    await clock.settle()
    await send(url, "a")
    await clock.advance(60 * SECOND_MS)
    assert (f.calls, await left(url)) == ([], 1)


async def test_a_change_of_the_batch_size_takes_effect(f, functions, queue, map_queue, send, clock):
    url, arn = await queue()
    uuid = await map_queue(arn)
    await functions.update_event_source_mapping(UUID=uuid, BatchSize=1)
    await clock.settle()
    await send(url, "a", "b")
    await clock.settle()
    assert [len(event["Records"]) for event in f.events("f")] == [1, 1]


async def test_nothing_is_taken_while_the_function_is_gone(
    f, functions, create, queue, map_queue, send, clock, left
):
    url, arn = await queue()
    uuid = await map_queue(arn)
    await functions.delete_function(FunctionName="f")
    await clock.advance(20 * SECOND_MS)
    await send(url, "a")
    await clock.advance(60 * SECOND_MS)
    found = await functions.get_event_source_mapping(UUID=uuid)
    assert found["LastProcessingResult"] == "PROBLEM: Function not found"
    await create("f")
    await clock.advance(60 * SECOND_MS)
    assert (len(f.calls), await left(url)) == (1, 0)
    assert "LastProcessingResult" not in await functions.get_event_source_mapping(UUID=uuid)


async def test_a_mapping_says_that_its_queue_is_gone(f, functions, sqs, queue, map_queue, clock):
    url, arn = await queue()
    uuid = await map_queue(arn)
    await sqs.delete_queue(QueueUrl=url)
    await clock.advance(60 * SECOND_MS)
    found = await functions.get_event_source_mapping(UUID=uuid)
    assert (found["State"], found["LastProcessingResult"]) == ("Enabled", "PROBLEM: Queue not found")


async def test_a_mapping_of_an_alias_follows_it(f, functions, queue, map_queue, send, clock):
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    url, arn = await queue()
    await map_queue(arn, "f:live")
    await send(url, "a")
    await clock.settle()
    await functions.update_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    await send(url, "b")
    await clock.settle()
    assert [call.version for call in f.calls] == ["1", "$LATEST"]
    assert f.calls[0].invocation.invoked_arn.endswith(":function:f:live")


async def test_messages_wait_out_their_delay(f, sqs, queue, map_queue, clock):
    url, arn = await queue()
    await map_queue(arn)
    start_ms = clock.now_ms()
    await sqs.send_message(QueueUrl=url, MessageBody="a", DelaySeconds=600)
    await clock.run_until_idle()
    assert [at_ms - start_ms for at_ms in f.times_ms("f")] == [600 * SECOND_MS]


async def test_a_reset_forgets_mappings(world, f, functions, queue, map_queue, send, clock, left):
    _, arn = await queue()
    await map_queue(arn)
    await world.app.reset()
    url, _ = await queue()
    await send(url, "a")
    await clock.advance(60 * SECOND_MS)
    assert (f.calls, await left(url)) == ([], 1)
    assert (await functions.list_event_source_mappings())["EventSourceMappings"] == []
