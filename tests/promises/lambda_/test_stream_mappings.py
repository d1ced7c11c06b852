"""Event source mappings of streams: order, batches, retries, places that outlive everything."""

import asyncio
import itertools
import json
from datetime import UTC, datetime

import pytest

from sundog.config import Config
from sundog.ids import SeededIds
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.pollers import Pollers
from sundog.testing.engine import ScriptedEngine
from sundog.testing.streams import ScriptedShard, ScriptedStream
from sundog.testing.world import World

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
ROLE = "arn:aws:iam::000000000000:role/anything"


def data_of(event):
    """What a batch holds, as it was put."""
    return [plain_or_json(record["kinesis"]["data"]) for record in event["Records"]]


def plain_or_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.fixture
def streams(world):
    streams = ScriptedStream(world)
    world.app.parts.add(streams)
    return streams


@pytest.fixture
def map_stream(functions, streams, clock):
    """``uuid = await map_stream(BatchSize=5)``: a mapping of the stream to ``f`` that is enabled."""

    async def make(function="f", start="TRIM_HORIZON", arn=ARN, **members):
        made = await functions.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=function, StartingPosition=start, **members
        )
        await clock.settle()
        return made["UUID"]

    return make


def batches(engine, name="f"):
    return [data_of(event) for event in engine.events(name)]


def fail(*_):
    raise ValueError("no luck")


async def test_a_new_mapping_has_the_defaults_of_streams(functions, create, streams):
    await create("f")
    made = await functions.create_event_source_mapping(
        EventSourceArn=ARN, FunctionName="f", StartingPosition="TRIM_HORIZON"
    )
    assert {k: v for k, v in made.items() if k not in ("UUID", "EventSourceMappingArn", "LastModified")} == {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "EventSourceArn": ARN,
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "StartingPosition": "TRIM_HORIZON",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
    } | {"ResponseMetadata": made["ResponseMetadata"]}


async def test_records_come_in_order_in_batches_of_the_size_asked_for(engine, create, streams, map_stream):
    await create("f")
    await streams.put(*range(5))
    await map_stream(BatchSize=2)
    assert batches(engine) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(("start", "seen"), [("TRIM_HORIZON", [[1], [2]]), ("LATEST", [[2]])])
async def test_reading_begins_where_it_was_asked_to(engine, create, streams, map_stream, clock, start, seen):
    await create("f")
    await streams.put(1)
    await map_stream(start=start)
    await streams.put(2)
    await clock.settle()
    assert batches(engine) == seen


async def test_reading_begins_at_a_time(engine, create, streams, map_stream, clock):
    await create("f")
    await streams.put(1)
    await clock.advance(5_000)
    await streams.put(2)
    await map_stream(start="AT_TIMESTAMP", StartingPositionTimestamp=clock.now_ms() / 1000)
    assert batches(engine) == [[2]]


async def test_a_batching_window_gathers_until_it_ends_or_the_batch_is_full(
    engine, create, streams, map_stream, clock
):
    await create("f")
    await map_stream(BatchSize=3, MaximumBatchingWindowInSeconds=10)
    await streams.put(1)
    await clock.advance(9_000)
    await streams.put(2)
    await clock.advance(999)
    assert batches(engine) == []
    await clock.advance(1)
    assert batches(engine) == [[1, 2]]
    await streams.put(3, 4, 5)
    await clock.settle()
    assert batches(engine) == [[1, 2], [3, 4, 5]]


async def test_a_batch_that_fails_blocks_its_shard_and_no_other(engine, create, streams, map_stream, clock):
    await create("f")
    streams.shards_by_id["s-1"] = ScriptedShard()
    engine.scripts["f"] = lambda event: fail() if data_of(event) == ["bad"] else None
    await map_stream(BatchSize=1)
    await streams.put("bad", "good")
    await streams.put("other", shard="s-1")
    await clock.advance(60_000)
    seen = batches(engine)
    assert ["other"] in seen
    assert ["good"] not in seen
    assert seen.count(["bad"]) > 3


async def test_tries_come_later_and_later(engine, create, streams, map_stream, clock):
    await create("f")
    engine.scripts["f"] = fail
    await map_stream()
    await streams.put(1)
    await clock.advance(10_000)
    times = engine.times_ms("f")
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert waits == [500, 1_000, 2_000, 4_000]


