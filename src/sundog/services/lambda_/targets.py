"""A function as the target of other services."""

from __future__ import annotations

from dataclasses import replace

from sundog.bus import Delivery
from sundog.context import Context
from sundog.services.lambda_ import lineage

LOOPING = frozenset(("lambda.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"))
"""Services through which AWS looks for recursive loops; queues are read by Lambda itself."""


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """Send the body as an event: retries and destinations are the function's own from here on."""
    request = {
        "FunctionName": delivery.target_arn,
        "InvocationType": "Event",
        "Payload": delivery.body.encode(),
    }
    header = delivery.trace_header
    if delivery.service not in LOOPING:
        header = lineage.without(header)
    await replace(ctx, trace_header=header).dispatch("lambda", "Invoke", request)
