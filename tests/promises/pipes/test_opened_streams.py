"""Streams that a service opens for event source mappings are sources of pipes as well."""

import json

import pytest

from sundog.testing.streams import STREAM_ARN, ScriptedStream


@pytest.fixture
def stream(world):
    stream = ScriptedStream(world)
    world.app.parts.add(stream)
    return stream


async def test_a_stream_of_another_service_is_read(stream, pipe, received, clock):
    await stream.put({"n": 1}, key="a")
    await pipe(
        Source=STREAM_ARN,
        Target="arn:aws:sqs:us-east-1:000000000000:to",
        SourceParameters={"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON"}},
    )
    await stream.put({"n": 2}, key="b")
    await clock.advance(2_000)
    seen = list(map(json.loads, await received()))
    assert [(one["partitionKey"], one["sequenceNumber"]) for one in seen] == [("a", "0"), ("b", "1")]
    assert all(one["eventSource"] == "aws:kinesis" and "kinesis" not in one for one in seen)


async def test_a_stream_that_nobody_opens_is_refused_by_name(pipe):
    with pytest.raises(Exception, match="kinesis as a source of pipes"):
        await pipe(
            Source=STREAM_ARN,
            SourceParameters={"KinesisStreamParameters": {"StartingPosition": "LATEST"}},
        )