async def test_after_its_retries_a_batch_is_given_up_and_told_of(
    engine, create, streams, map_stream, clock, queue, bodies
):
    await create("f")
    url, arn = await queue("lost")
    engine.scripts["f"] = lambda event: fail() if "bad" in data_of(event) else None
    uuid = await map_stream(
        MaximumRetryAttempts=2, DestinationConfig={"OnFailure": {"Destination": arn}}, BatchSize=2
    )
    await streams.put("bad", "x", "good")
    await clock.advance(60_000)
    assert batches(engine) == [["bad", "x"]] * 3 + [["good"]]
    (record,) = map(json.loads, await bodies(url))
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    info = record["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == ("0", "1", 2)
    assert (info["shardId"], info["streamArn"]) == ("s-0", ARN)
    assert uuid


async def test_records_that_are_too_old_are_given_up(
    engine, create, streams, map_stream, clock, queue, bodies
):
    await create("f")
    url, arn = await queue("lost")
    engine.scripts["f"] = fail
    await map_stream(MaximumRecordAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": arn}})
    await streams.put("bad")
    await clock.advance(59_000)
    assert await bodies(url) == []
    await clock.advance(70_000)
    (record,) = map(json.loads, await bodies(url))
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"


async def test_bisecting_finds_the_bad_record(engine, create, streams, map_stream, clock, queue, bodies):
    await create("f")
    url, arn = await queue("lost")
    engine.scripts["f"] = lambda event: fail() if "bad" in data_of(event) else None
    await map_stream(
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    await streams.put("a", "b", "bad", "c")
    await clock.advance(60_000)
    assert batches(engine) == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["c"]]
    (record,) = map(json.loads, await bodies(url))
    assert record["KinesisBatchInfo"]["startSequenceNumber"] == "2"


async def test_a_partial_answer_goes_on_from_the_first_that_failed(
    engine, create, streams, map_stream, clock
):
    await create("f")
    answers = iter(({"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "1"}]}, None))
    engine.scripts["f"] = lambda event: next(answers)
    await map_stream(FunctionResponseTypes=["ReportBatchItemFailures"])
    await streams.put("a", "b", "c")
    await clock.advance(5_000)
    assert batches(engine) == [["a", "b", "c"], ["b", "c"]]


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"other": "1"}]},
        {"batchItemFailures": "1"},
        [1],
    ],
)
async def test_a_partial_answer_that_makes_no_sense_is_a_failure(
    engine, create, streams, map_stream, clock, answer
):
    await create("f")
    answers = iter((answer, {}))
    engine.scripts["f"] = lambda event: next(answers)
    await map_stream(FunctionResponseTypes=["ReportBatchItemFailures"])
    await streams.put("a", "b")
    await clock.advance(5_000)
    assert batches(engine) == [["a", "b"]] * 2


async def test_lanes_run_side_by_side_and_keep_the_order_of_each_key(
    engine, create, streams, map_stream, clock
):
    await create("f")
    may_end = asyncio.Event()
    running = []

    async def run(event):
        running.append(data_of(event))
        await may_end.wait()

    engine.scripts["f"] = run
    await map_stream(BatchSize=1, ParallelizationFactor=10)
    for number in range(10):
        await streams.put(f"{number}-a", f"{number}-b", key=str(number))
    async with asyncio.timeout(30):  # functions that run keep the clock busy: it cannot say when
        while len(running) <= 2:
            await clock.sleep_wall(0.001)
    assert len(running) <= 10
    assert all(data[0].endswith("-a") for data in running)
    may_end.set()
    await clock.settle()
    order = [data[0] for data in batches(engine)]
    assert len(order) == 20
    assert all(order.index(f"{n}-a") < order.index(f"{n}-b") for n in range(10))


