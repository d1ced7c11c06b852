"""Connections: how callers of HTTP endpoints say who they are."""

from __future__ import annotations

from typing import Any

import orjson

from sundog import work
from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.events.authorizing import AUTHORIZE, AUTHORIZE_MS
from sundog.services.events.connection_rules import (
    AUTHORIZED,
    AUTHORIZING,
    DEAUTHORIZED,
    check_parameters,
    first_state,
    merge_parameters,
    show_parameters,
)
from sundog.services.events.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)
from sundog.services.events.outer_limits import CONNECTIONS_MAX
from sundog.services.events.outer_rows import OUTER, name_key, page_bounds
from sundog.services.events.rows import scope_key, write_json
from sundog.services.events.tokens import page_size, with_token
from sundog.store import Row, Transaction

_SUFFIX_LENGTH = 6


@operation("events", "CreateConnection")
async def create_connection(ctx: Context, request: Request) -> Result:
    name, type = request["Name"], request["AuthorizationType"]
    refuse_private(request)
    check_parameters(type, request["AuthParameters"])
    async with ctx.store.transaction() as tx:
        if await tx.one(OUTER["connection"], **name_key(ctx.scope, name)) is not None:
            raise ResourceAlreadyExistsException(what=f"Connection {name}")
        counted = await tx.one(OUTER["count_connections"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= CONNECTIONS_MAX:
            raise LimitExceededException
        await tx.run(
            OUTER["insert_connection"],
            **name_key(ctx.scope, name),
            uid=ctx.ids.uuid(),
            secret_uid=f"{ctx.ids.uuid()}-{ctx.ids.upper(_SUFFIX_LENGTH)}",
            description=request.get("Description"),
            type=type,
            parameters=write_json(request["AuthParameters"]),
            kms_key=request.get("KmsKeyIdentifier"),
            state=first_state(type),
            now_ms=ctx.clock.now_ms(),
        )
        row = await _load(ctx, tx, name)
        await _authorize_soon(ctx, tx, row)
    return _changed(ctx, row, "CreationTime", "LastModifiedTime")


@operation("events", "UpdateConnection")
async def update_connection(ctx: Context, request: Request) -> Result:
    """Members that are not given stay; the connection is authorized anew."""
    refuse_private(request)
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"], "update")
        type = request.get("AuthorizationType") or row["type"]
        given = request.get("AuthParameters") or {}
        parameters = merge_parameters(type, orjson.loads(row["parameters"]), given)
        check_parameters(type, parameters)
        values = {
            "description": request.get("Description", row["description"]),
            "kms_key": request.get("KmsKeyIdentifier", row["kms_key"]),
        }
        await _set(ctx, tx, row, first_state(type), type, parameters, authorized_ms=now_ms, **values)
        row = await _load(ctx, tx, request["Name"])
        await _authorize_soon(ctx, tx, row)
    return _changed(ctx, row, "CreationTime", "LastModifiedTime", "LastAuthorizedTime")


@operation("events", "DeauthorizeConnection")
async def deauthorize_connection(ctx: Context, request: Request) -> Result:
    """The secrets are gone afterwards; UpdateConnection can give it new ones."""
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"], "deauthorize")
        values = {name: row[name] for name in ("description", "kms_key", "authorized_ms")}
        await _set(ctx, tx, row, DEAUTHORIZED, row["type"], {}, **values)
        row = await _load(ctx, tx, request["Name"])
    answer = _changed(ctx, row, "CreationTime", "LastModifiedTime", "LastAuthorizedTime")
    return {**answer, "ConnectionState": "DEAUTHORIZING"}


@operation("events", "DeleteConnection")
async def delete_connection(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"], "delete")
        await tx.run(OUTER["delete_connection"], **name_key(ctx.scope, request["Name"]))
    answer = _changed(ctx, row, "CreationTime", "LastModifiedTime", "LastAuthorizedTime")
    return {**answer, "ConnectionState": "DELETING"}


@operation("events", "DescribeConnection")
async def describe_connection(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["Name"])
    secret = f"secret:events!connection/{row['name']}/{row['secret_uid']}"
    answer = {
        **_summary(ctx, row),
        "Description": row["description"],
        "KmsKeyIdentifier": row["kms_key"],
        "SecretArn": ctx.arn("secretsmanager", secret) if row["parameters"] != "{}" else None,
        "AuthParameters": show_parameters(orjson.loads(row["parameters"])),
    }
    return {member: value for member, value in answer.items() if value is not None}


@operation("events", "ListConnections")
async def list_connections(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            OUTER["connections"],
            **page_bounds(ctx, request, count),
            state=request.get("ConnectionState") or "",
        )
    items = [_summary(ctx, row) for row in rows[:count]]
    return with_token({"Connections": items}, rows[count - 1]["name"] if len(rows) > count else None)


async def find_connection(tx: Transaction, text: str) -> Row | None:
    """The connection that an ARN names, in whatever account and region it is."""
    arn = parse_arn(text)
    parts = arn.resource.split("/") if arn is not None and arn.service == "events" else []
    if arn is None or len(parts) != 3 or parts[0] != "connection":
        return None
    row = await tx.one(OUTER["connection"], **name_key(arn.scope, parts[1]))
    return row if row is not None and row["uid"] == parts[2] else None


def refuse_private(request: Request) -> None:
    if request.get("InvocationConnectivityParameters"):
        raise UnsupportedOperation(
            what="the parameter InvocationConnectivityParameters",
            remedy="sundog reaches private endpoints without it.",
        )


async def _load(ctx: Context, tx: Transaction, name: str, doing: str = "describe") -> Row:
    row = await tx.one(OUTER["connection"], **name_key(ctx.scope, name))
    if row is None:
        raise ResourceNotFoundException(
            f"Failed to {doing} the connection(s). Connection '{name}' does not exist."
        )
    return row


async def _set(
    ctx: Context, tx: Transaction, row: Row, state: str, type: str, parameters: dict[str, Any], **values: Any
) -> None:
    await tx.run(
        OUTER["set_connection"],
        **name_key(ctx.scope, row["name"]),
        type=type,
        state=state,
        parameters=write_json(parameters),
        now_ms=ctx.clock.now_ms(),
        **values,
    )


async def _authorize_soon(ctx: Context, tx: Transaction, row: Row) -> None:
    """On AWS a connection with OAuth is AUTHORIZING for a while; the first call does not wait for it."""
    if row["state"] == AUTHORIZING:
        due_ms = ctx.clock.now_ms() + AUTHORIZE_MS
        arn = connection_arn(ctx, row)
        await work.put(tx, AUTHORIZE, {"arn": arn}, scope=ctx.scope, due_ms=due_ms, key=arn)


def connection_arn(ctx: Context, row: Row) -> str:
    return ctx.arn("events", f"connection/{row['name']}/{row['uid']}")


def _summary(ctx: Context, row: Row) -> Result:
    answer = {
        "ConnectionArn": connection_arn(ctx, row),
        "Name": row["name"],
        "ConnectionState": row["state"],
        "StateReason": row["state_reason"],
        "AuthorizationType": row["type"],
        "CreationTime": row["created_ms"],
        "LastModifiedTime": row["modified_ms"],
        "LastAuthorizedTime": row["authorized_ms"],
    }
    return {member: value for member, value in answer.items() if value is not None}


def _changed(ctx: Context, row: Row, *members: str) -> Result:
    summary = _summary(ctx, row)
    return {member: summary[member] for member in ("ConnectionArn", "ConnectionState", *members)}


def is_authorized(row: Row | None) -> bool:
    return row is not None and row["state"] == AUTHORIZED
