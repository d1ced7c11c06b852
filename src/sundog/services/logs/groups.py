"""Operations on log groups."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from sundog import work
from sundog.context import Context, Request, Result, operation
from sundog.services.logs import limits
from sundog.services.logs.errors import (
    InvalidParameterException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from sundog.services.logs.model import Group
from sundog.services.logs.refusals import refuse_parameters
from sundog.services.logs.rows import to_group
from sundog.services.logs.rules import (
    PREFIX_END,
    identified_group,
    parse_page_token,
    with_token,
    write_page_token,
)
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
FORGET = "logs.forget"
EXPIRE = "logs.expire"
_ONE_ACCOUNT = "Ask each account for its own log groups."
_BY_NAME = "Search log groups by name."
_NOT_BY_PATTERN = ("storedBytes", "deletionProtectionEnabled")


async def load_group(tx: Transaction, ctx: Context, name: str) -> Group:
    row = await tx.one(SQL["group"], account=ctx.scope.account, region=ctx.scope.region, name=name)
    if row is None:
        raise ResourceNotFoundException(what="log group")
    return to_group(row)


@operation("logs", "CreateLogGroup")
async def create_log_group(ctx: Context, request: Request) -> Result | None:
    name = request["logGroupName"]
    if name.lower().startswith("aws/"):
        raise InvalidParameterException(message="Log groups starting with AWS/ are reserved for AWS.")
    async with ctx.store.transaction() as tx:
        key = {"account": ctx.scope.account, "region": ctx.scope.region, "name": name}
        if await tx.one(SQL["group"], **key) is not None:
            raise ResourceAlreadyExistsException(what="log group")
        await tx.run(
            SQL["insert_group"],
            **key,
            created_ms=ctx.clock.now_ms(),
            kms_key=request.get("kmsKeyId", ""),
            **{"class": request.get("logGroupClass", "STANDARD")},
            is_protected=int(request.get("deletionProtectionEnabled", False)),
            tags=orjson.dumps(request.get("tags", {})).decode(),
        )
    return None


@operation("logs", "DeleteLogGroup")
async def delete_log_group(ctx: Context, request: Request) -> Result | None:
    """The group is gone at once; its events are dropped in bounded steps afterwards."""
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        if group.is_protected:
            raise ValidationException(
                message="Log group is protected from deletion. Disable deletion protection and try again."
            )
        for statement in ("delete_group_filters", "delete_group_streams", "delete_group"):
            await tx.run(SQL[statement], id=group.id)
        await work.cancel(tx, EXPIRE, str(group.id))
        await work.put(tx, FORGET, {"group": group.id}, scope=ctx.scope, due_ms=ctx.clock.now_ms())
    return None


@operation("logs", "DescribeLogGroups")
async def describe_log_groups(ctx: Context, request: Request) -> Result:
    refuse_parameters(request, ("accountIdentifiers", "includeLinkedAccounts"), _ONE_ACCOUNT)
    if request.get("logGroupNamePrefix") and request.get("logGroupNamePattern"):
        raise InvalidParameterException(
            message="LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    if request.get("logGroupIdentifiers"):
        return {"logGroups": await _identified(ctx, request)}
    count = request.get("limit") or limits.PAGE_MAX
    (after,) = parse_page_token(request.get("nextToken"), "")
    async with ctx.store.transaction() as tx:
        rows = await _groups(tx, ctx, request, after, count + 1)
    groups = [_describe(row) for row in rows[:count]]
    if request.get("logGroupNamePattern"):
        # AWS answers these from another index, which has less to say (recorded).
        groups = [{k: v for k, v in g.items() if k not in _NOT_BY_PATTERN} for g in groups]
    token = write_page_token(groups[-1]["logGroupName"]) if len(rows) > count else None
    return with_token({"logGroups": groups}, token)


@operation("logs", "ListLogGroups")
async def list_log_groups(ctx: Context, request: Request) -> Result:
    refuse_parameters(request, ("accountIdentifiers", "includeLinkedAccounts"), _ONE_ACCOUNT)
    refuse_parameters(request, ("dataSources", "fieldIndexNames", "logGroupTags"), _BY_NAME)
    count = request.get("limit") or limits.PAGE_MAX
    (after,) = parse_page_token(request.get("nextToken"), "")
    pattern = re.compile(_alternatives(request.get("logGroupNamePattern", "")))
    wanted = {"logGroupClass": request.get("logGroupClass", "")}
    found: list[dict[str, Any]] = []
    async with ctx.store.transaction() as tx:
        while len(found) <= count:
            rows = await _groups(tx, ctx, wanted, after, 1_000)
            found += [_listed(row) for row in rows if pattern.search(row["name"])]
            if len(rows) < 1_000:
                break
            after = rows[-1]["name"]
    token = write_page_token(found[count - 1]["logGroupName"]) if len(found) > count else None
    return with_token({"logGroups": found[:count]}, token)


@operation("logs", "PutRetentionPolicy")
async def put_retention_policy(ctx: Context, request: Request) -> Result | None:
    days = request["retentionInDays"]
    if days not in limits.RETENTION_DAYS:
        allowed = ", ".join(map(str, limits.RETENTION_DAYS))
        raise InvalidParameterException(
            message=f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{allowed}]"
        )
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        await tx.run(SQL["set_retention"], id=group.id, days=days)
        now_ms = ctx.clock.now_ms()
        await work.put(tx, EXPIRE, {"group": group.id}, scope=ctx.scope, due_ms=now_ms, key=str(group.id))
    return None


@operation("logs", "DeleteRetentionPolicy")
async def delete_retention_policy(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        await tx.run(SQL["set_retention"], id=group.id, days=0)
        await work.cancel(tx, EXPIRE, str(group.id))
    return None


@operation("logs", "AssociateKmsKey")
async def associate_kms_key(ctx: Context, request: Request) -> Result | None:
    await _set_kms_key(ctx, request, request["kmsKeyId"])
    return None


@operation("logs", "DisassociateKmsKey")
async def disassociate_kms_key(ctx: Context, request: Request) -> Result | None:
    await _set_kms_key(ctx, request, "")
    return None


@operation("logs", "PutLogGroupDeletionProtection")
async def put_log_group_deletion_protection(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, identified_group(request["logGroupIdentifier"]))
        enabled = int(request["deletionProtectionEnabled"])
        await tx.run(SQL["set_protection"], id=group.id, is_protected=enabled)
    return None


async def _set_kms_key(ctx: Context, request: Request, kms_key: str) -> None:
    identifier = request.get("logGroupName") or request.get("resourceIdentifier")
    if not identifier:
        raise InvalidParameterException(
            message="Either logGroupName or resourceIdentifier must be specified."
        )
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, identified_group(identifier))
        await tx.run(SQL["set_kms_key"], id=group.id, kms_key=kms_key)


async def _groups(tx: Transaction, ctx: Context, request: Request, after: str, count: int) -> list[Row]:
    prefix = request.get("logGroupNamePrefix", "")
    return await tx.all(
        SQL["groups"],
        account=ctx.scope.account,
        region=ctx.scope.region,
        after=after,
        prefix=prefix,
        prefix_end=prefix + PREFIX_END,
        pattern=request.get("logGroupNamePattern", ""),
        **{"class": request.get("logGroupClass", "")},
        settled_ms=ctx.clock.now_ms() - limits.STORED_BYTES_DELAY_MS,
        count=count,
    )


async def _identified(ctx: Context, request: Request) -> list[dict[str, Any]]:
    names = sorted({identified_group(identifier) for identifier in request["logGroupIdentifiers"]})
    async with ctx.store.transaction() as tx:
        # The first name that begins so is the name itself, if it is there.
        found = [await _groups(tx, ctx, {"logGroupNamePrefix": name}, "", 1) for name in names]
    return [_describe(row) for rows in found for row in rows if row["name"] in names]


def _alternatives(pattern: str) -> str:
    """``^begin|inside``: up to five alternatives, each anchored by ``^`` or anywhere."""
    parts = [
        ("^" if part.startswith("^") else "") + re.escape(part.lstrip("^")) for part in pattern.split("|")
    ]
    return "|".join(parts)


def _describe(row: Row) -> dict[str, Any]:
    group = to_group(row)
    described = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": group.metric_filters,
        "arn": f"{group.arn}:*",
        "storedBytes": int(row["stored_bytes"]),
        "logGroupClass": group.log_class,
        "logGroupArn": group.arn,
        "deletionProtectionEnabled": group.is_protected,
    }
    if group.retention_days:
        described["retentionInDays"] = group.retention_days
    if group.kms_key:
        described["kmsKeyId"] = group.kms_key
    return described


def _listed(row: Row) -> dict[str, Any]:
    group = to_group(row)
    return {"logGroupName": group.name, "logGroupArn": group.arn, "logGroupClass": group.log_class}
