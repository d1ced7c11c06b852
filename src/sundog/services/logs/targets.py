"""A log group as the target of other services: EventBridge puts each event there as one log event."""

from __future__ import annotations

import contextlib

from sundog.arn import parse_arn
from sundog.bus import Delivery
from sundog.context import Context
from sundog.services.logs.errors import InvalidParameterException, ResourceAlreadyExistsException
from sundog.services.logs.rules import identified_group


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """The body becomes an event of a stream of its own, as AWS does: one stream an event."""
    arn = parse_arn(delivery.target_arn)
    if arn is None or not arn.resource.startswith("log-group:"):
        raise InvalidParameterException(message="The target is not a log group.")
    group = identified_group(delivery.target_arn)
    stream = delivery.parameters.get("logStreamName") or ctx.ids.uuid()
    with contextlib.suppress(ResourceAlreadyExistsException):
        await ctx.dispatch("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream})
    event = {"timestamp": ctx.clock.now_ms(), "message": delivery.body}
    await ctx.dispatch(
        "logs", "PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": [event]}
    )
