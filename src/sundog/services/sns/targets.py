"""A topic as the target of other services."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.bus import Delivery
from sundog.context import Context
from sundog.services.sns.senders import from_delivery


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Publish the body, with the parameters of the target, as its own Publish would."""
    request: dict[str, Any] = {"TopicArn": delivery.target_arn, "Message": delivery.body}
    for name in ("Subject", "MessageStructure", "MessageGroupId", "MessageDeduplicationId"):
        if delivery.parameters.get(name):
            request[name] = delivery.parameters[name]
    if delivery.parameters.get("MessageAttributes"):
        request["MessageAttributes"] = {
            name: from_delivery(value) for name, value in delivery.parameters["MessageAttributes"].items()
        }
    await replace(ctx, trace_header=delivery.trace_header).dispatch("sns", "Publish", request)
