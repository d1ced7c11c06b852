"""Subscribers over HTTP: how they are asked, told, spared, and may come back."""

import asyncio
import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

DAY_MS = 24 * 3_600_000
SIGNED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
"""Of confirmations: docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""


@pytest.fixture
def confirmed(sns, topic, site, clock):
    """``topic_arn, subscription_arn = await confirmed()``"""

    async def make(authenticate="false", **attributes):
        arn = await topic()
        await sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=site.url, Attributes=attributes)
        await clock.settle()
        token = site.values()[0]["Token"]
        made = await sns.confirm_subscription(
            TopicArn=arn, Token=token, AuthenticateOnUnsubscribe=authenticate
        )
        site.got.clear()
        return arn, made["SubscriptionArn"]

    return make


@pytest.fixture
def follow(page):
    """Somebody visits a link, without a signature."""

    async def get(url):
        return (await page("/", url.partition("?")[2])).status

    return get


async def names(sns):
    return [one["SubscriptionArn"] for one in (await sns.list_subscriptions())["Subscriptions"]]


@pytest.mark.parametrize("version", ["1", "2"])
async def test_the_request_to_confirm_verifies(sns, topic, site, page, clock, version):
    arn = await topic(SignatureVersion=version)
    await sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=site.url)
    await clock.settle()
    (asked,) = site.values()
    answer = await page("/" + asked["SigningCertURL"].rpartition("/")[2])
    key = x509.load_pem_x509_certificate(answer.body).public_key()
    text = "".join(f"{name}\n{asked[name]}\n" for name in SIGNED)
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    key.verify(base64.b64decode(asked["Signature"]), text.encode(), padding.PKCS1v15(), digest)
    assert asked["SignatureVersion"] == version


async def test_the_headers_name_message_topic_and_subscription(sns, confirmed, site, clock):
    arn, subscription = await confirmed()
    answer = await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    headers, _ = site.got[0]
    shown = {name: value for name, value in headers.items() if name.lower().startswith("x-amz-sns")}
    assert shown == {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": answer["MessageId"],
        "x-amz-sns-topic-arn": arn,
        "x-amz-sns-subscription-arn": subscription,
    }
    assert headers["User-Agent"] == "Amazon Simple Notification Service Agent"


async def test_an_endpoint_is_told_that_its_subscription_ended(sns, confirmed, site, clock):
    arn, subscription = await confirmed()
    await sns.unsubscribe(SubscriptionArn=subscription)
    await clock.settle()
    (headers, text), told = site.got[0], site.values()[0]
    assert headers["x-amz-sns-message-type"] == told["Type"] == "UnsubscribeConfirmation"
    assert told["Message"].startswith(f"You have chosen to deactivate subscription {subscription}.\n")
    assert (told["TopicArn"], "Signature" in text) == (arn, True)


async def test_the_farewell_is_tried_again_until_it_arrives(sns, confirmed, site, clock):
    _, subscription = await confirmed()
    site.statuses = [500, 200]
    await sns.unsubscribe(SubscriptionArn=subscription)
    await clock.advance(20_000)
    assert [told["Type"] for told in site.values()] == ["UnsubscribeConfirmation"] * 2
    assert len({headers["x-amz-sns-message-id"] for headers, _ in site.got}) == 1


async def test_the_link_of_the_farewell_restores_the_subscription(sns, confirmed, site, follow, clock):
    arn, subscription = await confirmed(RawMessageDelivery="true")
    await sns.unsubscribe(SubscriptionArn=subscription)
    await clock.settle()
    assert await follow(site.values()[0]["SubscribeURL"]) == 200
    assert await names(sns) == [subscription]
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    assert site.got[-1][1] == "hello"


async def test_the_link_of_the_farewell_expires_after_three_days(sns, confirmed, site, follow, clock):
    _, subscription = await confirmed()
    await sns.unsubscribe(SubscriptionArn=subscription)
    await clock.advance(3 * DAY_MS)
    assert await follow(site.values()[0]["SubscribeURL"]) == 400
    assert await names(sns) == []


async def test_a_link_to_confirm_expires_after_three_days(sns, topic, site, follow, clock):
    await sns.subscribe(TopicArn=await topic(), Protocol="http", Endpoint=site.url)
    await clock.advance(3 * DAY_MS + 1)
    assert await follow(site.values()[0]["SubscribeURL"]) == 400


async def test_a_link_does_not_end_a_subscription_that_asks_for_authentication(
    sns, confirmed, site, follow, clock
):
    arn, subscription = await confirmed(authenticate="true")
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    assert await follow(site.values()[0]["UnsubscribeURL"]) == 403
    assert await names(sns) == [subscription]
    await sns.unsubscribe(SubscriptionArn=subscription)
    assert await names(sns) == []


async def test_a_throttled_endpoint_gets_no_more_than_its_policy_allows(sns, confirmed, site, clock):
    policy = json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 2}})
    arn, _ = await confirmed(DeliveryPolicy=policy)
    await clock.advance(500)  # the request to confirm counts too
    for number in range(4):
        await sns.publish(TopicArn=arn, Message=str(number))
    await clock.settle()
    assert len(site.got) == 1
    await clock.advance(500)
    assert len(site.got) == 2
    await clock.advance(1_000)
    assert sorted(told["Message"] for told in site.values()) == ["0", "1", "2", "3"]


async def test_the_content_type_is_the_request_policys(sns, confirmed, site, clock):
    policy = json.dumps({"requestPolicy": {"headerContentType": "application/json"}})
    arn, _ = await confirmed(DeliveryPolicy=policy)
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    assert site.got[0][0]["Content-Type"] == "application/json"


async def test_too_many_requests_is_tried_again(sns, confirmed, site, clock):
    arn, _ = await confirmed()
    site.statuses = [429, 200]
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.advance(20_000)
    assert len(site.got) == 2


async def test_an_endpoint_that_does_not_answer_holds_no_other_up(sns, confirmed, site, other_site, clock):
    arn, _ = await confirmed()
    await sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=other_site.url)
    await clock.settle()
    await sns.confirm_subscription(TopicArn=arn, Token=other_site.values()[0]["Token"])
    other_site.waits_for = freed = asyncio.Event()
    texts = {str(number) for number in range(10)}
    for text in texts:
        await sns.publish(TopicArn=arn, Message=text)
    await asyncio.wait_for(site.has_got(10), 10)
    assert len(other_site.got) < 10
    freed.set()
    await clock.advance(1_000)
    assert {told["Message"] for told in other_site.values()[1:]} == texts
