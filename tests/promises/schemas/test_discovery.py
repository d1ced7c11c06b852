"""Discovery: what passes a bus while its discoverer is started becomes a schema, and grows."""

import json

import pytest
from botocore.exceptions import ClientError

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
FOUND = {"RegistryName": "discovered-schemas", "SchemaName": "shop@OrderPlaced"}


@pytest.fixture
def events(client):
    return client("events")


@pytest.fixture
def put(events, clock):
    async def send(detail, source="shop", kind="Order Placed", bus="default"):
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": bus}
        await events.put_events(Entries=[entry])
        await clock.settle()

    return send


@pytest.fixture
def learned(schemas):
    """The newest version of the discovered schema, and the properties of the event's detail."""

    async def read(**which):
        described = await schemas.describe_schema(**{**FOUND, **which})
        components = json.loads(described["Content"])["components"]["schemas"]
        return described["SchemaVersion"], components["OrderPlaced"]["properties"]

    return read


def code(error):
    return error.value.response["Error"]["Code"]


async def test_an_event_becomes_a_schema(schemas, put, learned):
    made = await schemas.create_discoverer(SourceArn=BUS)
    assert made["DiscovererId"] == "events-event-bus-default"
    assert (made["State"], made["CrossAccount"]) == ("STARTED", True)
    await put({"id": "1", "price": 2})
    version, properties = await learned()
    assert version == "1"
    assert properties == {"id": {"type": "string"}, "price": {"type": "integer", "format": "int64"}}


async def test_the_registry_comes_with_the_first_discovery(schemas, put):
    await schemas.create_discoverer(SourceArn=BUS)
    with pytest.raises(ClientError, match="does not exist"):
        await schemas.describe_registry(RegistryName="discovered-schemas")
    await put({"id": "1"})
    assert await schemas.describe_registry(RegistryName="discovered-schemas")


async def test_a_shape_that_grows_is_a_new_version_and_one_that_does_not_is_none(schemas, put, learned):
    await schemas.create_discoverer(SourceArn=BUS)
    await put({"id": "1"})
    await put({"id": "2"})
    assert (await learned())[0] == "1"
    await put({"id": "3", "gift": True})
    version, properties = await learned()
    assert (version, set(properties)) == ("2", {"id", "gift"})
    await put({"id": "4"})
    assert (await learned())[0] == "2"


async def test_a_bus_is_heard_through_a_managed_rule(schemas, events):
    await schemas.create_discoverer(SourceArn=BUS)
    rule = await events.describe_rule(Name="Schemas-events-event-bus-default")
    assert rule["ManagedBy"] == "schemas.amazonaws.com"
    await schemas.delete_discoverer(DiscovererId="events-event-bus-default")
    with pytest.raises(ClientError, match="does not exist"):
        await events.describe_rule(Name="Schemas-events-event-bus-default")


async def test_a_stopped_discoverer_hears_nothing_until_it_is_started(schemas, put, learned):
    await schemas.create_discoverer(SourceArn=BUS)
    id = {"DiscovererId": "events-event-bus-default"}
    assert (await schemas.stop_discoverer(**id))["State"] == "STOPPED"
    await put({"id": "1"})
    with pytest.raises(ClientError, match="does not exist"):
        await learned()
    assert (await schemas.start_discoverer(**id))["State"] == "STARTED"
    await put({"id": "1"})
    assert (await learned())[0] == "1"


async def test_other_buses_are_not_heard(schemas, events, put, learned):
    await events.create_event_bus(Name="other")
    await schemas.create_discoverer(SourceArn=BUS.replace("default", "other"))
    await put({"id": "1"})
    with pytest.raises(ClientError, match="does not exist"):
        await learned()
    await put({"id": "1"}, bus="other")
    assert (await learned())[0] == "1"


@pytest.mark.parametrize(("crosses", "names"), [(True, 1), (False, 0)])
async def test_events_of_other_accounts_are_for_discoverers_that_want_them(
    schemas, events, client, clock, crosses, names
):
    await events.put_permission(StatementId="all", Action="events:PutEvents", Principal="111111111111")
    await schemas.create_discoverer(SourceArn=BUS, CrossAccount=crosses)
    entry = {"Source": "far", "DetailType": "Away", "Detail": "{}", "EventBusName": BUS}
    answer = await client("events", account="111111111111").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    await clock.settle()
    found = []
    if (await schemas.list_registries(RegistryNamePrefix="discovered"))["Registries"]:
        found = (await schemas.list_schemas(RegistryName="discovered-schemas", SchemaNamePrefix="far"))[
            "Schemas"
        ]
    assert len(found) == names


async def test_a_bus_has_one_discoverer(schemas):
    await schemas.create_discoverer(SourceArn=BUS)
    with pytest.raises(ClientError, match="already exists") as error:
        await schemas.create_discoverer(SourceArn=BUS)
    assert code(error) == "ConflictException"


@pytest.mark.parametrize(
    "source",
    [
        "arn:aws:events:us-east-1:000000000000:event-bus/none",
        "arn:aws:events:us-east-1:111111111111:event-bus/default",
        "arn:aws:sqs:us-east-1:000000000000:queue",
        "not an arn, but long enough",
    ],
)
async def test_a_discoverer_needs_a_bus_of_ones_own(schemas, source):
    with pytest.raises(ClientError) as error:
        await schemas.create_discoverer(SourceArn=source)
    assert code(error) == "BadRequestException"


