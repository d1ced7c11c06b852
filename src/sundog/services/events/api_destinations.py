"""API destinations: HTTP endpoints that events can be sent to."""

from __future__ import annotations

from urllib.parse import urlsplit

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events.connections import find_connection, is_authorized
from sundog.services.events.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from sundog.services.events.outer_limits import API_DESTINATIONS_MAX, INVOCATIONS_PER_SECOND
from sundog.services.events.outer_rows import OUTER, name_key, page_bounds
from sundog.services.events.rows import scope_key
from sundog.services.events.tokens import page_size, with_token
from sundog.store import Row, Transaction


@operation("events", "CreateApiDestination")
async def create_api_destination(ctx: Context, request: Request) -> Result:
    name = request["Name"]
    _check_endpoint(request["InvocationEndpoint"])
    async with ctx.store.transaction() as tx:
        if await tx.one(OUTER["api_destination"], **name_key(ctx.scope, name)) is not None:
            raise ResourceAlreadyExistsException(f"An api-destination '{name}' already exists.")
        await _check_connection(tx, request["ConnectionArn"])
        counted = await tx.one(OUTER["count_api_destinations"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= API_DESTINATIONS_MAX:
            raise LimitExceededException
        await tx.run(
            OUTER["insert_api_destination"],
            **name_key(ctx.scope, name),
            uid=ctx.ids.uuid(),
            description=request.get("Description"),
            connection_arn=request["ConnectionArn"],
            endpoint=request["InvocationEndpoint"],
            method=request["HttpMethod"],
            rate=request.get("InvocationRateLimitPerSecond") or INVOCATIONS_PER_SECOND,
            now_ms=ctx.clock.now_ms(),
        )
        return await _changed(ctx, tx, await _load(ctx, tx, name))


@operation("events", "UpdateApiDestination")
async def update_api_destination(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"], "update")
        connection_arn = request.get("ConnectionArn") or row["connection_arn"]
        endpoint = request.get("InvocationEndpoint") or row["endpoint"]
        _check_endpoint(endpoint)
        await _check_connection(tx, connection_arn)
        await tx.run(
            OUTER["set_api_destination"],
            **name_key(ctx.scope, row["name"]),
            description=request.get("Description", row["description"]),
            connection_arn=connection_arn,
            endpoint=endpoint,
            method=request.get("HttpMethod") or row["method"],
            rate=request.get("InvocationRateLimitPerSecond") or row["rate"],
            now_ms=ctx.clock.now_ms(),
        )
        return await _changed(ctx, tx, await _load(ctx, tx, row["name"]))


@operation("events", "DescribeApiDestination")
async def describe_api_destination(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"])
        answer = await _summary(ctx, tx, row)
    if row["description"] is not None:
        answer["Description"] = row["description"]
    return answer


@operation("events", "DeleteApiDestination")
async def delete_api_destination(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"], "delete")
        await tx.run(OUTER["delete_api_destination"], **name_key(ctx.scope, row["name"]))
    return {}


@operation("events", "ListApiDestinations")
async def list_api_destinations(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            OUTER["api_destinations"],
            **page_bounds(ctx, request, count),
            connection=request.get("ConnectionArn") or "",
        )
        items = [await _summary(ctx, tx, row) for row in rows[:count]]
    last = rows[count - 1]["name"] if len(rows) > count else None
    return with_token({"ApiDestinations": items}, last)


async def find_api_destination(tx: Transaction, text: str) -> Row | None:
    """The API destination that an ARN names, in whatever account and region it is."""
    arn = parse_arn(text)
    parts = arn.resource.split("/") if arn is not None and arn.service == "events" else []
    if arn is None or len(parts) != 3 or parts[0] != "api-destination":
        return None
    row = await tx.one(OUTER["api_destination"], **name_key(arn.scope, parts[1]))
    return row if row is not None and row["uid"] == parts[2] else None


async def _load(ctx: Context, tx: Transaction, name: str, doing: str = "describe") -> Row:
    row = await tx.one(OUTER["api_destination"], **name_key(ctx.scope, name))
    if row is None:
        raise ResourceNotFoundException(
            f"Failed to {doing} the api-destination(s). An api-destination '{name}' does not exist."
        )
    return row


async def _check_connection(tx: Transaction, arn: str) -> None:
    if await find_connection(tx, arn) is None:
        raise ResourceNotFoundException(f"Connection '{arn}' does not exist.")


def _check_endpoint(endpoint: str) -> None:
    """AWS wants https; plain http is for servers on this machine."""
    try:
        parts = urlsplit(endpoint)
        is_url = parts.scheme in ("https", "http") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_url = False
    if not is_url:
        raise ValidationException(
            reason="Parameter InvocationEndpoint is not valid. Reason: it must be a URL of an HTTPS endpoint."
        )


async def _changed(ctx: Context, tx: Transaction, row: Row) -> Result:
    summary = await _summary(ctx, tx, row)
    members = ("ApiDestinationArn", "ApiDestinationState", "CreationTime", "LastModifiedTime")
    return {member: summary[member] for member in members}


async def _summary(ctx: Context, tx: Transaction, row: Row) -> Result:
    """A destination is as active as its connection."""
    connection = await find_connection(tx, row["connection_arn"])
    return {
        "ApiDestinationArn": ctx.arn("events", f"api-destination/{row['name']}/{row['uid']}"),
        "Name": row["name"],
        "ApiDestinationState": "ACTIVE" if is_authorized(connection) else "INACTIVE",
        "ConnectionArn": row["connection_arn"],
        "InvocationEndpoint": row["endpoint"],
        "HttpMethod": row["method"],
        "InvocationRateLimitPerSecond": row["rate"],
        "CreationTime": row["created_ms"],
        "LastModifiedTime": row["modified_ms"],
    }
