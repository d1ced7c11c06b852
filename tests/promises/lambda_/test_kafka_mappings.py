"""Event source mappings of Kafka, against librdkafka's mock broker, which comes with its package."""

import asyncio
import base64
import json

import pytest

from sundog.config import Config
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine
from sundog.testing.world import World

pytest.importorskip("aiokafka")
confluent_kafka = pytest.importorskip("confluent_kafka")


@pytest.fixture(scope="module")
def producer():
    """A producer that brings its own broker."""
    producer = confluent_kafka.Producer(
        {"test.mock.num.brokers": "1", "bootstrap.servers": "mock", "log_level": 0}
    )
    yield producer
    producer.flush(5)


@pytest.fixture
def put(producer):
    def send(topic, *values, key=b"k"):
        for value in values:
            producer.produce(topic, value, key=key, headers={"h": b"1"})
        producer.flush(5)

    return send


@pytest.fixture
def servers(producer):
    (broker,) = producer.list_topics(timeout=5).brokers.values()
    return [f"{broker.host}:{broker.port}"]


@pytest.fixture
def map_topic(functions, servers, clock):
    async def make(topic, function="f", start="TRIM_HORIZON", **members):
        return await functions.create_event_source_mapping(
            FunctionName=function,
            Topics=[topic],
            SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers}},
            StartingPosition=start,
            **members,
        )

    return make


@pytest.fixture
def seen(engine, clock):
    """Real brokers answer in real time: move the clock until so many batches have come."""

    async def wait(count, name="f"):
        for _ in range(200):
            await clock.advance(1_000)
            if len(engine.events(name)) >= count:
                return engine.events(name)
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(engine.events(name))} of {count} batches came")

    return wait


async def test_records_of_a_topic_come_as_lambda_shows_them(engine, create, put, map_topic, servers, seen):
    await create("f")
    put("orders", b'{"a": 1}')
    made = await map_topic("orders", MaximumBatchingWindowInSeconds=0)
    assert made["Topics"] == ["orders"]
    assert made["SelfManagedKafkaEventSourceConfig"]["ConsumerGroupId"]
    assert "EventSourceArn" not in made
    (event,) = await seen(1)
    assert (event["eventSource"], event["bootstrapServers"]) == ("SelfManagedKafka", servers[0])
    ((name, (record,)),) = event["records"].items()
    assert name == f"orders-{record['partition']}"
    assert base64.b64decode(record["value"]) == b'{"a": 1}'
    assert base64.b64decode(record["key"]) == b"k"
    assert (record["offset"], record["headers"], record["timestampType"]) == (0, [{"h": [49]}], "CREATE_TIME")


async def test_reading_goes_on_where_it_stopped(functions, engine, create, put, map_topic, seen, clock):
    await create("f")
    put("places", b"1")
    uuid = (await map_topic("places"))["UUID"]
    await seen(1)
    await functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    await clock.settle()
    put("places", b"2")
    await functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    events = await seen(2)
    offsets = [
        record["offset"]
        for event in events
        for (records,) in [event["records"].values()]
        for record in records
    ]
    assert offsets == [0, 1]


async def test_filters_look_into_values(engine, create, put, map_topic, seen):
    await create("f")
    put("filtered", b'{"kind": "b"}', b"\xff", b'{"kind": "a"}')
    pattern = json.dumps({"value": {"kind": ["a"]}})
    await map_topic("filtered", FilterCriteria={"Filters": [{"Pattern": pattern}]})
    (event,) = await seen(1)
    ((record,),) = event["records"].values()
    assert record["offset"] == 2


async def test_a_batch_that_was_given_up_is_told_of(
    engine, create, put, map_topic, seen, queue, bodies, clock
):
    await create("f")
    url, arn = await queue("lost")

    def fail(_event):
        raise ValueError

    engine.scripts["f"] = fail
    put("failing", b"x")
    await map_topic("failing", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    await seen(1)
    await clock.advance(5_000)
    (record,) = map(json.loads, await bodies(url))
    assert record["KafkaBatchInfo"]["batchSize"] == 1
    assert record["KafkaBatchInfo"]["recordInfo"]["offset"] == "0"


async def test_brokers_that_do_not_answer_are_a_problem_of_the_mapping(functions, create, clock):
    await create("f")
    made = await functions.create_event_source_mapping(
        FunctionName="f",
        Topics=["orders"],
        SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["127.0.0.1:1"]}},
        StartingPosition="LATEST",
    )
    await clock.advance(1_000)
    found = await functions.get_event_source_mapping(UUID=made["UUID"])
    assert found["LastProcessingResult"].startswith("PROBLEM: Connection error.")


async def test_a_cluster_of_msk_is_the_one_that_the_server_knows(models, put, servers, bundle):
    put("managed", b"x")
    config = Config(ephemeral=True, port=0, kafka=",".join(servers))
    arn = "arn:aws:kafka:us-east-1:000000000000:cluster/any/1"
    async with World(config, models=models) as world:
        engine = ScriptedEngine(world.clock)
        await world.app.parts.get(Compute).use(engine)
        functions = world.client("lambda")
        role = "arn:aws:iam::000000000000:role/anything"
        code = {"ZipFile": bundle("")}
        await functions.create_function(
            FunctionName="f", Runtime="python3.11", Handler="a.b", Role=role, Code=code
        )
        made = await functions.create_event_source_mapping(
            FunctionName="f", EventSourceArn=arn, Topics=["managed"], StartingPosition="TRIM_HORIZON"
        )
        assert made["AmazonManagedKafkaEventSourceConfig"]["ConsumerGroupId"]
        for _ in range(200):
            await world.clock.advance(1_000)
            if engine.events("f"):
                break
        (event,) = engine.events("f")
        assert (event["eventSource"], event["eventSourceArn"]) == ("aws:kafka", arn)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Topics": []}, "ValidationException"),
        ({"StartingPosition": None}, "ValidationException"),
        ({"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:q"}, "InvalidParameterValueException"),
        ({"ParallelizationFactor": 2}, "InvalidParameterValueException"),
        (
            {"SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": "arn:aws:x"}]},
            "UnsupportedOperation",
        ),
    ],
)
async def test_what_a_topic_cannot_have_is_refused(client, create, refusal, members, code):
    await create("f")
    asked = {
        "FunctionName": "f",
        "Topics": ["orders"],
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["127.0.0.1:1"]}},
        "StartingPosition": "LATEST",
    } | members
    request = {name: value for name, value in asked.items() if value is not None}
    lenient = client("lambda", validate=False)
    assert (await refusal(lenient.create_event_source_mapping(**request)))[0] == code
