"""Rows to values and back, and the reads that several operations share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.elbv2.model import Kind, Resource, Target
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
EVERYTHING = 1_000_000


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def to_resource(row: Row) -> Resource:
    return Resource(
        Scope(row["account"], row["region"]),
        row["kind"],
        row["arn"],
        row["name"],
        orjson.loads(row["shape"]),
        row["created_ms"],
        row["parent"],
        row["position"],
        row["handle"],
        orjson.loads(row["attributes"]),
        orjson.loads(row["tags"]),
    )


def to_target(row: Row) -> Target:
    return Target(row["id"], row["port"], row["zone"], row["registered_ms"], row["drained_ms"])


def _values(resource: Resource) -> dict[str, Any]:
    return {
        **scope_key(resource.scope),
        "arn": resource.arn,
        "position": resource.position,
        "shape": orjson.dumps(resource.shape).decode(),
        "attributes": orjson.dumps(resource.attributes).decode(),
        "tags": orjson.dumps(resource.tags).decode(),
    }


async def insert(tx: Transaction, resource: Resource) -> None:
    await tx.run(
        SQL["insert_resource"],
        **_values(resource),
        kind=resource.kind,
        name=resource.name,
        parent=resource.parent,
        handle=resource.handle,
        created_ms=resource.created_ms,
    )


async def save(tx: Transaction, resource: Resource) -> None:
    await tx.run(SQL["update_resource"], **_values(resource))


async def delete(tx: Transaction, resource: Resource) -> None:
    await tx.run(SQL["delete_resource"], **scope_key(resource.scope), arn=resource.arn)


async def find(tx: Transaction, scope: Scope, kind: Kind, arn: str) -> Resource | None:
    row = await tx.one(SQL["resource"], **scope_key(scope), arn=arn)
    return to_resource(row) if row is not None and row["kind"] == kind else None


async def find_named(tx: Transaction, scope: Scope, kind: Kind, name: str) -> Resource | None:
    row = await tx.one(SQL["resource_by_name"], **scope_key(scope), kind=kind, name=name)
    return to_resource(row) if row is not None else None


async def children(tx: Transaction, parent: Resource) -> list[Resource]:
    """Listeners of a load balancer by port; rules of a listener by priority, the default rule last."""
    rows = await tx.all(SQL["children"], **scope_key(parent.scope), parent=parent.arn)
    return [to_resource(row) for row in rows]


async def list_kind(
    tx: Transaction, scope: Scope, kind: Kind, after: str = "", count: int = EVERYTHING
) -> list[Resource]:
    rows = await tx.all(SQL["resources"], **scope_key(scope), kind=kind, after=after, count=count)
    return [to_resource(row) for row in rows]


async def list_targets(tx: Transaction, group: Resource) -> list[Target]:
    rows = await tx.all(SQL["targets"], **scope_key(group.scope), target_group=group.arn)
    return [to_target(row) for row in rows]
