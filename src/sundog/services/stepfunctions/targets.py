"""A state machine as the target of other services."""

from __future__ import annotations

from sundog.bus import Delivery
from sundog.context import Context


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Start an execution with the body as its input."""
    request = {"stateMachineArn": delivery.target_arn, "input": delivery.body}
    if delivery.trace_header:
        request["traceHeader"] = delivery.trace_header
    await ctx.dispatch("stepfunctions", "StartExecution", request)
