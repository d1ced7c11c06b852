"""What arrives at ARNs of EventBridge: events for a bus, from other buses and from services themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from sundog import bus
from sundog.arn import Arn, parse_arn
from sundog.bus import Delivery, Target
from sundog.context import Context
from sundog.services.events.access import may_put
from sundog.services.events.api_destination_target import deliver_to_api_destination
from sundog.services.events.archiving import deliver_to_archive
from sundog.services.events.errors import AccessDeniedException, ValidationException, no_bus
from sundog.services.events.model import Event
from sundog.services.events.names import BUS_PREFIX
from sundog.services.events.routing import (
    Passage,
    Router,
    begin_trace,
    enter,
    is_too_far,
    matching,
    write_event,
    write_time,
)


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """By what the ARN names."""
    arn = parse_arn(delivery.target_arn)
    kind = arn.resource.partition("/")[0] if arn else ""
    if kind not in RECEIVERS:
        raise ValidationException(reason=f"Nothing can be delivered to {delivery.target_arn}.")
    await RECEIVERS[kind](ctx, delivery)


async def to_bus(ctx: Context, delivery: Delivery) -> None:
    arn = parse_arn(delivery.target_arn)
    assert arn is not None, "its kind was read from it"
    name = arn.resource.removeprefix(BUS_PREFIX)
    view = await ctx.part(Router).find(arn.scope, name)
    if view is None:
        raise no_bus(name)
    passage = _passage(ctx, arn, delivery)
    if is_too_far(passage):
        ctx.part(bus.Traces).note(passage.id, view.bus.arn, "given up", message="too many buses in a row")
        return
    source = parse_arn(delivery.source_arn)
    account = source.account if source and source.account else arn.account
    if not may_put(delivery.service, account, view.bus):
        raise AccessDeniedException(arn=view.bus.arn, account=account)
    rules = matching(view, passage.event)
    if rules:
        async with ctx.store.transaction() as tx:
            await enter(ctx, tx, view, passage, rules)
    if passage.hops == 0:
        begin_trace(ctx, view, passage)


def _passage(ctx: Context, arn: Arn, delivery: Delivery) -> Passage:
    """An event of another bus keeps its envelope; what a service tells gets one."""
    parameters = delivery.parameters
    if "Hops" in parameters:
        event = orjson.loads(delivery.body)
        if not isinstance(event, dict) or "id" not in event:
            raise ValidationException(reason="Only whole events can be put on another bus.")
        return Passage(event, delivery.body, delivery.trace_header, parameters["Hops"])
    made: Event = {
        "version": "0",
        "id": ctx.ids.uuid(),
        "detail-type": parameters.get("DetailType", ""),
        "source": parameters.get("Source", ""),
        "account": arn.account,
        "time": write_time(parameters.get("Time") or ctx.clock.now_ms()),
        "region": arn.region,
        "resources": list(parameters.get("Resources") or ()),
        "detail": orjson.loads(delivery.body),
    }
    return Passage(made, write_event(made), delivery.trace_header)


RECEIVERS: Final[Mapping[str, Target]] = {
    "api-destination": deliver_to_api_destination,
    "archive": deliver_to_archive,
    "event-bus": to_bus,
}
"""By the first part of the resource in the ARN."""
