"""Topics: made once, described, changed, tagged, permitted."""

import json

import pytest


async def test_creating_a_topic_again_is_the_same_topic(sns, topic):
    assert await topic("news", DisplayName="News") == await topic("news")
    assert len((await sns.list_topics())["Topics"]) == 1


async def test_what_is_not_asked_for_may_have_changed_since(sns, topic):
    arn = await topic("news.fifo", ContentBasedDeduplication="true")
    again = await sns.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})
    assert again["TopicArn"] == arn


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"Attributes": {"DisplayName": "Other"}},
            "Attributes Reason: Topic already exists with different attributes",
        ),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "Tags Reason: Topic already exists with different tags"),
    ],
)
async def test_a_topic_that_is_to_be_different_is_refused(sns, topic, refusal, request_, message):
    await topic("news", DisplayName="News")
    assert await refusal(sns.create_topic(Name="news", **request_)) == (
        "InvalidParameter",
        f"Invalid parameter: {message}",
    )


@pytest.mark.parametrize("name", ["", "a" * 257, "a b", "a.fifo", "ä"])
async def test_names_that_are_none_are_refused(sns, refusal, name):
    assert await refusal(sns.create_topic(Name=name)) == (
        "InvalidParameter",
        "Invalid parameter: Topic Name",
    )


async def test_subscriptions_are_counted_by_state(sns, topic, subscribed):
    arn = await topic()
    await subscribed(arn)
    await sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com")
    attributes = (await sns.get_topic_attributes(TopicArn=arn))["Attributes"]
    assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("1", "1")


async def test_attributes_are_set_and_taken_away(sns, topic):
    arn = await topic()
    for value in ("10", ""):
        await sns.set_topic_attributes(
            TopicArn=arn, AttributeName="SQSSuccessFeedbackSampleRate", AttributeValue=value
        )
        found = (await sns.get_topic_attributes(TopicArn=arn))["Attributes"]
        assert found.get("SQSSuccessFeedbackSampleRate", "") == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Nonsense", "1"),
        ("FifoTopic", "true"),
        ("SignatureVersion", "3"),
        ("MaximumMessageSize", "1023"),
        ("Policy", "{"),
        ("DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 101}}}'),
        ("LambdaSuccessFeedbackSampleRate", "101"),
    ],
)
async def test_attributes_that_cannot_be_are_refused(sns, topic, refusal, name, value):
    arn = await topic()
    code, _ = await refusal(sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value))
    assert code == "InvalidParameter"


async def test_a_permission_is_a_statement_of_the_policy_until_it_is_removed(sns, topic):
    arn = await topic()
    await sns.add_permission(TopicArn=arn, Label="x", AWSAccountId=["111111111111"], ActionName=["Publish"])
    policy = json.loads((await sns.get_topic_attributes(TopicArn=arn))["Attributes"]["Policy"])
    assert policy["Statement"][1] == {
        "Sid": "x",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "SNS:Publish",
        "Resource": arn,
    }
    await sns.remove_permission(TopicArn=arn, Label="x")
    policy = json.loads((await sns.get_topic_attributes(TopicArn=arn))["Attributes"]["Policy"])
    assert len(policy["Statement"]) == 1


async def test_topics_of_another_region_are_not_known(client, topic, refusal):
    arn = await topic()
    other = client("sns", region="eu-west-1")
    assert await refusal(other.get_topic_attributes(TopicArn=arn)) == (
        "InvalidParameter",
        "Invalid parameter: TopicArn",
    )


async def test_lists_come_in_pages(sns, topic):
    for number in range(101):
        await topic(f"t{number:03}")
    first = await sns.list_topics()
    rest = await sns.list_topics(NextToken=first["NextToken"])
    assert (len(first["Topics"]), len(rest["Topics"])) == (100, 1)
    assert "NextToken" not in rest


async def test_a_deleted_topic_takes_its_subscriptions_along(sns, topic, subscribed, refusal):
    arn = await topic()
    _, subscription = await subscribed(arn)
    await sns.delete_topic(TopicArn=arn)
    await sns.delete_topic(TopicArn=arn)
    assert (await sns.list_subscriptions())["Subscriptions"] == []
    assert await refusal(sns.get_subscription_attributes(SubscriptionArn=subscription)) == (
        "NotFound",
        "Subscription does not exist",
    )


async def test_tags_come_and_go(sns, topic, refusal):
    arn = await topic()
    await sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    await sns.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert (await sns.list_tags_for_resource(ResourceArn=arn))["Tags"] == [{"Key": "b", "Value": "2"}]
    missing = arn + "x"
    assert (await refusal(sns.list_tags_for_resource(ResourceArn=missing)))[0] == "ResourceNotFound"


async def test_a_new_topic_has_each_tag_once(sns, refusal):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert await refusal(sns.create_topic(Name="news", Tags=tags)) == (
        "InvalidParameter",
        "Invalid parameter: Duplicated keys are not allowed.",
    )


async def test_a_permission_is_for_accounts(sns, topic, refusal):
    arn = await topic()
    asked = {"TopicArn": arn, "Label": "x", "ActionName": ["Publish"]}
    assert await refusal(sns.add_permission(**asked, AWSAccountId=["everybody"])) == (
        "InvalidParameter",
        "Invalid parameter: Policy Error: PrincipalNotFound",
    )


async def test_a_permission_is_for_actions_on_topics(sns, topic, refusal):
    arn = await topic()
    asked = {"TopicArn": arn, "Label": "x", "AWSAccountId": ["111111111111"]}
    assert await refusal(sns.add_permission(**asked, ActionName=["CreateTopic"])) == (
        "InvalidParameter",
        "Invalid parameter: Policy statement action out of service scope!",
    )


async def test_a_data_protection_policy_is_kept(sns, topic):
    arn = await topic()
    await sns.put_data_protection_policy(ResourceArn=arn, DataProtectionPolicy='{"Name": "p"}')
    found = await sns.get_data_protection_policy(ResourceArn=arn)
    assert found["DataProtectionPolicy"] == '{"Name": "p"}'
