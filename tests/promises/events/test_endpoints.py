"""Global endpoints are kept as they were made; of partners there are none."""

import pytest

BUS = "arn:aws:events:{}:000000000000:event-bus/orders"
ROUTING = {
    "FailoverConfig": {
        "Primary": {"HealthCheck": "arn:aws:route53:::healthcheck/abc"},
        "Secondary": {"Route": "us-west-2"},
    }
}
ROLE = "arn:aws:iam::000000000000:role/replicate"


@pytest.fixture
def endpoint(events):
    async def create(name="e", **more):
        buses = [{"EventBusArn": BUS.format(region)} for region in ("us-east-1", "us-west-2")]
        given = {"RoutingConfig": ROUTING, "EventBuses": buses, "RoleArn": ROLE, **more}
        return await events.create_endpoint(Name=name, **given)

    return create


async def test_an_endpoint_is_described_as_it_was_made(endpoint, events):
    made = await endpoint(Description="both coasts")
    assert (made["State"], made["ReplicationConfig"]) == ("CREATING", {"State": "ENABLED"})
    described = await events.describe_endpoint(Name="e")
    assert described["Arn"] == "arn:aws:events:us-east-1:000000000000:endpoint/e"
    assert (described["State"], described["Description"]) == ("ACTIVE", "both coasts")
    assert described["RoutingConfig"] == ROUTING
    assert described["EndpointUrl"] == f"https://{described['EndpointId']}.endpoint.events.amazonaws.com"


async def test_an_update_changes_what_it_names(endpoint, events):
    await endpoint(Description="old")
    await events.update_endpoint(Name="e", ReplicationConfig={"State": "DISABLED"})
    described = await events.describe_endpoint(Name="e")
    assert (described["ReplicationConfig"], described["Description"]) == ({"State": "DISABLED"}, "old")


async def test_buses_of_an_endpoint_belong_together(endpoint, refusal):
    twice = [{"EventBusArn": BUS.format("us-east-1")}] * 2
    assert (await refusal(endpoint(EventBuses=twice)))[0] == "ValidationException"


async def test_replication_needs_a_role(endpoint, events, refusal):
    await endpoint(ReplicationConfig={"State": "DISABLED"})
    buses = [{"EventBusArn": BUS.format(region)} for region in ("us-east-1", "us-west-2")]
    call = events.create_endpoint(Name="other", RoutingConfig=ROUTING, EventBuses=buses)
    code, message = await refusal(call)
    assert (code, "RoleArn" in message) == ("ValidationException", True)


async def test_endpoints_are_listed_and_deleted(endpoint, events, refusal):
    for name in ("b", "a"):
        await endpoint(name)
    first = await events.list_endpoints(MaxResults=1)
    rest = await events.list_endpoints(MaxResults=1, NextToken=first["NextToken"])
    assert [one["Name"] for one in first["Endpoints"] + rest["Endpoints"]] == ["a", "b"]
    assert (await events.list_endpoints(HomeRegion="eu-west-1"))["Endpoints"] == []
    await events.delete_endpoint(Name="a")
    assert await refusal(events.describe_endpoint(Name="a")) == (
        "ResourceNotFoundException",
        "Endpoint a does not exist.",
    )


async def test_there_are_no_partners(events, refusal):
    assert (await events.list_event_sources())["EventSources"] == []
    name = {"Name": "aws.partner/shop/orders"}
    for call in (events.describe_event_source, events.activate_event_source, events.deactivate_event_source):
        assert (await refusal(call(**name)))[0] == "ResourceNotFoundException"
    call = events.create_partner_event_source(**name, Account="111111111111")
    code, message = await refusal(call)
    assert code == "UnsupportedOperation"
    assert "PutEvents" in message
