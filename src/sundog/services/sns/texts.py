"""Text messages: kept in the outbox, and reported to Logs where the account asks for it.

https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
"""

from __future__ import annotations

from typing import Final

from sundog.arn import parse_arn
from sundog.context import Context
from sundog.services.sns.documents import find_document
from sundog.services.sns.feedback import is_sampled, put_report, status_entry
from sundog.services.sns.model import Message
from sundog.services.sns.outbox import put_sent
from sundog.services.sns.phones import is_opted_out, plain_number
from sundog.store import Transaction

DIRECT: Final = "DirectPublishToPhoneNumber"
ACCEPTED: Final = "Message has been accepted by phone carrier"
OPTED_OUT: Final = "Phone number is opted out"
PART_LENGTH_MAX: Final = 140
"""Bytes of one part of a text message."""


async def put_text(ctx: Context, number: str, text: str, message: Message) -> bool:
    """A text message; False where the number has opted out."""
    async with ctx.store.transaction() as tx:
        is_out = await is_opted_out(tx, ctx.scope, number)
        if not is_out:
            body = {
                "to": plain_number(number),
                "text": text,
                "message_id": message.id,
                "topic_arn": message.topic_arn,
            }
            await put_sent(ctx, tx, ctx.scope, "sms", body)
        await _report(ctx, tx, number, text, message, has_failed=is_out)
    return not is_out


async def put_code(ctx: Context, tx: Transaction, number: str, code: str) -> None:
    """The text that verifies a number of the sandbox."""
    body = {"to": plain_number(number), "text": f"Your verification code is {code}"}
    await put_sent(ctx, tx, ctx.scope, "sms", body)


async def _report(
    ctx: Context, tx: Transaction, number: str, text: str, message: Message, *, has_failed: bool
) -> None:
    settings = await find_document(tx, ctx.scope, "sms", "attributes") or {}
    role, rate = settings.get("DeliveryStatusIAMRole", ""), settings.get("DeliveryStatusSuccessSamplingRate")
    roles = {
        "SuccessFeedbackRoleArn": role,
        "FailureFeedbackRoleArn": role,
        "SuccessFeedbackSampleRate": rate or "0",
    }
    if not is_sampled(ctx, roles, "", has_failed=has_failed):
        return
    now_ms, topic = ctx.clock.now_ms(), parse_arn(message.topic_arn)
    own_type = message.attributes.get("AWS.SNS.SMS.SMSType", {}).get("StringValue")
    delivery = {
        "numberOfMessageParts": -(-len(text.encode()) // PART_LENGTH_MAX),
        "destination": plain_number(number),
        "smsType": own_type or settings.get("DefaultSMSType") or "Promotional",
        "providerResponse": OPTED_OUT if has_failed else ACCEPTED,
        "dwellTimeMs": now_ms - message.time_ms,
    }
    entry = status_entry(message, text, delivery, has_failed=has_failed)
    group = topic.resource if topic else DIRECT
    await put_report(tx, ctx.scope, group, entry, now_ms, has_failed=has_failed)
