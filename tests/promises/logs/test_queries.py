"""Logs Insights queries: started, run, read, described, stopped, forgotten."""

import asyncio
import json

import pytest
from botocore.exceptions import ClientError

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


@pytest.fixture
def start(logs, clock):
    """``await start(query)``: its id; the window is an hour around now unless it is given."""

    async def start(query="fields @message", group="app", **parameters):
        now_s = clock.now_ms() // 1000
        window = {"startTime": now_s - 3_600, "endTime": now_s + 3_600}
        groups = {} if group is None else {"logGroupName": group}
        return (await logs.start_query(queryString=query, **(window | groups | parameters)))["queryId"]

    return start


@pytest.fixture
def ask(logs, clock, start):
    """``await ask(query)``: the rows of a query as dictionaries, after it has run."""

    async def ask(query, **parameters):
        id = await start(query, **parameters)
        await clock.settle()
        answer = await logs.get_query_results(queryId=id)
        assert answer["status"] == "Complete"
        return [{field["field"]: field["value"] for field in row} for row in answer["results"]]

    return ask


def messages(rows):
    return [row["@message"] for row in rows]


# Running


async def test_a_query_is_scheduled_runs_and_is_complete(logs, clock, stream, put, start):
    await stream()
    await put((0, "one"), (1, "two"), (2, "three"))
    id = await start("filter @message like 'o' | fields @message")
    assert (await logs.get_query_results(queryId=id))["status"] == "Scheduled"
    await clock.settle()
    answer = await logs.get_query_results(queryId=id)
    assert (answer["status"], answer["queryLanguage"]) == ("Complete", "CWLI")
    assert [row[0] for row in answer["results"]] == [
        {"field": "@message", "value": "two"},
        {"field": "@message", "value": "one"},
    ]
    assert answer["statistics"] == {
        "recordsMatched": 2.0,
        "recordsScanned": 3.0,
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": float(len("onetwothree") + 3 * 26),
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": 1.0,
    }


async def test_events_have_their_group_stream_and_times(ask, stream, put):
    await stream()
    await put((7, "x"))
    (row,) = await ask("fields @timestamp, @ingestionTime, @log, @logStream")
    assert row.pop("@ptr")
    assert row == {
        "@timestamp": "2023-11-14 22:13:20.007",
        "@ingestionTime": "2023-11-14 22:13:20.000",
        "@log": "000000000000:app",
        "@logStream": "one",
    }


async def test_both_ends_of_the_window_belong_to_it(ask, stream, put, clock):
    await stream()
    await put((-1, "before"), (0, "first"), (1_999, "last"), (2_000, "after"))
    now_s = clock.now_ms() // 1000
    rows = await ask("fields @message", startTime=now_s, endTime=now_s + 1)
    assert messages(rows) == ["last", "first"]


async def test_events_beyond_the_retention_of_the_group_are_not_found(logs, ask, stream, put, clock):
    await stream()
    await logs.put_retention_policy(logGroupName="app", retentionInDays=1)
    await put((0, "old"))
    await clock.advance(DAY_MS + 1)
    await put((0, "new"))
    assert messages(await ask("fields @message", startTime=0)) == ["new"]


async def test_events_of_deleted_streams_are_not_found(logs, ask, stream, put):
    await stream()
    await stream(name="two")
    await put((0, "one"))
    await put((0, "two"), name="two")
    await logs.delete_log_stream(logGroupName="app", logStreamName="two")
    assert messages(await ask("fields @message")) == ["one"]


@pytest.mark.parametrize(
    "groups",
    [
        {"logGroupNames": ["app", "web", "app"]},
        {"logGroupIdentifiers": ["web", "arn:aws:logs:us-east-1:000000000000:log-group:app"]},
        {"query": "SOURCE logGroups(namePrefix: ['a', 'w']) | fields @message, @log"},
        {"query": "SOURCE logGroups() | fields @message, @log"},
    ],
)
async def test_events_of_many_groups_come_in_one_order(ask, stream, put, groups):
    for group in ("app", "web"):
        await stream(group)
    await put((0, "a0"), (2, "a2"), group="app")
    await put((1, "w1"), (3, "w3"), group="web")
    query = groups.pop("query", "fields @message, @log")
    rows = await ask(query, group=None, **groups)
    assert messages(rows) == ["w3", "a2", "w1", "a0"]
    assert [row["@log"].partition(":")[2] for row in rows] == ["web", "app", "web", "app"]


