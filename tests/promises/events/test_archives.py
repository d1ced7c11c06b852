"""Archives: what their pattern lets in is kept, counted, forgotten in time; a managed rule does it."""

import json
from datetime import UTC, datetime

import pytest

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
DAY_MS = 24 * 3_600_000


@pytest.fixture
def archive(events):
    """``await archive("kept", pattern, RetentionDays=1)`` on the default bus."""

    async def create(name="kept", pattern=None, **more):
        given = {"EventPattern": json.dumps(pattern)} if pattern else {}
        return await events.create_archive(ArchiveName=name, EventSourceArn=BUS, **given, **more)

    return create


@pytest.fixture
def count(events, clock):
    async def read(name="kept"):
        await clock.settle()
        return (await events.describe_archive(ArchiveName=name))["EventCount"]

    return read


async def test_an_archive_keeps_what_its_pattern_lets_in(archive, put, count):
    await archive(pattern={"source": ["shop"]})
    await put()
    await put(source="bank")
    assert await count() == 1


async def test_an_archive_without_a_pattern_keeps_everything(archive, put, count):
    await archive()
    await put()
    await put(source="bank")
    assert await count() == 2


async def test_an_archive_says_how_much_it_holds(archive, put, events, clock):
    await archive()
    await put({"n": 1})
    await clock.settle()
    described = await events.describe_archive(ArchiveName="kept")
    assert described["SizeBytes"] == len('shopOrder{"n":1}') + len("2023-11-14T22:13:20Z")


async def test_its_rule_is_there_and_nobody_elses_to_change(archive, events, refusal):
    await archive(pattern={"source": ["shop"]})
    rule = await events.describe_rule(Name="Events-Archive-kept")
    assert rule["ManagedBy"] == "prod.vhs.events.aws.internal"
    assert json.loads(rule["EventPattern"]) == {"source": ["shop"], "replay-name": [{"exists": False}]}
    code, _ = await refusal(events.disable_rule(Name="Events-Archive-kept"))
    assert code == "ManagedRuleException"


async def test_an_updated_pattern_lets_in_other_events(archive, events, put, count):
    await archive(pattern={"source": ["shop"]})
    await events.update_archive(ArchiveName="kept", EventPattern='{"source": ["bank"]}')
    await put()
    await put(source="bank")
    assert await count() == 1


async def test_an_update_changes_only_what_it_names(archive, events):
    await archive(pattern={"source": ["shop"]}, Description="old", RetentionDays=3)
    await events.update_archive(ArchiveName="kept", Description="new")
    described = await events.describe_archive(ArchiveName="kept")
    assert (described["Description"], described["RetentionDays"]) == ("new", 3)
    assert described["EventPattern"] == '{"source": ["shop"]}'


async def test_events_are_forgotten_after_their_days(archive, put, count, clock):
    await archive(RetentionDays=2)
    await put()
    await clock.advance(DAY_MS)
    await put()
    await clock.advance(DAY_MS - 1)
    assert await count() == 2
    await clock.advance(1)
    assert await count() == 1
    await clock.advance(DAY_MS)
    assert await count() == 0


async def test_a_shorter_retention_acts_at_once(archive, events, put, count, clock):
    await archive()
    await put()
    await clock.advance(3 * DAY_MS)
    assert await count() == 1
    await events.update_archive(ArchiveName="kept", RetentionDays=2)
    assert await count() == 0


async def test_a_deleted_archive_is_gone_with_its_rule_and_events(
    archive, events, put, count, refusal, clock
):
    await archive()
    await put()
    await clock.settle()
    await events.delete_archive(ArchiveName="kept")
    _, message = await refusal(events.describe_archive(ArchiveName="kept"))
    assert message == "Archive kept does not exist."
    code, _ = await refusal(events.describe_rule(Name="Events-Archive-kept"))
    assert code == "ResourceNotFoundException"
    await archive()
    assert await count() == 0


async def test_a_pattern_is_checked_as_that_of_a_rule(archive, refusal):
    code, message = await refusal(archive(pattern={"source": "shop"}))
    assert code == "InvalidEventPatternException"
    assert message.startswith("Event pattern is not valid. Reason:")


async def test_archives_of_buses_that_are_not_ones_own_are_refused(events, refusal):
    source = "arn:aws:events:us-east-1:111111111111:event-bus/default"
    code, _ = await refusal(events.create_archive(ArchiveName="kept", EventSourceArn=source))
    assert code == "ResourceNotFoundException"
    source = "arn:aws:events:us-east-1:000000000000:rule/r"
    _, message = await refusal(events.create_archive(ArchiveName="kept", EventSourceArn=source))
    assert message == "Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN."


async def test_lists_are_paged_and_take_one_filter(archive, events, refusal):
    for name in ("c", "a", "b"):
        await archive(name)
    first = await events.list_archives(Limit=2)
    rest = await events.list_archives(Limit=2, NextToken=first["NextToken"])
    assert [one["ArchiveName"] for one in first["Archives"] + rest["Archives"]] == ["a", "b", "c"]
    code, message = await refusal(events.list_archives(NamePrefix="a", State="ENABLED"))
    assert (code, message.split(".")[0]) == (
        "ValidationException",
        "At most one filter is allowed for ListArchives",
    )


async def test_times_of_events_are_their_own(archive, put, count):
    await archive()
    await put(Time=datetime(2020, 1, 1, tzinfo=UTC))
    assert await count() == 1


@pytest.mark.parametrize("text", ["{}", "[]", '"text"', '{"time": "yesterday", "id": "1", "source": "s"}'])
async def test_what_is_no_event_is_not_kept(archive, events, put, count, text):
    await archive(pattern={"source": ["nobody"]})
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    target = {"Id": "t", "Arn": "arn:aws:events:us-east-1:000000000000:archive/kept", "Input": text}
    await events.put_targets(Rule="r", Targets=[target])
    await put()
    assert await count() == 0
