"""Buses: the default one is there, others are made; policies let other accounts in."""

import json

import pytest

SECOND = "111111111111"


async def test_every_account_has_its_default_bus(client, events):
    for who in (events, client("events", account=SECOND)):
        bus = await who.describe_event_bus()
        assert bus["Name"] == "default"
    assert [bus["Name"] for bus in (await events.list_event_buses())["EventBuses"]] == ["default"]


async def test_a_bus_is_made_described_and_deleted(events, refusal):
    made = await events.create_event_bus(Name="own", Description="mine", Tags=[{"Key": "a", "Value": "b"}])
    assert (await events.describe_event_bus(Name=made["EventBusArn"]))["Description"] == "mine"
    assert await refusal(events.create_event_bus(Name="own")) == (
        "ResourceAlreadyExistsException",
        "Event bus own already exists.",
    )
    tags = await events.list_tags_for_resource(ResourceARN=made["EventBusArn"])
    assert tags["Tags"] == [{"Key": "a", "Value": "b"}]
    await events.delete_event_bus(Name="own")
    await events.delete_event_bus(Name="own")
    assert await refusal(events.describe_event_bus(Name="own")) == (
        "ResourceNotFoundException",
        "Event bus own does not exist.",
    )


async def test_the_default_bus_stays(events, refusal):
    assert await refusal(events.delete_event_bus(Name="default")) == (
        "ValidationException",
        "Cannot delete event bus default.",
    )


async def test_a_bus_with_rules_stays(events, routed, refusal):
    await events.create_event_bus(Name="own")
    await routed(bus="own")
    assert (await refusal(events.delete_event_bus(Name="own")))[0] == "ValidationException"


async def test_buses_are_listed_by_prefix_page_by_page(events):
    for name in ("b1", "b2", "b3", "c"):
        await events.create_event_bus(Name=name)
    first = await events.list_event_buses(NamePrefix="b", Limit=2)
    rest = await events.list_event_buses(NamePrefix="b", NextToken=first["NextToken"])
    assert [bus["Name"] for bus in first["EventBuses"] + rest["EventBuses"]] == ["b1", "b2", "b3"]
    assert "NextToken" not in rest


async def test_a_permission_is_a_statement_until_it_is_removed(events, refusal):
    await events.put_permission(Action="events:PutEvents", Principal=SECOND, StatementId="x")
    policy = json.loads((await events.describe_event_bus())["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{SECOND}:root"}
    await events.remove_permission(StatementId="x")
    assert "Policy" not in await events.describe_event_bus()
    assert await refusal(events.remove_permission(StatementId="x")) == (
        "ResourceNotFoundException",
        "Statement with the provided id does not exist.",
    )


async def test_another_account_puts_events_once_the_policy_lets_it(client, events, routed, bodies):
    url = await routed()
    arn = (await events.describe_event_bus())["Arn"]
    other = client("events", account=SECOND)
    entry = {"Source": "shop", "DetailType": "Order", "Detail": "{}", "EventBusName": arn}
    refused = await other.put_events(Entries=[entry])
    assert refused["Entries"][0]["ErrorCode"] == "AccessDeniedException"
    await events.put_permission(Action="events:PutEvents", Principal=SECOND, StatementId="x")
    taken = await other.put_events(Entries=[entry])
    assert taken["FailedEntryCount"] == 0
    assert [event["account"] for event in await bodies(url)] == [SECOND]


async def test_a_permission_is_one_to_put_events(events, refusal):
    asked = events.put_permission(Action="events:PutRule", Principal=SECOND, StatementId="x")
    assert await refusal(asked) == (
        "ValidationException",
        "Provided value in parameter 'action' is not supported.",
    )


@pytest.mark.parametrize("policy", ["{", "[]", '{"Version": "2012-10-17"}'])
async def test_policies_that_are_none_are_refused(events, refusal, policy):
    assert (await refusal(events.put_permission(Policy=policy)))[0] == "ValidationException"
