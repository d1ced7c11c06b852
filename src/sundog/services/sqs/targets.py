"""A queue as the target of other services."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from sundog.arn import parse_arn
from sundog.bus import Delivery, Postbox
from sundog.context import Context
from sundog.services.sqs.errors import QueueDoesNotExist

FIFO_PARAMETERS = ("MessageGroupId", "MessageDeduplicationId")


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Send the body, with the parameters of the target, as its own SendMessage would."""
    arn = parse_arn(delivery.target_arn)
    if arn is None:
        raise QueueDoesNotExist
    request: dict[str, Any] = {"QueueUrl": f"/{arn.account}/{arn.resource}", "MessageBody": delivery.body}
    for name in FIFO_PARAMETERS:
        if delivery.parameters.get(name):
            request[name] = delivery.parameters[name]
    attributes = delivery.parameters.get("MessageAttributes")
    if attributes:
        request["MessageAttributes"] = {name: _attribute(value) for name, value in attributes.items()}
    system = dict(delivery.parameters.get("MessageSystemAttributes") or {})
    if delivery.trace_header:
        header = {"DataType": "String", "StringValue": delivery.trace_header}
        system.setdefault("AWSTraceHeader", header)
    if system:
        request["MessageSystemAttributes"] = system
    await ctx.part(Postbox).post(ctx, request)


def _attribute(attribute: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rows of work are JSON: binary values travel as base64."""
    value = attribute.get("BinaryValue")
    return {**attribute, "BinaryValue": base64.b64decode(value)} if isinstance(value, str) else attribute