async def test_only_what_a_filter_wants_goes_to_the_function(engine, create, streams, map_stream, clock):
    await create("f")
    pattern = json.dumps({"data": {"kind": ["a"]}})
    await map_stream(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    await streams.put({"kind": "a"}, {"kind": "b"}, "plain", {"kind": "a", "n": 1})
    await streams.put({"kind": "b"})
    await clock.settle()
    assert [one for batch in batches(engine) for one in batch] == [{"kind": "a"}, {"kind": "a", "n": 1}]


async def test_children_are_read_after_their_parents(engine, create, streams, map_stream, clock):
    await create("f")
    streams.shards_by_id["s-1"] = ScriptedShard(parents=("s-0",))
    await map_stream()
    await streams.put("child", shard="s-1")
    await clock.settle()
    assert batches(engine) == []
    await streams.put("parent")
    await clock.settle()
    streams.shards_by_id["s-0"].is_closed = True
    await streams.wake()
    await clock.advance(11_000)
    assert batches(engine) == [["parent"], ["child"]]


async def test_a_mapping_that_was_disabled_goes_on_where_it_stopped(
    functions, engine, create, streams, map_stream, clock
):
    await create("f")
    uuid = await map_stream()
    await streams.put(1)
    await clock.settle()
    await functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    await clock.settle()
    await streams.put(2)
    await clock.settle()
    assert batches(engine) == [[1]]
    await functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    await clock.settle()
    assert batches(engine) == [[1], [2]]


async def test_a_deleted_mapping_leaves_nothing(functions, engine, create, streams, map_stream, clock):
    await create("f")
    uuid = await map_stream()
    await streams.put(1)
    await clock.settle()
    await functions.delete_event_source_mapping(UUID=uuid)
    await clock.settle()
    await map_stream()
    assert batches(engine) == [[1], [1]]


async def test_the_result_of_the_last_batch_is_shown(functions, engine, create, streams, map_stream, clock):
    await create("f")
    uuid = await map_stream()

    async def result():
        return (await functions.get_event_source_mapping(UUID=uuid))["LastProcessingResult"]

    assert await result() == "No records processed"
    await streams.put(1)
    await clock.settle()
    assert await result() == "OK"
    engine.scripts["f"] = fail
    await streams.put(2)
    await clock.settle()
    assert await result() == "PROBLEM: Function call failed"


async def test_a_throttled_batch_waits_and_costs_no_retry(
    functions, engine, create, streams, map_stream, clock
):
    await create("f")
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    await map_stream(MaximumRetryAttempts=0)
    await streams.put(1)
    await clock.advance(10_000)
    assert batches(engine) == []
    await functions.delete_function_concurrency(FunctionName="f")
    await clock.advance(60_000)
    assert batches(engine) == [[1]]


async def test_the_age_of_the_iterator_is_a_metric(client, engine, create, streams, map_stream, clock):
    await create("f")
    await streams.put(1, time_ms=clock.now_ms() - 7_000)
    await map_stream()
    found = await client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "FunctionName", "Value": "f"}],
        StartTime=clock.now_ms() / 1000 - 60,
        EndTime=clock.now_ms() / 1000 + 60,
        Period=60,
        Statistics=["Maximum"],
    )
    assert [point["Maximum"] for point in found["Datapoints"]] == [7_000]


async def test_events_are_counted_for_mappings_that_ask(client, engine, create, streams, map_stream, clock):
    await create("f")
    uuid = await map_stream(
        MetricsConfig={"Metrics": ["EventCount"]},
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"data": {"n": [1]}})}]},
    )
    await streams.put({"n": 1}, {"n": 2})
    await clock.settle()
    for metric, count in (("PolledEventCount", 2), ("FilteredOutEventCount", 1), ("InvokedEventCount", 1)):
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "EventSourceMappingUUID", "Value": uuid}],
            StartTime=clock.now_ms() / 1000 - 60,
            EndTime=clock.now_ms() / 1000 + 60,
            Period=60,
            Statistics=["Sum"],
        )
        assert sum(point["Sum"] for point in found["Datapoints"]) == count, metric


async def test_a_function_that_is_gone_is_a_problem_of_the_mapping(
    functions, engine, create, streams, map_stream, clock
):
    await create("f")
    uuid = await map_stream()
    await functions.delete_function(FunctionName="f")
    await streams.put(1)
    await clock.settle()
    found = await functions.get_event_source_mapping(UUID=uuid)
    assert found["LastProcessingResult"] == "PROBLEM: Function not found"
    await create("f")
    await clock.advance(60_000)
    assert batches(engine) == [[1]]


