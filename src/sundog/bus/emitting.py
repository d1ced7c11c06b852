"""Events that services themselves emit, to the default event bus of their account and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog.bus.delivery import Delivery, send, send_all
from sundog.context import Context
from sundog.store import Transaction


async def emit(
    ctx: Context,
    tx: Transaction,
    service: str,
    detail_type: str,
    *details: Mapping[str, Any],
    resources: Sequence[str] = (),
    order: str | None = None,
) -> None:
    """Tell the default bus, after the commit, what happened in ``service`` (``states``, ``s3``, ...).

    The event's source is ``aws.<service>``, its time the clock's, its account and region those of ``ctx``.
    Several details are as many events, which cost hardly more than one. Events of the same ``order`` reach
    the bus one after another.
    """
    parameters = {
        "Source": f"aws.{service}",
        "DetailType": detail_type,
        "Resources": list(resources),
        "Time": ctx.clock.now_ms(),
    }
    deliveries = [
        Delivery(
            target_arn=ctx.arn("events", "event-bus/default"),
            body=orjson.dumps(detail).decode(),
            source_arn=next(iter(resources), ""),
            service=f"{service}.amazonaws.com",
            parameters=parameters,
        )
        for detail in details
    ]
    if order is None and len(deliveries) > 1:
        await send_all(ctx, tx, [(ctx.scope, delivery) for delivery in deliveries])
        return
    for delivery in deliveries:
        await send(ctx, tx, delivery, order=order)
