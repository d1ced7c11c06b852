"""Streams as the source of pipes, with a stream that lives in the test: any kind keeps these promises."""

import base64
import contextlib
import json
from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.pipes.shard_readers import READ, read_shard
from sundog.services.pipes.streams import Read, StreamSources
from sundog.store.statements import Statement
from sundog.testing.crashes import DyingStore, ProcessDied
from sundog.work import WorkItem

_READER = "select * from work where kind = 'pipes.read_shard'"
READER = Statement("reader", _READER, _READER)

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
TO = "arn:aws:sqs:us-east-1:000000000000:to"


class ListedStream:
    """A stream whose shards are lists of (time, text); a position is the index of the next record."""

    parameters = "KinesisStreamParameters"
    batch_info = "KinesisBatchInfo"

    def __init__(self, clock):
        self.clock, self.records = clock, {"shard-0": []}

    def put(self, *texts, shard="shard-0"):
        self.records.setdefault(shard, []).extend((self.clock.now_ms(), text) for text in texts)

    async def shards(self, ctx, stream):
        return list(self.records)

    async def origin(self, ctx, stream, shard, start):
        return "0" if start.position == "TRIM_HORIZON" else str(len(self.records[shard]))

    async def read(self, ctx, stream, shard, after, count):
        first = int(after)
        found = self.records[shard][first : first + count]
        numbers = range(first, first + len(found))
        records = [
            {"sequenceNumber": str(at), "data": base64.b64encode(text.encode()).decode()}
            for at, (_, text) in zip(numbers, found, strict=True)
        ]
        return Read(records, [str(at + 1) for at in numbers], [at_ms for at_ms, _ in found])


@pytest.fixture
def stream(world, clock):
    stream = ListedStream(clock)
    world.app.parts.get(StreamSources).add("kinesis", stream)
    return stream


@pytest.fixture
def read(pipe):
    """``await read(MaximumRetryAttempts=1)``: a pipe from the stream to the queue ``to``."""

    async def create(filters=None, target=TO, template="<$.data>", **settings):
        parameters = {"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON", **settings}}
        if filters:
            parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(one)} for one in filters]}
        more = {"SourceParameters": parameters, "TargetParameters": {"InputTemplate": template}}
        return await pipe(Source=STREAM, Target=target, **more)

    return create


async def test_records_arrive_in_order_once(stream, read, received, clock):
    stream.put("1", "2", "3")
    await read(BatchSize=2)
    await clock.advance(5_000)
    assert await received() == ['"1"', '"2"', '"3"']
    stream.put("4")
    await clock.advance(1_000)
    assert await received() == ['"4"']


async def test_latest_begins_where_the_pipe_began(stream, read, received, clock):
    stream.put("old")
    await read(StartingPosition="LATEST")
    stream.put("new")
    await clock.advance(1_000)
    assert await received() == ['"new"']


async def test_every_shard_is_read(stream, read, received, clock):
    stream.put("a")
    stream.put("b", shard="shard-1")
    await read()
    assert set(await received()) == {'"a"', '"b"'}  # on PostgreSQL a conflict may deliver one again


async def test_a_pipe_goes_on_where_it_stopped(pipes, stream, read, received, clock):
    stream.put("1")
    await read()
    assert await received() == ['"1"']
    await pipes.stop_pipe(Name="p")
    stream.put("2")
    await clock.advance(5_000)
    assert await received() == []
    await pipes.start_pipe(Name="p")
    await clock.advance(1_000)
    assert await received() == ['"2"']


async def test_what_no_filter_wants_is_passed_over(stream, read, received, clock):
    stream.put('{"n": 1}', '{"n": 2}')
    await read(filters=[{"data": {"n": [2]}}], template="<$.data.n>")
    assert await received() == ["2"]


async def test_a_batch_that_fails_holds_its_shard_until_it_is_taken(stream, read, sqs, clock):
    stream.put("1")
    await read(target=TO + "-late")
    await clock.advance(10_000)
    stream.put("2")
    url = (await sqs.create_queue(QueueName="to-late"))["QueueUrl"]
    await clock.advance(60_000)
    messages = (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10))["Messages"]
    assert sorted(message["Body"] for message in messages) == ['"1"', '"2"']


async def test_a_batch_that_failed_too_often_is_a_dead_letter(stream, read, received, clock):
    stream.put("1", "2")
    await read(
        target=TO + "-none",
        MaximumRetryAttempts=2,
        DeadLetterConfig={"Arn": "arn:aws:sqs:us-east-1:000000000000:from"},
    )
    assert await received("from") == []
    await clock.advance(30_000)
    (letter,) = map(json.loads, await received("from"))
    assert letter["context"]["condition"] == "RetryAttemptsExhausted"
    info = letter["KinesisBatchInfo"]
    assert (info["batchSize"], info["shardId"], info["streamArn"]) == (2, "shard-0", STREAM)


async def test_a_record_that_is_too_old_is_a_dead_letter(stream, read, received, clock):
    stream.put("1")
    await clock.advance(120_000)
    await read(
        target=TO + "-none",
        MaximumRecordAgeInSeconds=60,
        DeadLetterConfig={"Arn": "arn:aws:sqs:us-east-1:000000000000:from"},
    )
    await clock.settle()
    (letter,) = map(json.loads, await received("from"))
    assert letter["context"]["condition"] == "MaximumRecordAgeExceeded"


async def test_a_stream_needs_its_starting_position(pipe, stream):
    with pytest.raises(Exception, match="StartingPosition"):
        await pipe(Source=STREAM)


async def test_an_update_keeps_the_starting_position(pipes, stream, read, clock):
    await read()
    changes = {"KinesisStreamParameters": {"BatchSize": 7}}
    await pipes.update_pipe(Name="p", RoleArn="arn:aws:iam::000000000000:role/r", SourceParameters=changes)
    found = (await pipes.describe_pipe(Name="p"))["SourceParameters"]["KinesisStreamParameters"]
    assert (found["BatchSize"], found["StartingPosition"]) == (7, "TRIM_HORIZON")


async def test_no_record_is_skipped_wherever_the_process_dies(world, stream, read, received, clock):
    """Dead at every step of a turn, then started again: each record arrives, at most twice."""
    await read()
    number, has_died = 0, True
    while has_died:
        number += 1
        await world.app.supervisor.stop(0)
        stream.put(f"r{number}")
        has_died = await _die_while_reading(world, number)
        await world.app.supervisor.start()
        await clock.advance(2_000)
        arrived = await received()
        assert set(arrived) == {f'"r{number}"'}
        assert len(arrived) <= 2
    assert number > 3


async def _die_while_reading(world, number):
    """One turn of the reader by hand, on a store that dies at step ``number``; whether it came to that."""
    async with world.app.store.transaction() as tx:
        row = await tx.one(READER)
    item = WorkItem(row["id"], READ, row["key"], Scope(), json.loads(row["payload"]), 1, 0, 0)
    store = DyingStore(world.app.store, number)
    ctx = world.app.system_context(Scope(), Principal.service("pipes.amazonaws.com", Scope().account))
    with contextlib.suppress(ProcessDied):
        await read_shard(replace(ctx, store=store), item)
    return store.has_died
