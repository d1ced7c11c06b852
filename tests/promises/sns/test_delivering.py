"""Deliveries: tried again as AWS does, dead-lettered, told to Logs, alive after a restart."""

import io
import json
import zipfile

import pytest

from sundog.config import Config
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine
from sundog.testing.world import World

DAY_MS = 24 * 3_600_000
MISSING = "arn:aws:sqs:us-east-1:000000000000:missing"


@pytest.fixture
def with_dead_letters(sns, queue):
    """A subscription of a queue that is not there, with a dead-letter queue."""

    async def make(topic_arn, protocol="sqs", endpoint=MISSING, **attributes):
        url, arn = await queue("dead")
        policy = json.dumps({"deadLetterTargetArn": arn})
        await sns.subscribe(
            TopicArn=topic_arn,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes={"RedrivePolicy": policy, **attributes},
        )
        return url

    return make


async def test_what_a_missing_queue_does_not_take_is_dead_lettered_at_once(
    sns, topic, with_dead_letters, received
):
    arn = await topic()
    url = await with_dead_letters(arn, RawMessageDelivery="true")
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    await sns.publish(TopicArn=arn, Message="hello", MessageAttributes=attributes)
    (message,) = await received(url)
    assert (message["Body"], message["MessageAttributes"]["a"]["StringValue"]) == ("hello", "b")


async def test_a_missing_function_is_dead_lettered_with_the_envelope(sns, topic, with_dead_letters, bodies):
    arn = await topic()
    function = "arn:aws:lambda:us-east-1:000000000000:function:missing"
    url = await with_dead_letters(arn, "lambda", function)
    await sns.publish(TopicArn=arn, Message="hello")
    assert json.loads((await bodies(url))[0])["Message"] == "hello"


async def test_others_get_their_message_although_one_fails(sns, topic, subscribed, with_dead_letters, bodies):
    arn = await topic()
    await with_dead_letters(arn)
    url, _ = await subscribed(arn, RawMessageDelivery="true")
    await sns.publish(TopicArn=arn, Message="hello")
    assert await bodies(url) == ["hello"]


async def test_a_url_is_asked_to_confirm_and_then_gets_signed_notifications(sns, topic, site, page, clock):
    arn = await topic()
    await sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=site.url)
    await clock.settle()
    (asked,) = site.values()
    assert (asked["Type"], asked["TopicArn"]) == ("SubscriptionConfirmation", arn)
    answer = await page("/", asked["SubscribeURL"].partition("?")[2])
    assert (answer.status, b"<SubscriptionArn>" in answer.body) == (200, True)
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    headers, text = site.got[-1]
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert json.loads(text)["Message"] == "hello"


@pytest.fixture
async def heard(sns, topic, site, clock):
    """A topic whose one subscriber is a confirmed URL with this delivery policy."""

    async def make(retries=3, **attributes):
        arn = await topic()
        policy = {"healthyRetryPolicy": {"numRetries": retries, "minDelayTarget": 10, "maxDelayTarget": 10}}
        await sns.subscribe(
            TopicArn=arn,
            Protocol="http",
            Endpoint=site.url,
            Attributes={"DeliveryPolicy": json.dumps(policy), **attributes},
        )
        await clock.settle()
        await sns.confirm_subscription(TopicArn=arn, Token=site.values()[0]["Token"])
        site.got.clear()
        return arn

    return make


async def test_a_url_that_fails_is_tried_again_by_its_policy(sns, heard, site, clock):
    arn = await heard(retries=2)
    site.statuses = [500, 503, 200]
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    assert len(site.got) == 1
    await clock.advance(10_000)
    assert len(site.got) == 2
    await clock.advance(10_000)
    await clock.advance(DAY_MS)
    assert len(site.got) == 3


async def test_a_url_that_refuses_is_not_tried_again(sns, heard, site, clock):
    arn = await heard()
    site.statuses = [404]
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.advance(DAY_MS)
    assert len(site.got) == 1


async def test_a_url_gets_raw_messages_with_a_header_that_says_so(sns, heard, site, clock):
    arn = await heard(RawMessageDelivery="true")
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    headers, text = site.got[0]
    assert (headers["x-amz-sns-rawdelivery"], text) == ("true", "hello")


async def test_the_link_of_a_notification_ends_the_subscription(sns, heard, site, page, clock):
    arn = await heard()
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    answer = await page("/", site.values()[0]["UnsubscribeURL"].partition("?")[2])
    assert answer.status == 200
    assert (await sns.list_subscriptions())["Subscriptions"] == []


async def test_a_link_with_a_wrong_token_is_an_error_in_xml(page, topic):
    arn = await topic()
    answer = await page("/", f"Action=ConfirmSubscription&TopicArn={arn}&Token={'a' * 64}")
    assert (answer.status, b"<Code>InvalidParameter</Code>" in answer.body) == (400, True)


async def test_delivery_status_is_logged_for_topics_that_ask(client, sns, topic, subscribed, clock):
    arn = await topic(
        SQSSuccessFeedbackRoleArn="arn:aws:iam::000000000000:role/r", SQSSuccessFeedbackSampleRate="100"
    )
    await subscribed(arn)
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    logged = await client("logs").filter_log_events(logGroupName="sns/us-east-1/000000000000/news")
    (event,) = logged["events"]
    told = json.loads(event["message"])
    assert (told["status"], told["notification"]["topicArn"]) == ("SUCCESS", arn)


async def test_what_was_published_and_filtered_is_counted(client, sns, topic, subscribed, clock):
    arn = await topic()
    await subscribed(arn, "a")
    await subscribed(arn, "b", FilterPolicy='{"x": ["y"]}')
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.advance(60_000)
    counted = {}
    for metric in ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered"):
        counted[metric] = await total(client, clock, metric)
    assert counted == {"NumberOfMessagesPublished": 1, "NumberOfNotificationsDelivered": 1}
    assert await total(client, clock, "NumberOfNotificationsFilteredOut") == 1


def bundle():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("code.py", "")
    return data.getvalue()


async def total(client, clock, metric):
    found = await client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SNS",
        MetricName=metric,
        Dimensions=[{"Name": "TopicName", "Value": "news"}],
        StartTime=clock.now_ms() / 1000 - 600,
        EndTime=clock.now_ms() / 1000 + 60,
        Period=60,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


async def test_a_function_gets_the_event_of_a_topic(world, client, sns, topic, clock):
    engine = ScriptedEngine(clock)
    await world.app.parts.get(Compute).use(engine)
    await client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="code.handler",
        Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": bundle()},
    )
    await clock.settle()
    arn = await topic()
    function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    await sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    ((record,),) = (event["Records"] for event in engine.events("f"))
    assert (record["EventSource"], record["Sns"]["Message"], record["Sns"]["Subject"]) == (
        "aws:sns",
        "hello",
        None,
    )


async def test_deliveries_go_on_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    async with World(config, models=models) as world:
        sns, sqs = world.client("sns"), world.client("sqs")
        arn = (await sns.create_topic(Name="news"))["TopicArn"]
        url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
        await sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:000000000000:q",
            Attributes={"RawMessageDelivery": "true"},
        )
        await world.app.supervisor.stop(0)  # nothing is delivered any more before the end
        await sns.publish(TopicArn=arn, Message="hello")
        found = await sqs.receive_message(QueueUrl=url)
        assert "Messages" not in found
    async with World(config, models=models) as world:
        await world.clock.settle()
        (message,) = (await world.client("sqs").receive_message(QueueUrl=url))["Messages"]
        assert message["Body"] == "hello"
