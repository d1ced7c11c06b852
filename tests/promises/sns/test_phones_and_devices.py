"""Text messages and mobile push: kept in the outbox, refused where AWS refuses."""

import orjson
import pytest

from sundog.protocol.http import HttpRequest


@pytest.fixture
def sent(page):
    async def read():
        return orjson.loads((await page("/_sundog/outbox")).body)["sent"]

    return read


@pytest.fixture
def application(sns):
    async def make(name="app"):
        made = await sns.create_platform_application(
            Name=name, Platform="GCM", Attributes={"PlatformCredential": "secret"}
        )
        return made["PlatformApplicationArn"]

    return make


async def test_a_text_message_is_kept_in_the_outbox(sns, sent):
    answer = await sns.publish(PhoneNumber="+491701234567", Message="hello")
    (text,) = await sent()
    assert (text["kind"], text["to"], text["text"]) == ("sms", "+491701234567", "hello")
    assert text["message_id"] == answer["MessageId"]


async def test_a_number_that_is_none_is_refused(sns, refusal):
    assert (await refusal(sns.publish(PhoneNumber="nobody", Message="x")))[1] == (
        "Invalid parameter: PhoneNumber Reason: nobody is not valid to publish to"
    )


async def test_a_subscribed_telephone_gets_the_messages_of_the_topic(sns, topic, sent, clock):
    arn = await topic()
    await sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+491701234567")
    await sns.publish(TopicArn=arn, MessageStructure="json", Message='{"default": "x", "sms": "short"}')
    await clock.settle()
    assert [text["text"] for text in await sent()] == ["short"]


async def test_settings_of_text_messages_are_kept(sns, refusal):
    await sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional"})
    found = (await sns.get_sms_attributes(attributes=["DefaultSMSType"]))["attributes"]
    assert found == {"DefaultSMSType": "Transactional"}
    assert await refusal(sns.set_sms_attributes(attributes={"DefaultSMSType": "x"})) == (
        "InvalidParameter",
        "DefaultSMSType is invalid",
    )


async def test_a_number_of_the_sandbox_is_verified_with_its_code(sns, refusal):
    number = "+491701234567"
    await sns.create_sms_sandbox_phone_number(PhoneNumber=number)
    wrong = sns.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword="99999999")
    assert (await refusal(wrong))[0] == "VerificationException"
    (listed,) = (await sns.list_sms_sandbox_phone_numbers())["PhoneNumbers"]
    assert listed == {"PhoneNumber": number, "Status": "Pending"}
    await sns.delete_sms_sandbox_phone_number(PhoneNumber=number)
    assert (await refusal(sns.delete_sms_sandbox_phone_number(PhoneNumber=number)))[0] == "ResourceNotFound"


async def test_a_device_gets_the_text_of_its_platform(sns, application, sent):
    endpoint = await sns.create_platform_endpoint(PlatformApplicationArn=await application(), Token="t")
    await sns.publish(
        TargetArn=endpoint["EndpointArn"],
        MessageStructure="json",
        Message='{"default": "x", "GCM": "{\\"a\\": 1}"}',
    )
    (push,) = await sent()
    assert (push["kind"], push["token"], push["text"]) == ("push", "t", '{"a": 1}')


async def test_a_disabled_device_takes_nothing(sns, application, refusal):
    endpoint = await sns.create_platform_endpoint(PlatformApplicationArn=await application(), Token="t")
    arn = endpoint["EndpointArn"]
    await sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})
    assert await refusal(sns.publish(TargetArn=arn, Message="x")) == (
        "EndpointDisabled",
        "Endpoint is disabled",
    )


async def test_a_device_that_is_gone_is_no_target(sns, application, refusal):
    made = await sns.create_platform_endpoint(PlatformApplicationArn=await application(), Token="t")
    await sns.delete_endpoint(EndpointArn=made["EndpointArn"])
    assert await refusal(sns.publish(TargetArn=made["EndpointArn"], Message="x")) == (
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
    )


