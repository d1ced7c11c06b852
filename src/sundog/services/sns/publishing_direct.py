"""Messages without a topic: to a telephone number, to one device."""

from __future__ import annotations

import re

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result
from sundog.services.sns.devices import put_push
from sundog.services.sns.documents import find_document
from sundog.services.sns.errors import (
    EndpointDisabledException,
    InvalidParameterException,
    PlatformApplicationDisabledException,
    invalid,
)
from sundog.services.sns.metrics import Metrics
from sundog.services.sns.model import Message
from sundog.services.sns.texts import put_text

_E164 = re.compile(r"\+?[0-9][0-9 \-()]{4,20}")


async def publish_to_phone(ctx: Context, request: Request, message: Message) -> Result:
    number = request["PhoneNumber"]
    if not _E164.fullmatch(number):
        raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    if not await put_text(ctx, number, message.text_for("sms"), message):
        raise InvalidParameterException("Phone number is opted out")
    ctx.part(Metrics).count((ctx.scope, "PhoneNumber"), "NumberOfMessagesPublished")
    return {"MessageId": message.id}


async def publish_to_endpoint(ctx: Context, target: str, message: Message) -> Result:
    arn = parse_arn(target)
    if arn is None:
        raise invalid("TargetArn")
    async with ctx.store.transaction() as tx:
        endpoint = await find_document(tx, arn.scope, "endpoint", arn.resource)
    if endpoint is None:
        raise invalid("TargetArn Reason: No endpoint found for the target arn specified")
    problem = await put_push(ctx, target, message)
    if problem == "PlatformApplicationDisabled":
        raise PlatformApplicationDisabledException
    if problem:
        raise EndpointDisabledException
    return {"MessageId": message.id}
