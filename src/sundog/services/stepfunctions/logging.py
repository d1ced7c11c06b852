"""The rows that bring history to CloudWatch Logs, for machines that ask for it."""

from __future__ import annotations

from collections.abc import Sequence

from sundog import work
from sundog.context import Context
from sundog.services.stepfunctions.engine.history import Event
from sundog.services.stepfunctions.log_records import is_logged
from sundog.services.stepfunctions.model import Started
from sundog.store import Transaction

LOG = "states.log"


async def keep_events(ctx: Context, started: Started, events: Sequence[Event]) -> None:
    """Write the row that brings the events to Logs."""
    logging = started.body["loggingConfiguration"]
    if not any(is_logged(event["type"], logging.get("level", "OFF")) for event in events):
        return
    async with ctx.store.transaction() as tx:
        await put_log(ctx, tx, started, events)


async def put_log(ctx: Context, tx: Transaction, started: Started, events: Sequence[Event]) -> None:
    """As `keep_events`, in the transaction of what happened."""
    logging = started.body["loggingConfiguration"]
    payload = {
        "arn": started.arn,
        "logging": logging,
        "events": list(events),
        "redrive_count": started.body.get("redriveCount", 0),
    }
    await work.put(
        tx, LOG, payload, scope=started.scope, due_ms=ctx.clock.now_ms(), order=f"log/{started.arn}"
    )
