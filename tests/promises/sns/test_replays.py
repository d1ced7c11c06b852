"""FIFO topics keep what they took in, and subscriptions get it again when they ask."""

import json
from datetime import UTC, datetime

import pytest

from sundog.config import Config
from sundog.testing.world import World

DAY_MS = 24 * 3_600_000
KEPT = json.dumps({"MessageRetentionPeriod": "2"})


@pytest.fixture
def publish(sns):
    async def send(arn, text, **more):
        return await sns.publish(TopicArn=arn, Message=text, MessageGroupId="g", **more)

    return send


@pytest.fixture
def replay(sns):
    async def ask(subscription, from_ms, to_ms=None):
        policy = {"PointType": "Timestamp", "StartingPoint": iso(from_ms)}
        if to_ms is not None:
            policy["EndingPoint"] = iso(to_ms)
        await sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="ReplayPolicy", AttributeValue=json.dumps(policy)
        )

    return ask


@pytest.fixture
def status(sns):
    async def read(subscription):
        found = await sns.get_subscription_attributes(SubscriptionArn=subscription)
        return found["Attributes"].get("ReplayStatus")

    return read


def iso(ms):
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def texts(bodies, url):
    return [json.loads(body)["Message"] for body in await bodies(url)]


async def test_a_later_subscription_gets_what_was_archived_in_its_order(
    topic, subscribed, publish, replay, status, bodies, clock
):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    began_ms = clock.now_ms()
    sent = [(await publish(arn, str(number)))["MessageId"] for number in range(205)]
    url, subscription = await subscribed(arn, "plain")
    await replay(subscription, began_ms)
    found = [json.loads(body) for body in await bodies(url)]
    assert sorted(one["MessageId"] for one in found) == sorted(sent)
    assert {one["Replayed"] for one in found} == {"true"}
    assert await status(subscription) == "Completed"


async def test_a_replay_ends_where_it_is_told_to(topic, subscribed, publish, replay, bodies, clock):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    for text in ("a", "b", "c"):
        await publish(arn, text)
        await clock.advance(1_000)
    url, subscription = await subscribed(arn, "plain")
    await replay(subscription, clock.now_ms() - 2_000, clock.now_ms() - 1_500)
    assert await texts(bodies, url) == ["b"]


async def test_what_is_published_during_a_replay_comes_after_it_once_and_unmarked(
    world, topic, subscribed, publish, replay, bodies, clock
):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    began_ms = clock.now_ms()
    await publish(arn, "old")
    url, subscription = await subscribed(arn, "plain")
    await replay(subscription, began_ms)
    await publish(arn, "new")
    await clock.settle()
    await publish(arn, "newest")
    found = [json.loads(body) for body in await bodies(url)]
    assert sorted((one["Message"], "Replayed" in one) for one in found) == [
        ("new", False),
        ("newest", False),
        ("old", True),
    ]


async def test_a_replay_obeys_the_filter_policy(sns, topic, subscribed, publish, replay, bodies, clock):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    began_ms = clock.now_ms()
    for colour in ("red", "blue"):
        attribute = {"colour": {"DataType": "String", "StringValue": colour}}
        await publish(arn, colour, MessageAttributes=attribute)
    url, subscription = await subscribed(arn, "plain", FilterPolicy='{"colour": ["red"]}')
    await replay(subscription, began_ms)
    assert await texts(bodies, url) == ["red"]


async def test_messages_leave_the_archive_when_their_time_is_over(
    sns, topic, subscribed, publish, replay, bodies, clock
):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    began_ms = clock.now_ms()
    await publish(arn, "old")
    await clock.advance(2 * DAY_MS + 1)
    await publish(arn, "young")
    url, subscription = await subscribed(arn, "plain")
    await replay(subscription, began_ms)
    assert await texts(bodies, url) == ["young"]
    shown = (await sns.get_topic_attributes(TopicArn=arn))["Attributes"]
    assert shown["BeginningArchiveTime"] == iso(began_ms + 1)


async def test_a_topic_that_archives_is_not_deleted_by_mistake(sns, topic, refusal):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    assert await refusal(sns.delete_topic(TopicArn=arn)) == (
        "InvalidState",
        "Invalid state: Cannot delete a topic with an ArchivePolicy",
    )
    await sns.set_topic_attributes(TopicArn=arn, AttributeName="ArchivePolicy", AttributeValue="{}")
    await sns.delete_topic(TopicArn=arn)


async def test_ending_the_archive_forgets_it(sns, topic, subscribed, publish, replay, refusal, clock):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    began_ms = clock.now_ms()
    await publish(arn, "old")
    await sns.set_topic_attributes(TopicArn=arn, AttributeName="ArchivePolicy", AttributeValue="{}")
    assert "BeginningArchiveTime" not in (await sns.get_topic_attributes(TopicArn=arn))["Attributes"]
    _, subscription = await subscribed(arn, "plain")
    assert (await refusal(replay(subscription, began_ms)))[0] == "InvalidParameter"


@pytest.mark.parametrize(
    "policy",
    [
        "x",
        "[]",
        '{"PointType": "Message"}',
        '{"PointType": "Timestamp"}',
        '{"PointType": "Timestamp", "StartingPoint": "soon"}',
        '{"PointType": "Timestamp", "StartingPoint": 7}',
        '{"PointType": "Timestamp", "StartingPoint": "9999-01-01T00:00:00Z"}',
        '{"PointType": "Timestamp", "StartingPoint": "2020-01-02", "EndingPoint": "2020-01-01"}',
    ],
)
async def test_a_replay_policy_that_is_none_is_refused(sns, topic, subscribed, refusal, policy):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    _, subscription = await subscribed(arn, "plain")
    asked = sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="ReplayPolicy", AttributeValue=policy
    )
    assert (await refusal(asked))[0] == "InvalidParameter"


async def test_a_replay_goes_on_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    async with World(config, models=models) as world:
        sns, sqs = world.client("sns"), world.client("sqs")
        attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true", "ArchivePolicy": KEPT}
        arn = (await sns.create_topic(Name="news.fifo", Attributes=attributes))["TopicArn"]
        began_ms = world.clock.now_ms()
        await sns.publish(TopicArn=arn, Message="old", MessageGroupId="g")
        url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
        await world.app.supervisor.stop(0)  # the replay is asked for and not begun
        policy = {"PointType": "Timestamp", "StartingPoint": iso(began_ms)}
        await sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:000000000000:q",
            Attributes={"RawMessageDelivery": "true", "ReplayPolicy": json.dumps(policy)},
        )
    async with World(config, models=models) as world:
        await world.clock.settle()
        asked = {"QueueUrl": url, "MessageAttributeNames": ["All"]}
        (message,) = (await world.client("sqs").receive_message(**asked))["Messages"]
        assert (message["Body"], message["MessageAttributes"]["Replayed"]["StringValue"]) == ("old", "true")


async def test_a_message_with_all_the_attributes_a_queue_takes_is_replayed_too(
    topic, subscribed, publish, replay, bodies, clock
):
    arn = await topic("news.fifo", ArchivePolicy=KEPT)
    began_ms = clock.now_ms()
    attributes = {f"a{n}": {"DataType": "String", "StringValue": "b"} for n in range(10)}
    await publish(arn, "full", MessageAttributes=attributes)
    url, subscription = await subscribed(arn, "plain", RawMessageDelivery="true")
    await replay(subscription, began_ms)
    assert await bodies(url) == ["full"]