async def test_source_takes_the_class_it_names(logs, ask, stream, put):
    await stream("app", logGroupClass="INFREQUENT_ACCESS")
    await stream("web")
    await put((0, "rare"), group="app")
    await put((0, "usual"), group="web")
    assert messages(await ask("SOURCE logGroups() | fields @message", group=None)) == ["usual"]
    query = "SOURCE logGroups(class: ['INFREQUENT_ACCESS']) | fields @message"
    assert messages(await ask(query, group=None)) == ["rare"]


async def test_lines_of_a_function_are_understood(ask, stream, put):
    await stream("/aws/lambda/f")
    id = "8f5a8b1e-0000-4000-8000-000000000001"
    report = (
        f"REPORT RequestId: {id}\tDuration: 3.21 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 69 MB\t\n"
    )
    await put((0, f"START RequestId: {id} Version: $LATEST\n"), (1, report), group="/aws/lambda/f")
    query = (
        "filter @type = 'REPORT' "
        "| stats avg(@duration) as ms, max(@memorySize / 1000 / 1000) as mb by @requestId"
    )
    assert await ask(query, group="/aws/lambda/f") == [{"@requestId": id, "ms": "3.21", "mb": "128"}]


async def test_a_big_group_is_read_while_others_are_served(logs, clock, stream, start):
    """A query takes turns: between its first and its last many other requests are answered."""
    await stream()
    await clock.settle()
    now_ms = clock.now_ms()
    for part in range(5):
        events = [{"timestamp": now_ms + part, "message": str(number)} for number in range(2_000)]
        await logs.put_log_events(logGroupName="app", logStreamName="one", logEvents=events)
    id = await start("stats count(*) as n")
    served = 0
    while (answer := await logs.get_query_results(queryId=id))["status"] != "Complete":
        served += 1
        await asyncio.sleep(0)
    assert answer["results"] == [[{"field": "n", "value": "10000"}]]
    assert served > 10