async def test_the_same_token_is_the_same_device(sns, application, refusal):
    arn = await application()
    first = await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t")
    again = await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t")
    assert first["EndpointArn"] == again["EndpointArn"]
    other = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t", CustomUserData="x")
    assert "already exists with the same Token" in (await refusal(other))[1]


async def test_devices_are_listed_by_application(sns, application):
    first, second = await application("one"), await application("two")
    for number in range(3):
        await sns.create_platform_endpoint(PlatformApplicationArn=first, Token=str(number))
    await sns.create_platform_endpoint(PlatformApplicationArn=second, Token="x")
    listed = await sns.list_endpoints_by_platform_application(PlatformApplicationArn=first)
    assert len(listed["Endpoints"]) == 3
    assert len((await sns.list_platform_applications())["PlatformApplications"]) == 2


async def test_the_credentials_of_an_application_are_never_shown(sns, application):
    arn = await application()
    shown = (await sns.get_platform_application_attributes(PlatformApplicationArn=arn))["Attributes"]
    assert shown == {"Enabled": "true"}


@pytest.fixture
def reply(world):
    """Somebody answers a text message."""

    async def send(number, text):
        body = orjson.dumps({"from": number, "text": text})
        request = HttpRequest("POST", "/_sundog/outbox/reply", "", {}, body)
        return orjson.loads((await world.app.server.answer(request, lambda: True)).body)

    return send


async def test_a_number_that_answers_stop_gets_no_more_texts(sns, topic, reply, sent, refusal, clock):
    number = "+491701234567"
    await reply(number, " Stop ")
    assert (await sns.check_if_phone_number_is_opted_out(phoneNumber=number))["isOptedOut"]
    assert (await sns.list_phone_numbers_opted_out())["phoneNumbers"] == [number]
    refused = await refusal(sns.publish(PhoneNumber=number, Message="hello"))
    assert refused[0] == "InvalidParameter"
    arn = await topic()
    await sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint=number)
    await sns.publish(TopicArn=arn, Message="hello")
    await clock.settle()
    assert await sent() == []


async def test_a_number_that_was_opted_in_again_gets_texts(sns, reply, sent):
    number = "+491701234567"
    await reply(number, "STOP")
    await sns.opt_in_phone_number(phoneNumber=number)
    await sns.publish(PhoneNumber=number, Message="hello")
    assert [text["text"] for text in await sent()] == ["hello"]


async def test_a_reply_without_a_number_is_refused(reply):
    assert "error" in await reply(None, "STOP")


async def test_the_code_that_was_texted_verifies_a_number(sns, sent):
    number = "+491701234567"
    await sns.create_sms_sandbox_phone_number(PhoneNumber=number)
    (text,) = await sent()
    code = text["text"].split()[-1]
    await sns.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword=code)
    (listed,) = (await sns.list_sms_sandbox_phone_numbers())["PhoneNumbers"]
    assert listed["Status"] == "Verified"


ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture
def logged(client, clock):
    async def read(subject):
        await clock.settle()
        group = f"sns/us-east-1/000000000000/{subject}"
        found = await client("logs").filter_log_events(logGroupName=group)
        return [orjson.loads(event["message"]) for event in found["events"]]

    return read


async def test_direct_text_messages_are_logged_for_accounts_that_ask(sns, reply, refusal, logged):
    attributes = {"DeliveryStatusIAMRole": ROLE, "DeliveryStatusSuccessSamplingRate": "100"}
    await sns.set_sms_attributes(attributes=attributes)
    answer = await sns.publish(PhoneNumber="+491701234567", Message="hello")
    await reply("+491701234567", "STOP")
    await refusal(sns.publish(PhoneNumber="+491701234567", Message="hello"))
    (told,) = await logged("DirectPublishToPhoneNumber")
    assert (told["status"], told["notification"]["messageId"]) == ("SUCCESS", answer["MessageId"])
    assert (told["delivery"]["destination"], told["delivery"]["smsType"]) == ("+491701234567", "Promotional")
    (failed,) = await logged("DirectPublishToPhoneNumber/Failure")
    assert (failed["status"], failed["delivery"]["providerResponse"]) == (
        "FAILURE",
        "Phone number is opted out",
    )