async def test_two_nodes_share_the_shards_of_a_stream(
    request, world, models, engine, create, streams, map_stream, clock, bundle
):
    """Each shard is read by one of them; when it stops, by the other, from the same place."""
    if request.config.getoption("--store") != "postgres":
        pytest.skip("nodes share PostgreSQL")
    await create("f")
    await map_stream(BatchSize=1)
    async with World(world.config, models=models, ids=SeededIds(2), clock=clock) as other:
        other.app.parts.add(streams)
        both = ScriptedEngine(clock)
        await other.app.parts.get(Compute).use(both)
        code = {"ZipFile": bundle("def handler(event, context):\n    return event\n")}
        await other.client("lambda").update_function_code(FunctionName="f", **code)
        await streams.put(1, 2, 3)
        await clock.advance(5_000)
        assert sorted(batches(engine) + batches(both)) == [[1], [2], [3]]
        await world.app.parts.get(Pollers).stop()
        await streams.put(4)
        await clock.advance(120_000)
        assert sorted(batches(engine) + batches(both)) == [[1], [2], [3], [4]]


# Tumbling windows


async def test_a_tumbling_window_carries_its_state_to_its_end(engine, create, streams, map_stream, clock):
    await create("f")
    engine.scripts["f"] = lambda event: {"state": {"sum": event["state"].get("sum", 0) + sum(data_of(event))}}
    await map_stream(TumblingWindowInSeconds=60)
    await clock.advance(60_000 - clock.now_ms() % 60_000)
    start_ms = clock.now_ms()
    await streams.put(1, 2)
    await clock.advance(10_000)
    await streams.put(3)
    await clock.advance(49_999)
    assert [event["isFinalInvokeForWindow"] for event in engine.events("f")] == [False, False]
    await clock.advance(1)
    first, second, last = engine.events("f")
    assert (first["state"], second["state"], last["state"]) == ({}, {"sum": 3}, {"sum": 6})
    assert (last["isFinalInvokeForWindow"], last["isWindowTerminatedEarly"]) == (True, False)
    assert last["Records"] == []
    assert first["window"]["start"] == iso(start_ms)
    assert first["window"]["end"] == iso(start_ms + 60_000)
    assert (first["shardId"], first["eventSourceARN"]) == ("s-0", ARN)
    await streams.put(10)
    await clock.settle()
    assert engine.events("f")[-1]["state"] == {}


def iso(ms):
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def test_a_window_that_is_split_ends_with_its_last_piece(engine, create, streams, map_stream, clock):
    await create("f")

    def add(event):
        if len(event["Records"]) > 1:
            raise ValueError("too many")
        return {"state": {"sum": event["state"].get("sum", 0) + sum(data_of(event))}}

    engine.scripts["f"] = add
    await streams.put(1, 2, time_ms=clock.now_ms() - 120_000)
    await map_stream(TumblingWindowInSeconds=60, BisectBatchOnFunctionError=True)
    await clock.settle()
    seen = [(data_of(e), e["state"], e["isFinalInvokeForWindow"]) for e in engine.events("f")]
    assert seen == [([1, 2], {}, True), ([1], {}, False), ([2], {"sum": 1}, True)]


async def test_a_window_ends_early_when_its_shard_does(engine, create, streams, map_stream, clock):
    await create("f")
    engine.scripts["f"] = lambda event: {"state": {"n": 1}}
    await map_stream(TumblingWindowInSeconds=900)
    await clock.advance(900_000 - clock.now_ms() % 900_000)
    await streams.put(1)
    await clock.settle()
    streams.shards_by_id["s-0"].is_closed = True
    await streams.wake()
    await clock.settle()
    last = engine.events("f")[-1]
    assert (last["isFinalInvokeForWindow"], last["isWindowTerminatedEarly"]) == (True, True)
    assert last["state"] == {"n": 1}