async def test_results_come_in_pages(logs, clock, stream, start):
    await stream()
    events = [{"timestamp": clock.now_ms(), "message": str(number)} for number in range(1_203)]
    await logs.put_log_events(logGroupName="app", logStreamName="one", logEvents=events)
    id = await start("fields @message | sort @message")
    await clock.settle()
    found, token = [], {}
    for _ in range(4):
        page = await logs.get_query_results(queryId=id, maxItems=401, **token)
        found += [row[0]["value"] for row in page["results"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert found == [str(number) for number in range(1_203)]
    with pytest.raises(ClientError, match="The specified nextToken is invalid"):
        await logs.get_query_results(queryId=id, nextToken="x")


async def test_the_limit_of_the_request_holds_too(ask, stream, put):
    await stream()
    await put(*[(at, str(at)) for at in range(5)])
    assert len(await ask("fields @message", limit=2)) == 2
    assert len(await ask("fields @message | limit 1", limit=2)) == 1


async def test_half_a_surrogate_pair_spoils_no_result(ask, stream, put):
    await stream()
    await put((0, '{"a": "\\ud800"}'))
    (row,) = await ask("fields a")
    assert row["a"] == "?"


# Records


async def test_a_pointer_leads_to_the_whole_event(logs, ask, stream, put, clock):
    await stream()
    await put((0, "x"), (1, json.dumps({"user": {"id": 7}, "ok": True})))
    pointer = (await ask("fields user.id | limit 1"))[0]["@ptr"]
    record = (await logs.get_log_record(logRecordPointer=pointer))["logRecord"]
    assert record == {
        "@message": '{"user": {"id": 7}, "ok": true}',
        "@timestamp": str(clock.now_ms() + 1),
        "@ingestionTime": str(clock.now_ms()),
        "@log": "000000000000:app",
        "@logStream": "one",
        "@ptr": pointer,
        "user.id": "7",
        "ok": "1",
    }


async def test_a_pointer_of_another_account_or_of_what_is_gone_leads_nowhere(
    logs, client, ask, stream, put, clock
):
    await stream()
    await put((0, "x"))
    pointer = (await ask("fields @message"))[0]["@ptr"]
    gone = "The specified log record does not exist"
    with pytest.raises(ClientError, match=gone):
        await client("logs", account="111111111111").get_log_record(logRecordPointer=pointer)
    await logs.put_retention_policy(logGroupName="app", retentionInDays=1)
    await clock.advance(DAY_MS + 1)
    with pytest.raises(ClientError, match=gone):
        await logs.get_log_record(logRecordPointer=pointer)
    await logs.delete_log_group(logGroupName="app")
    with pytest.raises(ClientError, match=gone):
        await logs.get_log_record(logRecordPointer=pointer)


@pytest.mark.parametrize("pointer", ["", "x", "W10=", "WzEsMiwzLCJ4Il0=", "WzEsMSwxLDFd", "bnVsbA==", "é"])
async def test_what_is_no_pointer_is_refused(logs, ask, stream, put, pointer):
    await stream()
    await put((0, "x"))
    with pytest.raises(ClientError) as caught:
        await logs.get_log_record(logRecordPointer=pointer)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


# Refusals


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"queryString": "bad"}, "MalformedQueryException", "symbol found bad at line 1 and position 0"),
        ({"queryString": "pattern @message"}, "UnsupportedOperation", "the command pattern in queries"),
        ({"queryLanguage": "SQL"}, "UnsupportedOperation", "the query language SQL"),
        (
            {"logGroupName": "no"},
            "ResourceNotFoundException",
            "'no' does not exist for account ID '000000000000'",
        ),
        ({"logGroupNames": ["app"]}, "InvalidParameterException", "Exactly one of logGroupName"),
        ({"logGroupName": ""}, "InvalidParameterException", ""),
        ({"queryString": "SOURCE logGroups() | limit 1"}, "InvalidParameterException", "Exactly one of"),
        ({"startTime": 9, "endTime": 8}, "InvalidParameterException", "must not be before its start"),
        ({"endTime": 10**15}, "InvalidParameterException", "out of bounds"),
        ({"startTime": 1, "endTime": 2}, "MalformedQueryException", "before the log groups creation time"),
        ({"limit": 0}, "InvalidParameterException", "limit"),
        ({"limit": 100_001}, "InvalidParameterException", "limit"),
    ],
)
async def test_what_cannot_be_asked_is_refused(world, logs, stream, clock, parameters, code, message):
    await stream()
    request = {"logGroupName": "app", "startTime": 0, "endTime": clock.now_ms(), "queryString": "limit 1"}
    request["endTime"] //= 1000
    with pytest.raises(ClientError) as caught:
        await world.client("logs", validate=False).start_query(**(request | parameters))
    assert caught.value.response["Error"]["Code"] == code
    assert message in caught.value.response["Error"]["Message"]
    assert (await logs.describe_queries())["queries"] == []


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        (
            {"logGroupIdentifiers": ["arn:aws:logs:us-east-1:000000000000:log-group:app:*"]},
            "Invalid",
            "logGroupIdentifiers",
        ),
        ({"logGroupIdentifiers": ["arn:aws:sqs:us-east-1:000000000000:app"]}, "Invalid", "identifier"),
        ({"logGroupNames": [f"g{number}" for number in range(51)]}, "Invalid", "up to 50 log groups"),
        ({"query": "SOURCE logGroups(namePrefix: ['zz']) | limit 1"}, "ResourceNotFound", "log group"),
        ({"query": "SOURCE logGroups(accountIdentifiers: ['1']) | limit 1"}, "Unsupported", "other accounts"),
        ({}, "InvalidParameter", "Exactly one"),
    ],
)
async def test_groups_that_cannot_be_queried_are_refused(start, stream, parameters, code, message):
    await stream()
    with pytest.raises(ClientError, match=message) as caught:
        await start(parameters.pop("query", "limit 1"), group=None, **parameters)
    assert caught.value.response["Error"]["Code"].startswith(code)