async def test_direct_notifications_are_logged_for_applications_that_ask(sns, application, refusal, logged):
    arn = await application()
    attributes = {
        "SuccessFeedbackRoleArn": ROLE,
        "FailureFeedbackRoleArn": ROLE,
        "SuccessFeedbackSampleRate": "100",
    }
    await sns.set_platform_application_attributes(PlatformApplicationArn=arn, Attributes=attributes)
    endpoint = await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t")
    await sns.publish(TargetArn=endpoint["EndpointArn"], Message="hello")
    await sns.set_endpoint_attributes(EndpointArn=endpoint["EndpointArn"], Attributes={"Enabled": "false"})
    await refusal(sns.publish(TargetArn=endpoint["EndpointArn"], Message="hello"))
    (told,) = await logged("app/GCM/app")
    assert (told["status"], told["delivery"]["token"]) == ("SUCCESS", "t")
    (failed,) = await logged("app/GCM/app/Failure")
    assert (failed["status"], failed["delivery"]["providerResponse"]) == ("FAILURE", "EndpointDisabled")


async def test_an_application_hears_of_its_devices(sns, topic, subscribed, application, refusal, bodies):
    events = await topic()
    url, _ = await subscribed(events, RawMessageDelivery="true")
    arn, names = (
        await application(),
        ("EndpointCreated", "EndpointUpdated", "EndpointDeleted", "DeliveryFailure"),
    )
    await sns.set_platform_application_attributes(
        PlatformApplicationArn=arn, Attributes={f"Event{name}": events for name in names}
    )
    endpoint = (await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t"))["EndpointArn"]
    await sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})
    await refusal(sns.publish(TargetArn=endpoint, Message="hello"))
    await sns.delete_endpoint(EndpointArn=endpoint)
    told = [orjson.loads(body) for body in await bodies(url)]
    assert sorted(one["EventType"] for one in told) == sorted(names)
    assert {(one["EndpointArn"], one["Resource"], one["Service"]) for one in told} == {(endpoint, arn, "SNS")}


async def test_a_disabled_application_sends_nothing(sns, application, refusal, sent):
    arn = await application()
    endpoint = await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t")
    await sns.set_platform_application_attributes(PlatformApplicationArn=arn, Attributes={"Enabled": "false"})
    refused = await refusal(sns.publish(TargetArn=endpoint["EndpointArn"], Message="x"))
    assert refused == ("PlatformApplicationDisabled", "Platform application is disabled")
    assert await sent() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SuccessFeedbackSampleRate", "101"),
        ("SuccessFeedbackSampleRate", "\u00b2"),
        ("SuccessFeedbackRoleArn", "me"),
        ("EventEndpointCreated", "news"),
        ("Enabled", "maybe"),
        ("Colour", "red"),
    ],
)
async def test_an_attribute_of_an_application_that_makes_no_sense_is_refused(
    sns, application, refusal, name, value
):
    set_it = sns.set_platform_application_attributes(
        PlatformApplicationArn=await application(), Attributes={name: value}
    )
    assert (await refusal(set_it))[0] == "InvalidParameter"


async def test_a_token_that_was_given_up_makes_another_device(sns, application):
    arn = await application()
    first = (await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t"))["EndpointArn"]
    await sns.set_endpoint_attributes(EndpointArn=first, Attributes={"Token": "u"})
    second = (await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t"))["EndpointArn"]
    third = (await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="u"))["EndpointArn"]
    assert (second != first, third) == (True, first)
    await sns.delete_endpoint(EndpointArn=second)
    again = (await sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t"))["EndpointArn"]
    assert again not in (first, second)
