"""PutEvents: which targets an event reaches, in which form, and what becomes of failures."""

import json

import pytest

from sundog.bus import Traces
from sundog.config import Config
from sundog.testing.world import World

DAY_MS = 24 * 3_600_000
MISSING = "arn:aws:sqs:us-east-1:000000000000:missing"


async def test_an_event_reaches_the_targets_of_matching_rules_only(routed, put, bodies):
    paid = await routed("paid", {"source": ["shop"], "detail": {"status": ["paid"]}})
    new = await routed("new", {"detail": {"status": ["new"]}})
    await put({"status": "paid"})
    assert [event["detail"] for event in await bodies(paid)] == [{"status": "paid"}]
    assert await bodies(new) == []


async def test_an_event_has_the_envelope_of_eventbridge(routed, put, bodies):
    url = await routed()
    answer = await put({"n": 1}, Resources=["arn:x"], Time=1_600_000_000)
    (event,) = await bodies(url)
    assert event == {
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "Order",
        "source": "shop",
        "account": "000000000000",
        "time": "2020-09-13T12:26:40Z",
        "region": "us-east-1",
        "resources": ["arn:x"],
        "detail": {"n": 1},
    }


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        (
            {"DetailType": "t", "Detail": "{}"},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"Source": "s", "Detail": "{}"},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        ({"Source": "s", "DetailType": "t", "Detail": "x"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "s", "DetailType": "t", "Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
        (
            {"Source": "aws.s3", "DetailType": "t", "Detail": "{}"},
            "NotAuthorizedForSourceException",
            "Not authorized for the source.",
        ),
    ],
)
async def test_an_entry_that_cannot_be_leaves_the_others_alone(events, routed, bodies, entry, code, message):
    url = await routed()
    good = {"Source": "shop", "DetailType": "t", "Detail": "{}"}
    answer = await events.put_events(Entries=[entry, good])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0] == {"ErrorCode": code, "ErrorMessage": message}
    assert len(await bodies(url)) == 1


async def test_entries_are_bounded_together(events, refusal):
    entry = {"Source": "s", "DetailType": "t", "Detail": json.dumps({"x": "a" * 600_000})}
    assert await refusal(events.put_events(Entries=[entry, entry])) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )


async def test_a_disabled_rule_gets_nothing(events, routed, put, bodies):
    url = await routed()
    await events.disable_rule(Name="rule")
    await put()
    await events.enable_rule(Name="rule")
    await put({"n": 2})
    assert [event["detail"] for event in await bodies(url)] == [{"n": 2}]


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail.n"}, 5),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.n"},
                    "InputTemplate": '{"n": <n>, "rule": "<aws.events.rule-name>"}',
                }
            },
            {"n": 5, "rule": "rule"},
        ),
    ],
)
async def test_a_target_gets_what_it_asks_for(routed, put, bodies, target, body):
    url = await routed(**target)
    await put({"n": 5})
    assert await bodies(url) == [body]


async def test_a_fifo_queue_gets_the_group_of_its_target(events, queue, put, sqs, clock):
    url, arn = await queue("orders.fifo")
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    target = {"Id": "t", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"}}
    await events.put_targets(Rule="r", Targets=[target])
    await put()
    await clock.settle()
    got = await sqs.receive_message(QueueUrl=url, AttributeNames=["All"])
    assert got["Messages"][0]["Attributes"]["MessageGroupId"] == "g"


async def test_an_event_goes_from_bus_to_bus_as_it_is(events, routed, put, bodies):
    other = (await events.create_event_bus(Name="other"))["EventBusArn"]
    url = await routed("behind", bus="other")
    await events.put_rule(Name="on", EventPattern='{"source": ["shop"]}')
    await events.put_targets(Rule="on", Targets=[{"Id": "t", "Arn": other}])
    answer = await put({"n": 1})
    assert [event["id"] for event in await bodies(url)] == [answer["Entries"][0]["EventId"]]


async def test_an_event_that_goes_in_circles_ends(events, routed, put, bodies):
    own = (await events.describe_event_bus())["Arn"]
    url = await routed()
    await events.put_targets(Rule="rule", Targets=[{"Id": "again", "Arn": own}])
    await put()
    assert len(await bodies(url)) == 6


async def test_an_event_crosses_regions(client, events, put, clock):
    west = client("events", region="us-west-2")
    queues = client("sqs", region="us-west-2")
    url = (await queues.create_queue(QueueName="q"))["QueueUrl"]
    await west.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    arn = "arn:aws:sqs:us-west-2:000000000000:q"
    await west.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn}])
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    bus = (await west.describe_event_bus())["Arn"]
    await events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": bus}])
    await put()
    await clock.settle()
    (message,) = (await queues.receive_message(QueueUrl=url))["Messages"]
    assert json.loads(message["Body"])["region"] == "us-east-1"


async def test_what_no_target_takes_is_dead_lettered_with_the_reason(events, queue, put, sqs, clock):
    url, arn = await queue("dead")
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    target = {
        "Id": "t",
        "Arn": MISSING,
        "DeadLetterConfig": {"Arn": arn},
        "RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
    }
    await events.put_targets(Rule="r", Targets=[target])
    await put({"n": 1})
    await clock.advance(DAY_MS)
    (message,) = (await sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]))["Messages"]
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    assert told["TARGET_ARN"] == MISSING
    assert told["RULE_ARN"].endswith("rule/r")


