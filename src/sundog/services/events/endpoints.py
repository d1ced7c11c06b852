"""Global endpoints as configuration: kept and described; sundog is in one place, so nothing fails over."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from sundog.services.events.outer_limits import ENDPOINTS_MAX
from sundog.services.events.outer_rows import OUTER, name_key, page_bounds
from sundog.services.events.rows import scope_key, write_json
from sundog.services.events.tokens import page_size, with_token
from sundog.store import Transaction

_SETTINGS = ("Description", "RoutingConfig", "ReplicationConfig", "EventBuses", "RoleArn")
_ACTIVE = "ACTIVE"


@operation("events", "CreateEndpoint")
async def create_endpoint(ctx: Context, request: Request) -> Result:
    name, now_ms = request["Name"], ctx.clock.now_ms()
    id = f"{ctx.ids.hex(10)}.{ctx.ids.hex(3)}"
    endpoint = {
        "Name": name,
        "ReplicationConfig": {"State": "ENABLED"},
        **{member: request[member] for member in _SETTINGS if member in request},
        "Arn": ctx.arn("events", f"endpoint/{name}"),
        "EndpointId": id,
        "EndpointUrl": f"https://{id}.endpoint.events.amazonaws.com",
        "State": _ACTIVE,
        "CreationTime": now_ms,
        "LastModifiedTime": now_ms,
    }
    check_endpoint(ctx.scope.region, endpoint)
    async with ctx.store.transaction() as tx:
        if await tx.one(OUTER["endpoint"], **name_key(ctx.scope, name)) is not None:
            raise ResourceAlreadyExistsException(what=f"Endpoint {name}")
        counted = await tx.one(OUTER["count_endpoints"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= ENDPOINTS_MAX:
            raise LimitExceededException
        await tx.run(OUTER["put_endpoint"], **name_key(ctx.scope, name), body=write_json(endpoint))
    members = ("Name", "Arn", "RoutingConfig", "ReplicationConfig", "EventBuses", "RoleArn")
    return {**_members(endpoint, members), "State": "CREATING"}


@operation("events", "UpdateEndpoint")
async def update_endpoint(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        known = await _load(ctx, tx, request["Name"])
        given = {member: request[member] for member in _SETTINGS if member in request}
        endpoint = {**known, **given, "LastModifiedTime": ctx.clock.now_ms()}
        check_endpoint(ctx.scope.region, endpoint)
        await tx.run(OUTER["put_endpoint"], **name_key(ctx.scope, request["Name"]), body=write_json(endpoint))
    members = ("Name", "Arn", "RoutingConfig", "ReplicationConfig", "EventBuses", "RoleArn")
    return {**_members(endpoint, (*members, "EndpointId", "EndpointUrl")), "State": "UPDATING"}


@operation("events", "DescribeEndpoint")
async def describe_endpoint(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return await _load(ctx, tx, request["Name"])


@operation("events", "DeleteEndpoint")
async def delete_endpoint(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        await _load(ctx, tx, request["Name"])
        await tx.run(OUTER["delete_endpoint"], **name_key(ctx.scope, request["Name"]))
    return {}


@operation("events", "ListEndpoints")
async def list_endpoints(ctx: Context, request: Request) -> Result:
    """``HomeRegion`` asks for endpoints made there: all of them are of the region that is asked."""
    count = page_size({"Limit": request.get("MaxResults")})
    async with ctx.store.transaction() as tx:
        rows = await tx.all(OUTER["endpoints"], **page_bounds(ctx, request, count))
    is_home = request.get("HomeRegion") in (None, ctx.scope.region)
    items = [orjson.loads(row["body"]) for row in rows[:count]] if is_home else []
    last = rows[count - 1]["name"] if is_home and len(rows) > count else None
    return with_token({"Endpoints": items}, last)


def check_endpoint(region: str, endpoint: dict[str, Any]) -> None:
    """The buses bear one name, the first of this region, the second of the secondary one."""
    buses = [parse_arn(one["EventBusArn"]) for one in endpoint["EventBuses"]]
    secondary = endpoint["RoutingConfig"]["FailoverConfig"]["Secondary"]["Route"]
    regions = {arn.region for arn in buses if arn is not None}
    if len({arn.resource for arn in buses if arn is not None}) != 1 or regions != {region, secondary}:
        raise ValidationException(
            reason="Parameter EventBuses is not valid. Reason: Event buses must have the same name, "
            "in the primary and in the secondary region."
        )
    if endpoint["ReplicationConfig"].get("State") != "DISABLED" and not endpoint.get("RoleArn"):
        raise ValidationException(reason="Parameter RoleArn is not valid. Reason: Replication needs a role.")


async def _load(ctx: Context, tx: Transaction, name: str) -> dict[str, Any]:
    row = await tx.one(OUTER["endpoint"], **name_key(ctx.scope, name))
    if row is None:
        raise ResourceNotFoundException(what=f"Endpoint {name}")
    endpoint: dict[str, Any] = orjson.loads(row["body"])
    return endpoint


def _members(endpoint: dict[str, Any], members: tuple[str, ...]) -> dict[str, Any]:
    return {member: endpoint[member] for member in members if member in endpoint}
