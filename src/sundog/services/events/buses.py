"""Operations on event buses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.events import limits
from sundog.services.events.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ValidationException,
)
from sundog.services.events.loading import find_bus, list_rules, load_bus, save_bus
from sundog.services.events.model import DEFAULT, DEFAULT_CREATED_MS, Bus, bus_arn
from sundog.services.events.names import read_own_bus
from sundog.services.events.routing import Router
from sundog.services.events.rows import SQL, scope_key, to_bus
from sundog.services.events.tokens import page_size, read_token, with_token

SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


@operation("events", "CreateEventBus")
async def create_event_bus(ctx: Context, request: Request) -> Result:
    name: str = request["Name"]
    if "/" in name and not request.get("EventSourceName"):
        raise ValidationException(reason="Event bus name must not contain '/'.")
    if name == DEFAULT:
        raise ResourceAlreadyExistsException(what=f"Event bus {name}")
    now_ms = ctx.clock.now_ms()
    body = {member: request[member] for member in SETTINGS if request.get(member)}
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    async with ctx.store.transaction() as tx:
        if await find_bus(tx, ctx.scope, name) is not None:
            raise ResourceAlreadyExistsException(what=f"Event bus {name}")
        if len(await tx.all(SQL["buses"], **scope_key(ctx.scope))) >= limits.BUSES_MAX:
            raise LimitExceededException
        await save_bus(tx, Bus(ctx.scope, name, body, "", tags, now_ms, now_ms))
        ctx.part(Router).changed(tx, ctx.scope, name)
    return {"EventBusArn": bus_arn(ctx.scope, name), **body}


@operation("events", "UpdateEventBus")
async def update_event_bus(ctx: Context, request: Request) -> Result:
    name = read_own_bus(ctx.scope, request.get("Name"))
    async with ctx.store.transaction() as tx:
        bus = await load_bus(tx, ctx.scope, name)
        changes = {member: request[member] for member in SETTINGS if request.get(member) is not None}
        bus = replace(bus, body={**bus.body, **changes}, modified_ms=ctx.clock.now_ms())
        await save_bus(tx, bus)
    return {"Arn": bus.arn, "Name": bus.name, **bus.body}


@operation("events", "DeleteEventBus")
async def delete_event_bus(ctx: Context, request: Request) -> Result | None:
    """Deleting what is not there succeeds; a bus with rules stays."""
    name = read_own_bus(ctx.scope, request["Name"])
    if name == DEFAULT:
        raise ValidationException(reason="Cannot delete event bus default.")
    async with ctx.store.transaction() as tx:
        if await list_rules(tx, ctx.scope, name, count=1):
            raise ValidationException(reason="Event bus can't be deleted since it has rules.")
        await tx.run(SQL["delete_bus"], **scope_key(ctx.scope), name=name)
        ctx.part(Router).changed(tx, ctx.scope, name)
    return None


@operation("events", "DescribeEventBus")
async def describe_event_bus(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        bus = await load_bus(tx, ctx.scope, read_own_bus(ctx.scope, request.get("Name")))
    return {**_shown(bus), **bus.body}


@operation("events", "ListEventBuses")
async def list_event_buses(ctx: Context, request: Request) -> Result:
    prefix, after, count = request.get("NamePrefix") or "", read_token(request), page_size(request)
    async with ctx.store.transaction() as tx:
        found = [to_bus(row) for row in await tx.all(SQL["buses"], **scope_key(ctx.scope))]
    if all(bus.name != DEFAULT for bus in found):
        found.append(Bus(ctx.scope, DEFAULT, {}, "", {}, DEFAULT_CREATED_MS, DEFAULT_CREATED_MS))
    wanted = sorted(
        (bus for bus in found if bus.name.startswith(prefix) and bus.name > after), key=lambda bus: bus.name
    )
    shown = [_shown(bus) for bus in wanted[:count]]
    return with_token({"EventBuses": shown}, wanted[count - 1].name if len(wanted) > count else None)


def _shown(bus: Bus) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Name": bus.name,
        "Arn": bus.arn,
        "CreationTime": bus.created_ms,
        "LastModifiedTime": bus.modified_ms,
    }
    if bus.policy:
        shown["Policy"] = bus.policy
    if bus.body.get("Description"):
        shown["Description"] = bus.body["Description"]
    return shown
