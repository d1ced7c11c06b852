"""Events that services themselves emit, to the default event bus of their account and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog.bus.delivery import Delivery, send
from sundog.context import Context
from sundog.store import Transaction


async def emit(
    ctx: Context,
    tx: Transaction,
    service: str,
    detail_type: str,
    detail: Mapping[str, Any],
    *,
    resources: Sequence[str] = (),
    order: str | None = None,
) -> None:
    """Tell the default bus, after the commit, what happened in ``service`` (``states``, ``s3``, ...).

    Events of the same ``order`` reach it one after another.

    The event's source is ``aws.<service>``, its time the clock's, its account and region those of ``ctx``.
    """
    parameters = {
        "Source": f"aws.{service}",
        "DetailType": detail_type,
        "Resources": list(resources),
        "Time": ctx.clock.now_ms(),
    }
    await send(
        ctx,
        tx,
        Delivery(
            target_arn=ctx.arn("events", "event-bus/default"),
            body=orjson.dumps(detail).decode(),
            source_arn=next(iter(resources), ""),
            service=f"{service}.amazonaws.com",
            parameters=parameters,
        ),
        order=order,
    )
