"""Events: what a batch keeps, and how events are read back."""

import pytest
from botocore.exceptions import ClientError

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


async def read(logs, **parameters):
    return await logs.get_log_events(logGroupName="app", logStreamName="one", **parameters)


def messages(answer):
    return [event["message"] for event in answer["events"]]


async def test_events_are_read_with_their_times(logs, stream, put, clock):
    await stream()
    await put((-10, "a"), (0, "ü"))
    now_ms = clock.now_ms()
    assert (await read(logs))["events"] == [
        {"timestamp": now_ms - 10, "message": "a", "ingestionTime": now_ms},
        {"timestamp": now_ms, "message": "ü", "ingestionTime": now_ms},
    ]


async def test_batches_that_arrive_out_of_order_are_read_in_order_of_time(logs, stream, put, found):
    await stream()
    await stream(name="two")
    await put((20, "c"), (90_000, "f"))
    await put((10, "b"), (30, "d"), name="two")
    await put((0, "a"), (40, "e"))
    assert await found() == ["a", "b", "c", "d", "e", "f"]
    assert await found(startFromHead=False) == ["f", "e", "d", "c", "b", "a"]
    assert messages(await read(logs)) == ["a", "c", "e", "f"]


async def test_events_of_one_instant_stay_in_the_order_they_came(logs, stream, put, found):
    await stream()
    await put(*[(0, f"{number}") for number in range(12)])
    await put((0, "last"))
    assert await found() == [*[f"{number}" for number in range(12)], "last"]


async def test_an_end_time_is_exclusive_in_one_stream_and_inclusive_in_a_search(
    logs, stream, put, found, clock
):
    await stream()
    await put((0, "a"), (1, "b"), (2, "c"))
    span = {"startTime": clock.now_ms() + 1, "endTime": clock.now_ms() + 2}
    assert messages(await read(logs, **span)) == ["b"]
    assert await found(**span) == ["b", "c"]


async def test_without_start_from_head_the_last_events_are_read(logs, stream, put):
    await stream()
    await put(*[(number, f"{number}") for number in range(5)])
    assert messages(await read(logs, limit=2)) == ["3", "4"]
    assert messages(await read(logs, limit=2, startFromHead=True)) == ["0", "1"]


async def test_at_both_ends_a_token_leads_to_itself(logs, stream, put):
    await stream()
    await put((0, "a"), (1, "b"))
    page = await read(logs, startFromHead=True)
    forward, backward = page["nextForwardToken"], page["nextBackwardToken"]
    assert forward.startswith("f/")
    assert backward.startswith("b/")
    after = await read(logs, nextToken=forward, startFromHead=True)
    assert (messages(after), after["nextForwardToken"]) == ([], forward)
    before = await read(logs, nextToken=backward)
    assert (messages(before), before["nextBackwardToken"]) == ([], backward)


async def test_from_an_end_the_other_token_leads_back(logs, stream, put):
    await stream()
    await put((0, "a"), (1, "b"))
    page = await read(logs, startFromHead=True)
    after = await read(logs, nextToken=page["nextForwardToken"], startFromHead=True)
    assert messages(await read(logs, nextToken=after["nextBackwardToken"])) == ["a", "b"]
    before = await read(logs, nextToken=page["nextBackwardToken"])
    again = await read(logs, nextToken=before["nextForwardToken"], startFromHead=True)
    assert messages(again) == ["a", "b"]


async def test_whoever_follows_an_empty_stream_gets_the_first_events(logs, stream, put):
    await stream()
    token = (await read(logs, startFromHead=True))["nextForwardToken"]
    await put((-1_000, "first"))
    page = await read(logs, startFromHead=True, nextToken=token)
    assert messages(page) == ["first"]
    await put((0, "second"))
    assert messages(await read(logs, startFromHead=True, nextToken=page["nextForwardToken"])) == ["second"]


@pytest.mark.parametrize("token", ["x", "f/", "f/12", "g/" + "0" * 56])
async def test_a_token_of_somebody_else_is_refused(logs, stream, token):
    await stream()
    with pytest.raises(ClientError, match=r"The specified nextToken is invalid\."):
        await read(logs, nextToken=token)


async def test_a_page_holds_no_more_than_a_megabyte_of_text(logs, stream, put, found):
    await stream()
    for number in range(3):
        await put((number, "ü" * 200_000))
    page = await read(logs, startFromHead=True)
    assert len(page["events"]) == 2
    answer = await logs.filter_log_events(logGroupName="app")
    assert len(answer["events"]) == 2
    assert len(await found(nextToken=answer["nextToken"])) == 1


