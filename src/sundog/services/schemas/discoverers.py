"""Discoverers: one per event bus, started or stopped; each listens through a managed rule of its bus."""

from __future__ import annotations

from typing import Any

import orjson

from sundog import work
from sundog.arn import Arn, parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.schemas import limits
from sundog.services.schemas.errors import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    no_discoverer,
)
from sundog.services.schemas.listening import LISTEN, STARTED, STOPPED, listen
from sundog.services.schemas.loading import SQL
from sundog.services.schemas.names import discoverer_arn, key
from sundog.services.schemas.pages import PREFIX_END, page_size, parse_token, with_token
from sundog.services.schemas.tag_rules import change_tags
from sundog.store import Row, Transaction


@operation("schemas", "CreateDiscoverer")
async def create_discoverer(ctx: Context, request: Request) -> Result:
    source = parse_source(ctx, request["SourceArn"])
    id = discoverer_id(source)
    tags = change_tags({}, request.get("Tags") or {})
    await _check_bus(ctx, source)
    async with ctx.store.transaction() as tx:
        if await tx.one(SQL["discoverer"], **key(ctx.scope), id=id) is not None:
            raise ConflictException(f"A discoverer already exists for event source {source}.")
        counted = await tx.one(SQL["count_discoverers"], **key(ctx.scope))
        if counted is not None and counted["count"] >= limits.DISCOVERERS_MAX:
            raise ForbiddenException(f"The limit of {limits.DISCOVERERS_MAX} discoverers is reached.")
        await tx.run(
            SQL["insert_discoverer"],
            **key(ctx.scope),
            id=id,
            source_arn=str(source),
            description=request.get("Description"),
            state=STARTED,
            cross_account=int(request.get("CrossAccount", True)),
            tags=orjson.dumps(tags).decode(),
        )
        row = await load_discoverer(ctx, tx, id)
        await _changed(ctx, tx, id, source)
    await listen(ctx, id, str(source))
    return _describe(ctx, row)


@operation("schemas", "DescribeDiscoverer")
async def describe_discoverer(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return _describe(ctx, await load_discoverer(ctx, tx, request["DiscovererId"]))


@operation("schemas", "UpdateDiscoverer")
async def update_discoverer(ctx: Context, request: Request) -> Result:
    changes = {"description": request.get("Description"), "cross_account": request.get("CrossAccount")}
    return _describe(ctx, await _set(ctx, request["DiscovererId"], changes))


@operation("schemas", "StartDiscoverer")
async def start_discoverer(ctx: Context, request: Request) -> Result:
    row = await _set(ctx, request["DiscovererId"], {"state": STARTED})
    return {"DiscovererId": row["id"], "State": row["state"]}


@operation("schemas", "StopDiscoverer")
async def stop_discoverer(ctx: Context, request: Request) -> Result:
    row = await _set(ctx, request["DiscovererId"], {"state": STOPPED})
    return {"DiscovererId": row["id"], "State": row["state"]}


@operation("schemas", "DeleteDiscoverer")
async def delete_discoverer(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        row = await load_discoverer(ctx, tx, request["DiscovererId"])
        await tx.run(SQL["delete_discoverer"], **key(ctx.scope), id=row["id"])
        await _changed(ctx, tx, row["id"], row["source_arn"])
    await listen(ctx, row["id"], row["source_arn"])
    return None


@operation("schemas", "ListDiscoverers")
async def list_discoverers(ctx: Context, request: Request) -> Result:
    count, prefix = page_size(request), request.get("DiscovererIdPrefix") or ""
    source = request.get("SourceArnPrefix") or ""
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["discoverers"],
            **key(ctx.scope),
            after=parse_token(request),
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            source=source,
            source_end=source + PREFIX_END,
            count=count + 1,
        )
    items = [
        {name: value for name, value in _describe(ctx, row).items() if name != "Description"}
        for row in rows[:count]
    ]
    return with_token({"Discoverers": items}, rows[count - 1]["id"] if len(rows) > count else None)


def parse_source(ctx: Context, text: str) -> Arn:
    """The event bus of this account and region that an ARN names."""
    arn = parse_arn(text)
    is_bus = arn is not None and arn.service == "events" and arn.resource.startswith("event-bus/")
    if arn is None or not is_bus or arn.scope != ctx.scope:
        raise BadRequestException(f"The source ARN {text} is not an event bus of this account and region.")
    return arn


def discoverer_id(source: Arn) -> str:
    """``events-event-bus-default`` for the default bus."""
    return f"{source.service}-{source.resource.replace('/', '-')}"


async def load_discoverer(ctx: Context, tx: Transaction, id: str) -> Row:
    row = await tx.one(SQL["discoverer"], **key(ctx.scope), id=id)
    if row is None:
        raise no_discoverer(id)
    return row


async def _check_bus(ctx: Context, source: Arn) -> None:
    try:
        await ctx.dispatch("events", "DescribeEventBus", {"Name": source.resource.removeprefix("event-bus/")})
    except AwsError as error:
        if error.shape_name != "ResourceNotFoundException":
            raise
        raise BadRequestException(error.message) from None


async def _set(ctx: Context, id: str, changes: dict[str, Any]) -> Row:
    """The discoverer with these members changed, None = as it was."""
    async with ctx.store.transaction() as tx:
        row = await load_discoverer(ctx, tx, id)
        known = {name: row[name] for name in ("description", "state", "cross_account")}
        given = {name: value for name, value in changes.items() if value is not None}
        values = {**known, **given}
        values["cross_account"] = int(values["cross_account"])
        await tx.run(SQL["set_discoverer"], **key(ctx.scope), id=id, **values)
        row = await load_discoverer(ctx, tx, id)
        await _changed(ctx, tx, id, row["source_arn"])
    await listen(ctx, id, row["source_arn"])
    return row


async def _changed(ctx: Context, tx: Transaction, id: str, source: Arn | str) -> None:
    """Should this process die before the rule is as it must be, the work makes it so."""
    payload = {"id": id, "source_arn": str(source)}
    key_of_work = f"{ctx.scope.account}/{ctx.scope.region}/{id}"
    await work.put(tx, LISTEN, payload, scope=ctx.scope, due_ms=ctx.clock.now_ms(), key=key_of_work)


def _describe(ctx: Context, row: Row) -> Result:
    answer: Result = {
        "DiscovererId": row["id"],
        "DiscovererArn": discoverer_arn(ctx, row["id"]),
        "SourceArn": row["source_arn"],
        "State": row["state"],
        "CrossAccount": bool(row["cross_account"]),
        "Tags": orjson.loads(row["tags"]),
    }
    if row["description"] is not None:
        answer["Description"] = row["description"]
    return answer
