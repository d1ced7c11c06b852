"""Log streams: names, order, what is known of their events."""

import pytest
from botocore.exceptions import ClientError


async def names(logs, **parameters):
    answer = await logs.describe_log_streams(logGroupName="app", **parameters)
    return [stream["logStreamName"] for stream in answer["logStreams"]], answer.get("nextToken")


async def all_names(logs, **parameters):
    listed, token = await names(logs, **parameters)
    while token is not None:
        page, token = await names(logs, nextToken=token, **parameters)
        listed += page
    return listed


async def test_a_stream_tells_the_times_of_its_events(logs, stream, put, clock):
    await stream()
    (new,) = (await logs.describe_log_streams(logGroupName="app"))["logStreams"]
    assert new == {
        "logStreamName": "one",
        "creationTime": clock.now_ms(),
        "arn": "arn:aws:logs:us-east-1:000000000000:log-group:app:log-stream:one",
        "storedBytes": 0,
    }
    await put((-5_000, "a"), (100, "b"))
    (used,) = (await logs.describe_log_streams(logGroupName="app"))["logStreams"]
    assert used["firstEventTimestamp"] == clock.now_ms() - 5_000
    assert used["lastEventTimestamp"] == clock.now_ms() + 100
    assert used["lastIngestionTime"] == clock.now_ms()
    assert used["uploadSequenceToken"].isdigit()


@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_list_every_stream_once_by_name(logs, stream, size, descending):
    for name in ("one", "b", "a", "c"):
        await stream(name=name)
    listed = await all_names(logs, limit=size, descending=descending)
    assert listed == sorted(["one", "b", "a", "c"], reverse=descending)


@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_list_every_stream_once_by_last_event(logs, stream, put, size, descending):
    for name in ("one", "b", "a", "c"):
        await stream(name=name)
    await put((5, "x"), name="a")
    await put((3, "x"), name="c")
    await put((5, "x"), name="b")
    listed = await all_names(logs, limit=size, orderBy="LastEventTime", descending=descending)
    expected = ["one", "c", "a", "b"]
    assert listed == (expected[::-1] if descending else expected)


async def test_streams_are_found_by_prefix_but_not_in_order_of_time(logs, stream):
    for name in ("one", "on", "two"):
        await stream(name=name)
    assert (await names(logs, logStreamNamePrefix="on"))[0] == ["on", "one"]
    with pytest.raises(ClientError, match=r"Cannot order by LastEventTime with a logStreamNamePrefix\."):
        await names(logs, logStreamNamePrefix="on", orderBy="LastEventTime")


async def test_a_stream_is_made_once_in_a_group_that_exists(logs, stream):
    await stream()
    with pytest.raises(ClientError, match="The specified log stream already exists"):
        await logs.create_log_stream(logGroupName="app", logStreamName="one")
    with pytest.raises(ClientError, match=r"The specified log group does not exist\."):
        await logs.create_log_stream(logGroupName="none", logStreamName="one")


async def test_a_deleted_stream_takes_its_events_with_it(logs, stream, put, found, clock):
    await stream()
    await stream(name="two")
    await put((0, "gone"))
    await put((0, "stays"), name="two")
    await logs.delete_log_stream(logGroupName="app", logStreamName="one")
    assert await found() == ["stays"]
    await clock.run_until_idle()
    await logs.create_log_stream(logGroupName="app", logStreamName="one")
    assert await found() == ["stays"]