async def test_a_batch_must_be_in_order_of_time(stream, put):
    await stream()
    with pytest.raises(ClientError) as refused:
        await put((1, "b"), (0, "a"))
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterException",
        "Message": "Log events in a single PutLogEvents request must be in chronological order.",
    }


async def test_a_batch_spans_no_more_than_a_day(stream, put, found):
    await stream()
    await put((-DAY_MS, "a"), (0, "b"))
    assert await found() == ["a", "b"]
    with pytest.raises(ClientError, match="cannot span more than 24 hours"):
        await put((-DAY_MS, "c"), (1, "d"))
    assert await found() == ["a", "b"]


async def test_a_batch_is_no_more_than_a_megabyte_with_26_bytes_for_each_event(stream, put):
    await stream()
    await put((0, "a" * 1_000_000), (0, "b" * (1_048_576 - 1_000_000 - 52)))
    with pytest.raises(ClientError) as refused:
        await put((0, "a" * 1_000_000), (0, "b" * (1_048_576 - 1_000_000 - 51)))
    message = "Upload too large: 1048577 bytes exceeds limit of 1048576"
    assert refused.value.response["Error"]["Message"] == message


async def test_events_too_old_or_too_new_are_rejected_and_the_others_kept(stream, put, found):
    await stream()
    old = -14 * DAY_MS
    answer = await put((old - 1, "a"), (old, "b"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    new = 2 * HOUR_MS
    answer = await put((new, "c"), (new + 1, "d"))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert await found() == ["b", "c"]


async def test_events_older_than_the_retention_are_rejected(logs, stream, put, found):
    await stream()
    await logs.put_retention_policy(logGroupName="app", retentionInDays=1)
    answer = await put((-DAY_MS - 1, "a"), (-DAY_MS, "b"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert await found() == ["b"]


async def test_events_go_to_a_group_and_stream_that_exist(stream, put):
    with pytest.raises(ClientError, match=r"The specified log group does not exist\."):
        await put((0, "x"))
    await stream()
    with pytest.raises(ClientError, match=r"The specified log stream does not exist\."):
        await put((0, "x"), name="two")


async def test_a_sequence_token_is_given_and_any_is_taken(logs, stream, put, clock):
    await stream()
    assert (await put((0, "a")))["nextSequenceToken"].isdigit()
    event = {"timestamp": clock.now_ms(), "message": "b"}
    await logs.put_log_events(
        logGroupName="app", logStreamName="one", logEvents=[event], sequenceToken="wrong"
    )


async def test_a_search_is_narrowed_to_streams_by_name_or_prefix(logs, stream, put, found):
    for name in ("one", "only", "two"):
        await stream(name=name)
        await put((0, name), name=name)
    assert sorted(await found(logStreamNamePrefix="on")) == ["one", "only"]
    assert sorted(await found(logStreamNames=["two", "one"])) == ["one", "two"]
    assert await found(logStreamNamePrefix="none") == []
    with pytest.raises(ClientError, match=r"The specified log stream does not exist\."):
        await found(logStreamNames=["two", "none"])


async def test_a_found_event_tells_its_stream_and_an_id(logs, stream, put, clock):
    await stream()
    await put((0, "x"))
    answer = await logs.filter_log_events(logGroupIdentifier="app")
    (event,) = answer["events"]
    assert len(event.pop("eventId")) == 56
    now_ms = clock.now_ms()
    assert event == {"logStreamName": "one", "timestamp": now_ms, "message": "x", "ingestionTime": now_ms}
    assert answer["searchedLogStreams"] == [{"logStreamName": "one", "searchedCompletely": True}]


async def test_a_search_takes_a_pattern_or_says_what_is_wrong_with_it(stream, put, found):
    await stream()
    await put((0, "ERROR one"), (1, '{"level": "error"}'), (2, "fine"))
    assert await found("ERROR") == ["ERROR one"]
    assert await found('{ $.level = "err*" }') == ['{"level": "error"}']
    with pytest.raises(ClientError, match="If a filter pattern starts with"):
        await found("{ $.level")


async def test_a_group_is_named_in_one_way(logs, stream):
    await stream()
    with pytest.raises(ClientError, match="LogGroup name and LogGroup ARN are mutually exclusive"):
        await logs.filter_log_events(logGroupName="app", logGroupIdentifier="app")
    with pytest.raises(ClientError, match="LogGroup name or LogGroup ARN must be specified"):
        await logs.filter_log_events()


async def test_a_limit_beyond_what_aws_allows_gets_its_sentence(logs, stream):
    await stream()
    with pytest.raises(ClientError) as refused:
        await read(logs, limit=10_001)
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterException",
        "Message": "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 10000",
    }
