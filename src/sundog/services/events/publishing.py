"""PutEvents: an entry is taken in when the deliveries to its rules' targets are written."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from sundog import bus
from sundog.context import Context, Request, Result, operation
from sundog.services.events.access import may_put
from sundog.services.events.entries import Refused, check_size, make_event
from sundog.services.events.model import Rule
from sundog.services.events.names import read_bus
from sundog.services.events.routing import (
    BusView,
    Passage,
    Router,
    begin_trace,
    deliveries_of,
    matching,
    write_event,
)

_NO_ACCESS = Refused("AccessDeniedException", "User is not authorized to perform: events:PutEvents")


@operation("events", "PutEvents")
async def put_events(ctx: Context, request: Request) -> Result:
    """Entries that can be taken in are, whatever becomes of the others."""
    entries = request["Entries"]
    check_size(ctx, entries)
    shown: list[dict[str, Any]] = []
    taken: list[tuple[BusView, Passage, list[Rule]]] = []
    for entry in entries:
        event = make_event(ctx, entry)
        if isinstance(event, Refused):
            shown.append(event.shown())
            continue
        view = await _bus_of(ctx, entry)
        if isinstance(view, Refused):
            shown.append(view.shown())
            continue
        shown.append({"EventId": event["id"]})
        if view is not None:  # an event for a bus that is not there is taken in, and lost, as on AWS
            header = entry.get("TraceHeader") or ctx.trace_header
            taken.append((view, Passage(event, write_event(event), header), matching(view, event)))
    await _enter_all(ctx, taken)
    return {"FailedEntryCount": sum("ErrorCode" in one for one in shown), "Entries": shown}


async def _enter_all(ctx: Context, taken: list[tuple[BusView, Passage, list[Rule]]]) -> None:
    """One transaction for all; none where no rule matched."""
    if any(rules for _, _, rules in taken):
        async with ctx.store.transaction() as tx:
            found = [deliveries_of(ctx, *one) for one in taken]
            await bus.send_all(ctx, tx, chain.from_iterable(found))
    for view, passage, _ in taken:
        begin_trace(ctx, view, passage)


async def _bus_of(ctx: Context, entry: Mapping[str, Any]) -> BusView | Refused | None:
    scope, name = read_bus(ctx.scope, entry.get("EventBusName"))
    view = await ctx.part(Router).find(scope, name)
    if view is not None and not may_put(ctx.principal.arn, ctx.scope.account, view.bus):
        return _NO_ACCESS
    return view