async def test_events_of_one_request_that_a_target_refuses_go_on_alone(
    events, queue, bodies, sqs, clock, entries
):
    """The good ones arrive once; each of the others has all its attempts, and ends as a dead letter."""
    (good, arn), (dead, dead_arn) = await queue("good"), await queue("dead")
    await sqs.set_queue_attributes(QueueUrl=good, Attributes={"MaximumMessageSize": "1024"})
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    target = {
        "Id": "t",
        "Arn": arn,
        "DeadLetterConfig": {"Arn": dead_arn},
        "RetryPolicy": {"MaximumRetryAttempts": 3},
    }
    await events.put_targets(Rule="r", Targets=[target])
    await events.put_events(Entries=entries({"n": 1}, {"n": 2, "x": "a" * 2_000}, {"n": 3}))
    assert sorted(event["detail"]["n"] for event in await bodies(good)) == [1, 3]
    await clock.advance(DAY_MS)
    (letter,) = (await sqs.receive_message(QueueUrl=dead, MessageAttributeNames=["All"]))["Messages"]
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert json.loads(letter["Body"])["detail"]["n"] == 2
    assert (told["RETRY_ATTEMPTS"], told["EXHAUSTED_RETRY_CONDITION"]) == ("3", "MaximumRetryAttempts")


async def test_a_target_that_comes_back_gets_every_event_of_a_request(
    events, queue, bodies, sqs, clock, entries
):
    url, arn = await queue("later")
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    await events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn}])
    await sqs.delete_queue(QueueUrl=url)
    await clock.advance(61_000)
    await events.put_events(Entries=entries(*({"n": n} for n in range(10))))
    await clock.advance(10_000)
    await queue("later")
    await clock.advance(60_000)
    assert sorted(event["detail"]["n"] for event in await bodies(url)) == list(range(10))


async def test_the_trace_of_an_event_tells_the_field_that_did_not_match(world, routed, put, clock):
    await routed("paid", {"detail": {"status": ["paid"]}})
    await routed("all", {"source": ["shop"]})
    id = (await put({"status": "new"}))["Entries"][0]["EventId"]
    await clock.settle()
    trace = world.app.parts.get(Traces).read(id)
    told = {one["subject"].rpartition("/")[2]: one["reason"] for one in trace["considered"]}
    assert told == {"paid": "detail.status: expected one of ['paid'], found 'new'", "all": ""}
    assert [step["outcome"] for step in trace["steps"]] == ["delivered"]


async def test_what_rules_do_is_counted(client, routed, put, clock):
    await routed()
    await put()
    await clock.advance(60_000)
    found = await client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events",
        MetricName="MatchedEvents",
        Dimensions=[{"Name": "RuleName", "Value": "rule"}],
        StartTime=clock.now_ms() / 1000 - 600,
        EndTime=clock.now_ms() / 1000 + 60,
        Period=60,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in found["Datapoints"]) == 1


async def test_attempts_and_what_came_of_them_are_counted(client, events, queue, put, clock):
    _, dead = await queue("dead")
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    target = {
        "Id": "t",
        "Arn": MISSING,
        "DeadLetterConfig": {"Arn": dead},
        "RetryPolicy": {"MaximumRetryAttempts": 2},
    }
    await events.put_targets(Rule="r", Targets=[target])
    await put()
    await clock.advance(600_000)
    found = await client("cloudwatch").list_metrics(
        Namespace="AWS/Events", Dimensions=[{"Name": "RuleName", "Value": "r"}]
    )
    sums = {}
    for metric in found["Metrics"]:
        got = await client("cloudwatch").get_metric_statistics(
            **{name: metric[name] for name in ("Namespace", "MetricName", "Dimensions")},
            StartTime=clock.now_ms() / 1000 - 1_200,
            EndTime=clock.now_ms() / 1000 + 60,
            Period=60,
            Statistics=["Sum"],
        )
        sums[metric["MetricName"]] = sum(point["Sum"] for point in got["Datapoints"])
    del sums["IngestionToInvocationCompleteLatency"]
    assert sums == {
        "MatchedEvents": 1,
        "TriggeredRules": 1,
        "InvocationsCreated": 1,
        "InvocationAttempts": 3,
        "RetryInvocationAttempts": 2,
        "Invocations": 1,
        "FailedInvocations": 1,
        "InvocationsSentToDlq": 1,
    }


async def test_a_topic_gets_events(client, events, put, queue, sqs, clock):
    sns = client("sns")
    topic = (await sns.create_topic(Name="news"))["TopicArn"]
    url, arn = await queue("q")
    raw = {"RawMessageDelivery": "true"}
    await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    await events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": topic, "Input": '"hello"'}])
    await put()
    await clock.settle()
    assert (await sqs.receive_message(QueueUrl=url))["Messages"][0]["Body"] == '"hello"'


async def test_deliveries_go_on_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    async with World(config, models=models) as world:
        events, sqs = world.client("events"), world.client("sqs")
        url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
        await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
        arn = "arn:aws:sqs:us-east-1:000000000000:q"
        await events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn}])
        await world.app.supervisor.stop(0)  # nothing is delivered any more before the end
        await events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
    async with World(config, models=models) as world:
        await world.clock.settle()
        assert len((await world.client("sqs").receive_message(QueueUrl=url))["Messages"]) == 1
