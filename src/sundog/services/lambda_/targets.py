"""A function as the target of other services."""

from __future__ import annotations

from dataclasses import replace

from sundog.bus import Delivery
from sundog.context import Context


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Send the body as an event: retries and destinations are the function's own from here on."""
    request = {
        "FunctionName": delivery.target_arn,
        "InvocationType": "Event",
        "Payload": delivery.body.encode(),
    }
    await replace(ctx, trace_header=delivery.trace_header).dispatch("lambda", "Invoke", request)
