"""Replays: archived events come to their bus again, by the minute of their times, once each."""

from datetime import UTC, datetime, timedelta

import pytest

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
ARCHIVE = "arn:aws:events:us-east-1:000000000000:archive/kept"
START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def archived(events, put, clock):
    """``await archived(3)``: an archive with so many events, a minute apart, the last one put first."""

    async def make(count):
        await events.create_archive(ArchiveName="kept", EventSourceArn=BUS)
        for number in reversed(range(count)):
            await put({"n": number}, Time=START + timedelta(minutes=number))
        await clock.settle()

    return make


@pytest.fixture
def replay(events, clock):
    """``await replay(end_minutes=5)``; its description when it has come to its end."""

    async def start(name="again", end_minutes=10_000, settle=True, **destination):
        await events.start_replay(
            ReplayName=name,
            EventSourceArn=ARCHIVE,
            EventStartTime=START,
            EventEndTime=START + timedelta(minutes=end_minutes),
            Destination={"Arn": BUS, **destination},
        )
        if settle:
            await clock.advance(2_000)
        return await events.describe_replay(ReplayName=name)

    return start


async def test_archived_events_come_again_with_the_name_of_the_replay(archived, replay, routed, bodies):
    url = await routed()
    await archived(1)
    (first,) = await bodies(url)
    described = await replay()
    (again,) = await bodies(url)
    assert again == {**first, "replay-name": "again"}
    assert described["State"] == "COMPLETED"
    assert described["EventLastReplayedTime"] == START
    assert described["ReplayEndTime"] >= described["ReplayStartTime"]


async def test_a_replay_begins_by_starting(archived, events):
    await archived(1)
    answer = await events.start_replay(
        ReplayName="again",
        EventSourceArn=ARCHIVE,
        EventStartTime=START,
        EventEndTime=START + timedelta(days=1),
        Destination={"Arn": BUS},
    )
    assert answer["State"] == "STARTING"
    assert answer["ReplayArn"] == "arn:aws:events:us-east-1:000000000000:replay/again"


async def test_only_events_of_the_time_asked_for_come(archived, replay, routed, bodies):
    url = await routed()
    await archived(5)
    await bodies(url)
    await replay(end_minutes=2)
    assert sorted(body["detail"]["n"] for body in await bodies(url)) == [0, 1, 2]


async def test_archives_do_not_keep_what_is_replayed(archived, replay, events, clock):
    await archived(3)
    await replay()
    assert (await events.describe_archive(ArchiveName="kept"))["EventCount"] == 3


async def test_a_replay_can_be_for_some_rules_only(archived, replay, routed, bodies):
    one, other = await routed("one"), await routed("other")
    await archived(1)
    await bodies(one), await bodies(other)
    await replay(FilterArns=["arn:aws:events:us-east-1:000000000000:rule/one"])
    assert (len(await bodies(one)), len(await bodies(other))) == (1, 0)


async def test_more_events_than_one_step_takes_all_come_once(archived, replay, routed, bodies):
    url = await routed("all", {"replay-name": ["again"]})
    await archived(250)
    described = await replay()
    assert described["State"] == "COMPLETED"
    assert described["EventLastReplayedTime"] == START + timedelta(minutes=249)
    assert sorted(body["detail"]["n"] for body in await bodies(url)) == list(range(250))


async def test_a_cancelled_replay_ends(archived, replay, events, clock):
    await archived(1)
    assert (await replay(settle=False))["State"] == "STARTING"
    assert (await events.cancel_replay(ReplayName="again"))["State"] == "CANCELLING"
    await clock.advance(2_000)
    assert (await events.describe_replay(ReplayName="again"))["State"] == "CANCELLED"


async def test_what_has_ended_cannot_be_cancelled(archived, replay, events, refusal):
    await archived(1)
    await replay()
    code, message = await refusal(events.cancel_replay(ReplayName="again"))
    assert (code, message) == (
        "IllegalStatusException",
        "Replay again is not in a valid state for this operation.",
    )


async def test_an_account_has_ten_replays_at_work(archived, replay, refusal):
    await archived(1)
    for number in range(10):
        await replay(f"r{number}", settle=False)
    code, _ = await refusal(replay("r10", settle=False))
    assert code == "LimitExceededException"


async def test_replays_are_listed_by_state_and_source(archived, replay, events):
    await archived(1)
    await replay("a")
    await replay("b")
    completed = await events.list_replays(State="COMPLETED")
    assert [one["ReplayName"] for one in completed["Replays"]] == ["a", "b"]
    assert (await events.list_replays(State="RUNNING"))["Replays"] == []
    assert len((await events.list_replays(EventSourceArn=ARCHIVE))["Replays"]) == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (BUS, "Parameter EventSourceArn is not valid. Reason: Must contain an archive ARN."),
        (ARCHIVE + "x", "Archive keptx does not exist."),
    ],
)
async def test_a_replay_needs_an_archive(events, refusal, source, message):
    call = events.start_replay(
        ReplayName="again",
        EventSourceArn=source,
        EventStartTime=START,
        EventEndTime=START + timedelta(days=1),
        Destination={"Arn": BUS},
    )
    assert (await refusal(call))[1] == message
