"""What Lambda counts, and for which dimensions; the trace header that functions get."""

import asyncio

import pytest

from sundog.protocol.http import HttpRequest


@pytest.fixture
def shown(client, clock):
    """A statistic of a metric over the last minutes; 0 where there is no such series."""

    async def get(metric, statistic="Sum", **dimensions):
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=clock.now_ms() / 1000 - 200_000,
            EndTime=clock.now_ms() / 1000 + 600,
            Period=86_400,
            Statistics=[statistic],
        )
        return max((point[statistic] for point in found["Datapoints"]), default=0)

    return get


async def test_an_invocation_is_counted_for_its_function_its_alias_and_the_version(
    functions, engine, create, call, shown, clock
):
    await create("f")
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await call("f", {}, Qualifier="live")
    await call("f", {})
    await clock.settle()
    assert await shown("Invocations") == 2
    assert await shown("Invocations", FunctionName="f") == 2
    assert await shown("Invocations", FunctionName="f", Resource="f") == 1
    assert await shown("Invocations", FunctionName="f", Resource="f:live") == 1
    assert await shown("Invocations", FunctionName="f", Resource="f:live", ExecutedVersion="1") == 1


async def test_the_concurrency_of_the_account_is_counted(functions, engine, create, call, shown, clock):
    await create("f")
    await create("g")
    await functions.put_function_concurrency(FunctionName="g", ReservedConcurrentExecutions=100)
    both = asyncio.Event()
    waiting = []

    async def together(_event):
        waiting.append(1)
        if len(waiting) == 2:
            both.set()
        await both.wait()

    engine.scripts["f"] = together
    await asyncio.gather(call("f", {}), call("f", {}))
    await call("g", {})
    await clock.settle()
    assert await shown("UnreservedConcurrentExecutions", "Maximum") == 2
    assert await shown("ClaimedAccountConcurrency", "Maximum") == 102
    assert await shown("ConcurrentExecutions", "Maximum", FunctionName="f") == 2


@pytest.mark.parametrize(("mode", "sampled"), [("Active", "Sampled=1"), ("PassThrough", "Sampled=0")])
async def test_a_trace_that_nobody_began_is_sampled_where_the_function_traces(
    engine, create, call, mode, sampled
):
    await create("f", TracingConfig={"Mode": mode})
    await call("f", {})
    members = engine.calls[-1].invocation.trace_header.split(";")
    assert [member.partition("=")[0] for member in members] == ["Root", "Parent", "Sampled", "Lineage"]
    assert members[2] == sampled


async def test_requests_to_urls_are_counted(world, functions, engine, create, shown, clock):
    await create("f")
    config = await functions.create_function_url_config(FunctionName="f", AuthType="NONE")
    host = config["FunctionUrl"].removeprefix("http://").rstrip("/")

    async def get():
        request = HttpRequest("GET", "/", "", {"host": host}, b"")
        return (await world.app.server.answer(request, lambda: True)).status

    assert await get() == 200
    engine.scripts["f"] = lambda event: {"statusCode": 404}
    assert await get() == 404
    engine.scripts["f"] = lambda event: {"statusCode": "x"}
    assert await get() == 502
    await clock.settle()
    assert await shown("UrlRequestCount", FunctionName="f") == 3
    assert await shown("Url4xxCount", FunctionName="f") == 1
    assert await shown("Url5xxCount", FunctionName="f") == 1
    assert await shown("UrlRequestLatency", "SampleCount", FunctionName="f") == 3


async def test_what_cannot_be_delivered_is_counted(functions, sqs, engine, create, queue, shown, clock):
    gone, arn = await queue("gone")
    await create("f", DeadLetterConfig={"TargetArn": arn})
    await functions.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": arn}}, MaximumRetryAttempts=0
    )
    await sqs.delete_queue(QueueUrl=gone)
    engine.scripts["f"] = lambda event: 1 / 0
    await functions.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    await clock.advance(25 * 3_600_000)
    assert await shown("AsyncEventsDropped", FunctionName="f") == 1
    assert await shown("DeadLetterErrors", FunctionName="f") == 1
    assert await shown("DestinationDeliveryFailures", FunctionName="f") == 1


async def test_the_messages_of_a_mapping_are_counted_where_it_asks(
    engine, create, queue, sqs, map_queue, shown, clock
):
    await create("f")
    url, arn = await queue()
    pattern = '{"body": {"n": [1]}}'
    uuid = await map_queue(
        arn, MetricsConfig={"Metrics": ["EventCount"]}, FilterCriteria={"Filters": [{"Pattern": pattern}]}
    )
    for body in ('{"n": 1}', '{"n": 2}'):
        await sqs.send_message(QueueUrl=url, MessageBody=body)
    await clock.advance(1_000)
    counts = {
        "PolledEventCount": 2,
        "FilteredOutEventCount": 1,
        "InvokedEventCount": 1,
        "DeletedEventCount": 1,
    }
    for metric, count in counts.items():
        assert await shown(metric, EventSourceMappingUUID=uuid) == count, metric
