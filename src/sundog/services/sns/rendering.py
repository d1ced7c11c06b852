"""What a subscriber receives: the envelope of a notification, the event of a function, the request to
confirm.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from sundog.services.sns.letters import Letter
from sundog.services.sns.model import Message, Subscription
from sundog.services.sns.signing import Signer


def write_time(ms: int) -> str:
    """``2026-11-24T14:00:00.000Z``"""
    moment = datetime.fromtimestamp(ms // 1_000, UTC)
    return f"{moment.isoformat()[:19]}.{ms % 1_000:03d}Z"


def unsubscribe_url(endpoint: str, subscription: Subscription) -> str:
    return f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}"


def subscribe_url(endpoint: str, subscription: Subscription) -> str:
    return (
        f"{endpoint}/?Action=ConfirmSubscription&TopicArn={subscription.topic_arn}&Token={subscription.token}"
    )


async def make_envelope(
    signer: Signer, endpoint: str, message: Message, subscription: Subscription, version: str
) -> dict[str, Any]:
    """The notification as a value. Topics that keep an order do not sign."""
    envelope: dict[str, Any] = {"Type": "Notification", "MessageId": message.id}
    if message.sequence:
        envelope["SequenceNumber"] = message.sequence
    envelope["TopicArn"] = message.topic_arn
    if message.subject:
        envelope["Subject"] = message.subject
    envelope["Message"] = message.text_for(subscription.protocol)
    envelope["Timestamp"] = write_time(message.time_ms)
    if message.is_replayed:
        envelope["Replayed"] = "true"
    if not message.sequence:
        envelope |= {
            "SignatureVersion": version,
            "Signature": await signer.sign(envelope, version),
            "SigningCertURL": await signer.certificate_url(),
        }
    envelope["UnsubscribeURL"] = unsubscribe_url(endpoint, subscription)
    if message.attributes:
        envelope["MessageAttributes"] = plain_attributes(message)
    return envelope


_TO_CONFIRM = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)
_TO_RESTORE = (
    "You have chosen to deactivate subscription {subscription}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
)


async def make_confirmation(
    signer: Signer, endpoint: str, letter: Letter, now_ms: int, version: str
) -> dict[str, Any]:
    """The request to confirm, for subscribers over HTTP and by mail; the word that a subscription ended."""
    subscription = letter.subscription
    text = _TO_RESTORE if letter.is_farewell else _TO_CONFIRM
    envelope: dict[str, Any] = {
        "Type": letter.kind,
        "MessageId": letter.delivery_id,
        "Token": subscription.token,
        "TopicArn": subscription.topic_arn,
        "Message": text.format(topic=subscription.topic_arn, subscription=subscription.arn),
        "SubscribeURL": subscribe_url(endpoint, subscription),
        "Timestamp": write_time(now_ms),
        "SignatureVersion": version,
    }
    envelope["Signature"] = await signer.sign(envelope, version)
    envelope["SigningCertURL"] = await signer.certificate_url()
    return envelope


def plain_attributes(message: Message) -> dict[str, dict[str, str]]:
    """Attributes as they stand in envelopes and events: ``Type`` and ``Value``."""
    return {
        name: {
            "Type": attribute["DataType"],
            "Value": attribute.get("BinaryValue") or attribute.get("StringValue", ""),
        }
        for name, attribute in message.attributes.items()
    }


def write_envelope(envelope: Mapping[str, Any]) -> str:
    """As AWS prints it: a member a line, a space around colons; attributes each on one line."""
    lines = []
    for name, value in envelope.items():
        if isinstance(value, dict):
            inner = ",\n".join(
                f"    {_text(key)} : {orjson.dumps(each).decode()}" for key, each in value.items()
            )
            lines.append(f"  {_text(name)} : {{\n{inner}\n  }}")
        else:
            lines.append(f"  {_text(name)} : {_text(value)}")
    return "{\n" + ",\n".join(lines) + "\n}"


def write_event(envelope: Mapping[str, Any], subscription: Subscription) -> bytes:
    """The event of a function: one record."""
    record = {
        "Type": envelope["Type"],
        "MessageId": envelope["MessageId"],
        "TopicArn": envelope["TopicArn"],
        "Subject": envelope.get("Subject"),
        "Message": envelope["Message"],
        "Timestamp": envelope["Timestamp"],
        "SignatureVersion": envelope.get("SignatureVersion"),
        "Signature": envelope.get("Signature"),
        "SigningCertUrl": envelope.get("SigningCertURL"),
        "UnsubscribeUrl": envelope["UnsubscribeURL"],
        "MessageAttributes": envelope.get("MessageAttributes", {}),
    }
    event = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": record,
    }
    return orjson.dumps({"Records": [event]})


def _text(value: str) -> str:
    return orjson.dumps(value).decode()