async def test_discoverers_are_described_changed_tagged_and_listed(schemas, events):
    await events.create_event_bus(Name="b")
    made = await schemas.create_discoverer(SourceArn=BUS, Description="old", Tags={"a": "1"})
    await schemas.create_discoverer(SourceArn=BUS.replace("default", "b"))
    id = {"DiscovererId": "events-event-bus-default"}
    changed = await schemas.update_discoverer(**id, Description="new", CrossAccount=False)
    assert (changed["Description"], changed["CrossAccount"]) == ("new", False)
    await schemas.tag_resource(ResourceArn=made["DiscovererArn"], Tags={"b": "2"})
    assert (await schemas.describe_discoverer(**id))["Tags"] == {"a": "1", "b": "2"}
    first = await schemas.list_discoverers(Limit=1)
    rest = await schemas.list_discoverers(Limit=1, NextToken=first["NextToken"])
    ids = [one["DiscovererId"] for one in first["Discoverers"] + rest["Discoverers"]]
    assert ids == ["events-event-bus-b", "events-event-bus-default"]
    assert len((await schemas.list_discoverers(SourceArnPrefix=BUS))["Discoverers"]) == 1


async def test_the_default_bus_hears_of_new_schemas_and_versions(
    schemas, schema, events, client, clock, document
):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
    await events.put_rule(Name="r", EventPattern='{"source": ["aws.schemas"]}')
    target = {"Id": "t", "Arn": "arn:aws:sqs:us-east-1:000000000000:q"}
    await events.put_targets(Rule="r", Targets=[target])
    await schema("order", "id")
    await schemas.update_schema(RegistryName="shop", SchemaName="order", Content=document("more"))
    await clock.settle()
    answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    heard = [json.loads(message["Body"]) for message in answer["Messages"]]
    told = sorted((one["detail-type"], one["detail"]["Version"]) for one in heard)
    assert told == [
        ("Schema Created", "1"),
        ("Schema Version Created", "1"),
        ("Schema Version Created", "2"),
    ]
    assert heard[0]["resources"] == ["arn:aws:schemas:us-east-1:000000000000:schema/shop/order"]


async def test_only_discoverers_write_to_their_registry(schemas, put, document):
    await schemas.create_discoverer(SourceArn=BUS)
    await put({"id": "1"})
    with pytest.raises(ClientError) as error:
        await schemas.update_schema(**FOUND, Content=document("x"))
    assert code(error) == "ForbiddenException"


async def test_what_discovery_would_make_can_be_asked_for(schemas):
    event = {"source": "shop", "detail-type": "Order Placed", "detail": {"id": "1"}}
    for type in ("OpenApi3", "JSONSchemaDraft4"):
        answer = await schemas.get_discovered_schema(Type=type, Events=[json.dumps(event)])
        assert "OrderPlaced" in answer["Content"]
    plain = await schemas.get_discovered_schema(Type="OpenApi3", Events=['{"a": 1}', '{"b": 1}'])
    components = json.loads(plain["Content"])["components"]["schemas"]
    assert set(components["Event"]["properties"]) == {"a", "b"}


@pytest.mark.parametrize("events_given", [[], ["{"], ["[]"], ["{}"] * 11])
async def test_what_are_no_events_cannot_be_asked_about(client, events_given):
    with pytest.raises(ClientError) as error:
        await client("schemas", validate=False).get_discovered_schema(Type="OpenApi3", Events=events_given)
    assert code(error) == "BadRequestException"


async def test_a_discoverer_whose_bus_is_deleted_can_still_be_deleted(schemas, events):
    await events.create_event_bus(Name="b")
    await schemas.create_discoverer(SourceArn=BUS.replace("default", "b"))
    await schemas.stop_discoverer(DiscovererId="events-event-bus-b")
    await events.delete_event_bus(Name="b")
    await schemas.delete_discoverer(DiscovererId="events-event-bus-b")
    assert (await schemas.list_discoverers())["Discoverers"] == []


async def test_what_is_no_event_teaches_nothing(schemas, events, put, world):
    made = await schemas.create_discoverer(SourceArn=BUS)
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    for id, text in (("a", "[]"), ("b", "{}"), ("c", '{"source": 1, "detail-type": "x"}')):
        target = {"Id": id, "Arn": made["DiscovererArn"], "Input": text}
        await events.put_targets(Rule="r", Targets=[target])
    entry = {"Source": "shop", "DetailType": "Order Placed", "Detail": "{}"}
    id = (await events.put_events(Entries=[entry]))["Entries"][0]["EventId"]
    await world.clock.settle()
    outcomes = [step["outcome"] for step in world.app.traces.read(id)["steps"]]
    assert sorted(outcomes) == ["delivered", "given up", "given up", "given up"]
    found = await schemas.list_schemas(RegistryName="discovered-schemas", SchemaNamePrefix="shop")
    assert [one["SchemaName"] for one in found["Schemas"]] == ["shop@OrderPlaced"]