async def test_a_mapping_whose_windows_are_taken_away_forgets_the_one_under_way(
    functions, engine, create, streams, map_stream, clock
):
    await create("f")
    uuid = await map_stream(TumblingWindowInSeconds=900)
    await streams.put(1)
    await clock.settle()
    await functions.update_event_source_mapping(UUID=uuid, TumblingWindowInSeconds=0)
    await clock.settle()
    await streams.put(2)
    await clock.settle()
    first, second = engine.events("f")
    assert "window" in first
    assert (data_of(second), "window" in second) == ([2], False)


async def test_a_state_that_grows_too_large_ends_its_window(engine, create, streams, map_stream, clock):
    await create("f")
    engine.scripts["f"] = lambda event: {"state": {"x": "y" * (1 << 20)}}
    await map_stream(TumblingWindowInSeconds=900)
    await streams.put(1)
    await clock.settle()
    first, last = engine.events("f")
    assert (last["isFinalInvokeForWindow"], last["isWindowTerminatedEarly"]) == (True, True)
    assert last["state"] == first["state"] == {}


# Restarts


async def test_a_restart_goes_on_from_the_last_batch_that_was_taken(tmp_path, models, bundle):
    config = Config(port=0, data=tmp_path)
    kept = {}

    async def run(*data):
        async with World(config, models=models, ids=SeededIds(len(kept) + 1)) as world:
            streams = ScriptedStream(world)
            if kept:
                streams.shards_by_id = kept["all"]
            world.app.parts.add(streams)
            seen = await use(world, streams, bundle, *data)
            kept["all"] = streams.shards_by_id
            return seen

    assert await run("a", "b") == [["a", "b"]]
    assert await run("c") == [["c"]]


async def use(world, streams, bundle, *data):
    engine = ScriptedEngine(world.clock)
    await world.app.parts.get(Compute).use(engine)
    functions = world.client("lambda")
    if not (await functions.list_functions())["Functions"]:
        await functions.create_function(
            FunctionName="f",
            Runtime="python3.11",
            Handler="a.b",
            Role=ROLE,
            Code={"ZipFile": bundle("")},
        )
        await functions.create_event_source_mapping(
            EventSourceArn=ARN, FunctionName="f", StartingPosition="TRIM_HORIZON"
        )
    await streams.put(*data)
    await world.clock.advance(5_000)
    return [data_of(event) for event in engine.events("f")]


# What may be asked for


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({}, "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."),
        ({"StartingPosition": "AT_TIMESTAMP"}, "StartingPositionTimestamp must be specified"),
        (
            {"StartingPosition": "LATEST", "MaximumRecordAgeInSeconds": 59},
            "MaximumRecordAgeInSeconds must be",
        ),
        (
            {"StartingPosition": "LATEST", "ScalingConfig": {"MaximumConcurrency": 2}},
            "Unsupported ScalingConfig",
        ),
        ({"StartingPosition": "LATEST", "Topics": ["topic"]}, "Unsupported Topics parameter"),
        (
            {
                "StartingPosition": "LATEST",
                "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:iam::000000000000:role/x"}},
            },
            "is invalid.",
        ),
        ({"StartingPosition": "LATEST", "FilterCriteria": {"Filters": [{"Pattern": "x"}]}}, ""),
    ],
)
async def test_what_a_stream_cannot_have_is_refused_in_aws_words(
    functions, create, streams, refusal, members, words
):
    await create("f")
    code, message = await refusal(
        functions.create_event_source_mapping(EventSourceArn=ARN, FunctionName="f", **members)
    )
    assert code in ("InvalidParameterValueException", "ValidationException")
    assert words in message


async def test_a_table_has_no_starting_time(functions, create, streams, refusal):
    await create("f")
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000"
    asked = functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1
    )
    assert await refusal(asked) == (
        "InvalidParameterValueException",
        f"Unsupported starting position for arn type: {arn}",
    )


async def test_a_stream_that_is_not_there_and_one_mapped_already_are_refused(
    functions, create, streams, map_stream, refusal
):
    await create("f")
    uuid = await map_stream()
    assert await refusal(map_stream()) == (
        "ResourceConflictException",
        f'The event source arn (" {ARN} ") and function (" f ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}",
    )
    streams.shards_by_id.clear()
    await create("g")
    assert await refusal(map_stream("g")) == (
        "InvalidParameterValueException",
        f"Stream not found: {ARN}",
    )