async def test_a_malformed_query_is_refused_with_the_place_of_the_mistake(world, stream, clock, call_on):
    await stream()
    request = {"logGroupName": "app", "startTime": 0, "endTime": clock.now_ms() // 1000}
    with pytest.raises(Exception, match="unexpected symbol found nope") as caught:
        await call_on(lambda store: store, "StartQuery", request | {"queryString": "limit 1 | nope"})
    error = caught.value.members["queryCompileError"]
    assert error["location"] == {"startCharOffset": 10, "endCharOffset": 14}
    assert error["message"] == "unexpected symbol found nope at line 1 and position 10"


async def test_a_hundred_queries_may_be_active(logs, clock, stream, start):
    await stream()
    clock.begin_work()  # nothing of this instant runs on: the queries stay where they are
    ids = [await start() for _ in range(3)]
    clock.end_work()
    assert len(set(ids)) == 3


# Stopping and describing


async def test_a_query_that_is_stopped_stays_stopped(logs, clock, stream, put, start):
    await stream()
    await put((0, "x"))
    id = await start()
    assert (await logs.stop_query(queryId=id))["success"]
    await clock.settle()
    answer = await logs.get_query_results(queryId=id)
    assert (answer["status"], answer["results"]) == ("Cancelled", [])
    with pytest.raises(ClientError, match="is not running"):
        await logs.stop_query(queryId=id)


async def test_a_query_that_has_ended_cannot_be_stopped(logs, clock, stream, start):
    await stream()
    id = await start()
    await clock.settle()
    with pytest.raises(ClientError, match="InvalidParameterException"):
        await logs.stop_query(queryId=id)
    assert (await logs.get_query_results(queryId=id))["status"] == "Complete"


@pytest.mark.parametrize("operation", ["get_query_results", "stop_query"])
async def test_a_query_nobody_started_does_not_exist(logs, client, clock, stream, start, operation):
    await stream()
    id = await start()
    other = client("logs", account="111111111111")
    for caller, wanted in ((logs, "no-such-id"), (other, id)):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await getattr(caller, operation)(queryId=wanted)


async def test_queries_are_described_by_group_and_status_the_newest_first(logs, clock, stream, start):
    await stream()
    await stream("web")
    now_s = clock.now_ms() // 1000
    first = await start("fields @message", startTime=now_s - 60, endTime=now_s)
    await clock.advance(1_000)
    second = await start("limit 5", group=None, logGroupNames=["web", "app"])
    described = await logs.describe_queries(logGroupName="app", status="Complete")
    assert described["queries"] == [
        {
            "queryLanguage": "CWLI",
            "queryId": first,
            "queryString": f'SOURCE "app" START={now_s - 60}000 END={now_s}999 | fields @message',
            "status": "Complete",
            "createTime": now_s * 1000,
            "logGroupName": "app",
        }
    ]
    await clock.settle()

    async def ids(**parameters):
        return [query["queryId"] for query in (await logs.describe_queries(**parameters))["queries"]]

    assert await ids() == await ids(logGroupName="app") == [second, first]
    assert await ids(logGroupName="web") == [second]
    assert await ids(status="Scheduled") == await ids(queryLanguage="SQL") == []
    page = await logs.describe_queries(maxResults=1)
    assert [query["queryId"] for query in page["queries"]] == [second]
    page = await logs.describe_queries(maxResults=1, nextToken=page["nextToken"])
    assert [query["queryId"] for query in page["queries"]] == [first]
    assert "nextToken" not in page
    with pytest.raises(ClientError, match="The specified log group does not exist"):
        await logs.describe_queries(logGroupName="no")


async def test_results_are_kept_for_seven_days(logs, clock, stream, put, start):
    await stream()
    await put((0, "x"))
    id = await start()
    await clock.advance(7 * DAY_MS - 1)
    assert len((await logs.get_query_results(queryId=id))["results"]) == 1
    await clock.advance(1)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        await logs.get_query_results(queryId=id)
    assert (await logs.describe_queries())["queries"] == []
