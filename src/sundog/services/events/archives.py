"""Archives: the events of a bus, kept to be replayed. A managed rule of the bus lets them in, as on AWS."""

from __future__ import annotations

from typing import Any

import orjson

from sundog import work
from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events.archiving import DROP, plan_expiry
from sundog.services.events.errors import (
    InvalidEventPatternException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
    no_bus,
)
from sundog.services.events.loading import load_bus
from sundog.services.events.model import Rule
from sundog.services.events.names import BUS_PREFIX
from sundog.services.events.outer_limits import ARCHIVES_MAX
from sundog.services.events.outer_rows import OUTER, name_key, page_bounds
from sundog.services.events.routing import Router
from sundog.services.events.rows import SQL, bus_key, scope_key, write_json
from sundog.services.events.rules import check_pattern, save_rule
from sundog.services.events.tokens import page_size, with_token
from sundog.store import Row, Transaction

ENABLED = "ENABLED"
ARCHIVE_PREFIX = "archive/"
MANAGER = "prod.vhs.events.aws.internal"
"""Who manages the rules of archives on AWS."""


@operation("events", "CreateArchive")
async def create_archive(ctx: Context, request: Request) -> Result:
    name, pattern = request["ArchiveName"], request.get("EventPattern")
    bus = bus_name(request["EventSourceArn"])
    async with ctx.store.transaction() as tx:
        if await tx.one(OUTER["archive"], **name_key(ctx.scope, name)) is not None:
            raise ResourceAlreadyExistsException(what=f"Archive {name}")
        await check_bus(ctx, tx, request["EventSourceArn"])
        if pattern:
            check_pattern(pattern)
        counted = await tx.one(OUTER["count_archives"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= ARCHIVES_MAX:
            raise LimitExceededException
        await tx.run(
            OUTER["insert_archive"],
            **name_key(ctx.scope, name),
            source_arn=request["EventSourceArn"],
            description=request.get("Description"),
            pattern=pattern,
            retention_days=request.get("RetentionDays") or 0,
            kms_key=request.get("KmsKeyIdentifier"),
            now_ms=ctx.clock.now_ms(),
        )
        row = await load_archive(ctx, tx, name)
        await _let_in(ctx, tx, bus, row)
    return _changed(ctx, row)


@operation("events", "UpdateArchive")
async def update_archive(ctx: Context, request: Request) -> Result:
    """Members that are not given stay; a shorter retention acts at once."""
    async with ctx.store.transaction() as tx:
        row = await load_archive(ctx, tx, request["ArchiveName"])
        pattern = request.get("EventPattern", row["pattern"])
        if pattern:
            check_pattern(pattern)
        await tx.run(
            OUTER["set_archive"],
            id=row["id"],
            description=request.get("Description", row["description"]),
            pattern=pattern,
            retention_days=request.get("RetentionDays", row["retention_days"]),
            kms_key=request.get("KmsKeyIdentifier", row["kms_key"]),
        )
        row = await load_archive(ctx, tx, row["name"])
        await _let_in(ctx, tx, bus_name(row["source_arn"]), row)
        if row["event_count"]:
            await plan_expiry(tx, row, ctx.clock.now_ms())
    return _changed(ctx, row)


@operation("events", "DeleteArchive")
async def delete_archive(ctx: Context, request: Request) -> Result:
    """The archive is gone at once; its events are dropped in bounded steps afterwards."""
    async with ctx.store.transaction() as tx:
        row = await load_archive(ctx, tx, request["ArchiveName"])
        bus, rule = bus_name(row["source_arn"]), rule_name(row["name"])
        await tx.run(SQL["delete_target"], **bus_key(ctx.scope, bus), rule=rule, id=rule)
        await tx.run(SQL["delete_rule"], **bus_key(ctx.scope, bus), name=rule)
        ctx.part(Router).changed(tx, ctx.scope, bus)
        await tx.run(OUTER["delete_archive"], id=row["id"])
        payload = {"archive_id": row["id"]}
        await work.put(tx, DROP, payload, scope=ctx.scope, due_ms=ctx.clock.now_ms())
    return {}


@operation("events", "DescribeArchive")
async def describe_archive(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await load_archive(ctx, tx, request["ArchiveName"])
    answer = {
        **_summary(row),
        "ArchiveArn": archive_arn(ctx, row["name"]),
        "Description": row["description"],
        "EventPattern": row["pattern"],
        "KmsKeyIdentifier": row["kms_key"],
    }
    return {member: value for member, value in answer.items() if value is not None}


@operation("events", "ListArchives")
async def list_archives(ctx: Context, request: Request) -> Result:
    check_filters(request, "ListArchives")
    count, source = page_size(request), request.get("EventSourceArn") or ""
    async with ctx.store.transaction() as tx:
        if source:
            await check_bus(ctx, tx, source)
        rows = await tx.all(OUTER["archives"], **page_bounds(ctx, request, count), source=source)
    is_wanted = request.get("State") in (None, ENABLED)
    items = [_summary(row) for row in rows[:count]] if is_wanted else []
    last = rows[count - 1]["name"] if is_wanted and len(rows) > count else None
    return with_token({"Archives": items}, last)


def check_filters(request: Request, operation: str) -> None:
    if sum(bool(request.get(name)) for name in ("State", "EventSourceArn", "NamePrefix")) > 1:
        raise ValidationException(
            reason=f"At most one filter is allowed for {operation}. "
            "Use either : State, EventSourceArn, or NamePrefix."
        )


def bus_name(text: str) -> str:
    """The name of the event bus that an EventSourceArn names."""
    arn = parse_arn(text)
    if arn is None or not arn.resource.startswith(BUS_PREFIX):
        raise ValidationException(
            reason="Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN."
        )
    return arn.resource.removeprefix(BUS_PREFIX)


async def check_bus(ctx: Context, tx: Transaction, text: str) -> None:
    """The bus is there, and the caller's own."""
    name, arn = bus_name(text), parse_arn(text)
    if arn is None or arn.scope != ctx.scope:
        raise no_bus(name)
    await load_bus(tx, ctx.scope, name)


async def load_archive(ctx: Context, tx: Transaction, name: str) -> Row:
    row = await tx.one(OUTER["archive"], **name_key(ctx.scope, name))
    if row is None:
        raise ResourceNotFoundException(what=f"Archive {name}")
    return row


def archive_arn(ctx: Context, name: str) -> str:
    return ctx.arn("events", ARCHIVE_PREFIX + name)


def rule_name(archive: str) -> str:
    return f"Events-Archive-{archive}"


async def _let_in(ctx: Context, tx: Transaction, bus: str, row: Row) -> None:
    """The managed rule of the archive; what is replayed does not come in again."""
    pattern = write_json({**_read_pattern(row["pattern"]), "replay-name": [{"exists": False}]})
    name, target_arn = rule_name(row["name"]), archive_arn(ctx, row["name"])
    body = {"ManagedBy": MANAGER}
    rule = Rule(ctx.scope, bus, name, pattern, "", ENABLED, body, {}, row["created_ms"])
    await save_rule(ctx, tx, rule)
    target = {"Id": name, "Arn": target_arn}
    await tx.run(
        SQL["put_target"],
        **bus_key(ctx.scope, bus),
        rule=name,
        id=name,
        arn=target_arn,
        body=write_json(target),
    )


def _read_pattern(text: str | None) -> dict[str, Any]:
    """The pattern is a valid one; but numbers may be too large for JSON to be written again."""
    try:
        pattern: dict[str, Any] = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError as error:
        reason = f"Event pattern is not valid. Reason: {error}"
        raise InvalidEventPatternException(reason=reason) from None
    return pattern


def _changed(ctx: Context, row: Row) -> Result:
    return {
        "ArchiveArn": archive_arn(ctx, row["name"]),
        "State": ENABLED,
        "CreationTime": row["created_ms"],
    }


def _summary(row: Row) -> Result:
    return {
        "ArchiveName": row["name"],
        "EventSourceArn": row["source_arn"],
        "State": ENABLED,
        "RetentionDays": row["retention_days"],
        "SizeBytes": row["size_bytes"],
        "EventCount": row["event_count"],
        "CreationTime": row["created_ms"],
    }
