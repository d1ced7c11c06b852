"""Subscriptions: what may be subscribed, how they are confirmed, what they say of themselves."""

import pytest


@pytest.mark.parametrize(
    ("protocol", "endpoint", "message"),
    [
        ("carrier-pigeon", "x", "Amazon SNS does not support this protocol string: carrier-pigeon"),
        ("sqs", "http://127.0.0.1/000000000000/q", "SQS endpoint ARN"),
        ("lambda", "f", "Lambda endpoint ARN"),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("email", "nobody", "Email address"),
        (
            "sqs",
            "arn:aws:sqs:us-east-1:000000000000:q.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS "
            "topics",
        ),
    ],
)
async def test_endpoints_that_cannot_be_are_refused(sns, topic, refusal, protocol, endpoint, message):
    arn = await topic()
    assert await refusal(sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint)) == (
        "InvalidParameter",
        f"Invalid parameter: {message}",
    )


async def test_a_number_that_is_none_is_refused(sns, topic, refusal):
    arn = await topic()
    assert await refusal(sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="abc")) == (
        "InvalidParameter",
        "Invalid SMS endpoint: abc",
    )


async def test_delivery_streams_are_refused_by_name(sns, topic, refusal):
    arn = await topic()
    stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/s"
    code, _ = await refusal(sns.subscribe(TopicArn=arn, Protocol="firehose", Endpoint=stream))
    assert code == "UnsupportedOperation"


async def test_subscribing_again_is_the_same_subscription(sns, topic, subscribed, refusal):
    arn = await topic()
    _, first = await subscribed(arn, RawMessageDelivery="True")
    _, again = await subscribed(arn)
    assert first == again
    assert await refusal(subscribed(arn, RawMessageDelivery="false")) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Nonsense", "x", "AttributeName"),
        ("RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."),
        (
            "RedrivePolicy",
            '{"deadLetterTargetArn": "x"}',
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        (
            "RedrivePolicy",
            "nothing",
            "RedrivePolicy: failed to parse JSON. Unrecognized token 'nothing': was expecting (JSON String, "
            "Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED "
            "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]",
        ),
        ("DeliveryPolicy", "{}", "Delivery protocol [sqs] does not support specific delivery policies."),
    ],
)
async def test_attributes_that_cannot_be_are_refused(sns, topic, subscribed, refusal, name, value, message):
    _, subscription = await subscribed(await topic())
    change = sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName=name, AttributeValue=value
    )
    assert await refusal(change) == ("InvalidParameter", f"Invalid parameter: {message}")


async def test_a_filter_policy_of_six_keys_is_refused(topic, subscribed, refusal):
    policy = '{"a": ["1"], "b": ["1"], "c": ["1"], "d": ["1"], "e": ["1"], "f": ["1"]}'
    assert await refusal(subscribed(await topic(), FilterPolicy=policy)) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys",
    )


async def test_an_empty_filter_policy_lets_everything_through_again(sns, topic, subscribed, bodies):
    arn = await topic()
    url, subscription = await subscribed(arn, RawMessageDelivery="true", FilterPolicy='{"a": ["b"]}')
    await sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=""
    )
    await sns.publish(TopicArn=arn, Message="hello")
    assert await bodies(url) == ["hello"]
    shown = (await sns.get_subscription_attributes(SubscriptionArn=subscription))["Attributes"]
    assert "FilterPolicyScope" not in shown


async def test_who_has_unsubscribed_gets_nothing(sns, topic, subscribed, bodies):
    arn = await topic()
    url, subscription = await subscribed(arn)
    await sns.unsubscribe(SubscriptionArn=subscription)
    await sns.unsubscribe(SubscriptionArn=subscription)
    await sns.publish(TopicArn=arn, Message="hello")
    assert await bodies(url) == []
    attributes = (await sns.get_topic_attributes(TopicArn=arn))["Attributes"]
    assert attributes["SubscriptionsDeleted"] == "1"


async def test_subscriptions_are_listed_by_topic_and_all(sns, topic, subscribed):
    first, second = await topic("a"), await topic("b")
    await subscribed(first, "q")
    await subscribed(second, "q")
    assert len((await sns.list_subscriptions())["Subscriptions"]) == 2
    (only,) = (await sns.list_subscriptions_by_topic(TopicArn=first))["Subscriptions"]
    assert (only["TopicArn"], only["Protocol"]) == (first, "sqs")


async def test_a_mail_subscriber_confirms_with_the_token_of_the_mail(mails, sns, topic, clock):
    arn = await topic()
    made = await sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com")
    assert made["SubscriptionArn"] == "pending confirmation"
    await clock.settle()
    (mail,) = await mails()
    await sns.publish(TopicArn=arn, Message="too early")
    token = mail["confirm_url"].rpartition("Token=")[2]
    confirmed = await sns.confirm_subscription(TopicArn=arn, Token=token)
    assert confirmed["SubscriptionArn"].startswith(arn)
    await sns.publish(TopicArn=arn, Subject="News", Message="hello")
    await clock.settle()
    newest = (await mails())[0]
    assert (newest["subject"], newest["text"].split("\n")[0]) == ("News", "hello")
    assert len(await mails()) == 2


async def test_a_token_is_good_for_three_days(mails, sns, topic, clock, refusal):
    arn = await topic()
    await sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com")
    await clock.settle()
    (mail,) = await mails()
    await clock.advance(3 * 24 * 3_600_000 + 1)
    token = mail["confirm_url"].rpartition("Token=")[2]
    assert (await refusal(sns.confirm_subscription(TopicArn=arn, Token=token)))[
        1
    ] == "Invalid parameter: Token"
