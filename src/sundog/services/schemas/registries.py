"""Registries: create, describe, change, list and delete them."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.schemas import limits
from sundog.services.schemas.errors import BadRequestException, ConflictException, ForbiddenException
from sundog.services.schemas.loading import SQL, load_registry
from sundog.services.schemas.names import (
    AWS_REGISTRY,
    DISCOVERED,
    check_registry_name,
    key,
    registry_arn,
)
from sundog.services.schemas.pages import PREFIX_END, page_size, parse_token, with_token
from sundog.services.schemas.tag_rules import change_tags
from sundog.store import Row, Transaction

LOCAL, AWS = "LOCAL", "AWS"
_DISCOVERED_TEXT = "Schemas of the events that discoverers have seen."


@operation("schemas", "CreateRegistry")
async def create_registry(ctx: Context, request: Request) -> Result:
    name = request["RegistryName"]
    check_registry_name(name)
    tags = change_tags({}, request.get("Tags") or {})
    names = {**key(ctx.scope), "registry": name}
    async with ctx.store.transaction() as tx:
        if await tx.one(SQL["registry"], **names) is not None:
            raise ConflictException(what="Registry", name=name)
        counted = await tx.one(SQL["count_registries"], **key(ctx.scope))
        if counted is not None and counted["count"] >= limits.REGISTRIES_MAX:
            raise ForbiddenException(f"The limit of {limits.REGISTRIES_MAX} registries is reached.")
        description = request.get("Description")
        await tx.run(
            SQL["insert_registry"], **names, description=description, tags=orjson.dumps(tags).decode()
        )
        return _describe(ctx, await load_registry(ctx, tx, name))


@operation("schemas", "DescribeRegistry")
async def describe_registry(ctx: Context, request: Request) -> Result:
    name = request["RegistryName"]
    if name == AWS_REGISTRY:
        return _aws_registry(ctx)
    async with ctx.store.transaction() as tx:
        return _describe(ctx, await load_registry(ctx, tx, name))


@operation("schemas", "UpdateRegistry")
async def update_registry(ctx: Context, request: Request) -> Result:
    name = request["RegistryName"]
    async with ctx.store.transaction() as tx:
        row = await load_registry(ctx, tx, name)
        description = request.get("Description", row["description"])
        await tx.run(SQL["set_registry"], **key(ctx.scope), registry=name, description=description)
        return _describe(ctx, await load_registry(ctx, tx, name))


@operation("schemas", "DeleteRegistry")
async def delete_registry(ctx: Context, request: Request) -> Result | None:
    """Its schemas have to go first, each by its own call: nothing is lost by accident."""
    names = {**key(ctx.scope), "registry": request["RegistryName"]}
    async with ctx.store.transaction() as tx:
        await load_registry(ctx, tx, request["RegistryName"])
        counted = await tx.one(SQL["count_schemas"], **names)
        if counted is not None and counted["count"]:
            raise BadRequestException(f"Registry {request['RegistryName']} still has schemas.")
        await tx.run(SQL["delete_registry"], **names)
        await tx.run(SQL["delete_policy"], **names)
    return None


@operation("schemas", "ListRegistries")
async def list_registries(ctx: Context, request: Request) -> Result:
    """Own registries and AWS's, which stands among them by name."""
    wanted, prefix = request.get("Scope") or "", request.get("RegistryNamePrefix") or ""
    if wanted not in ("", LOCAL, AWS):
        raise BadRequestException(f"Scope must be {LOCAL} or {AWS}.")
    count, after = page_size(request), parse_token(request)
    items: list[dict[str, Any]] = []
    if wanted != AWS:
        async with ctx.store.transaction() as tx:
            rows = await tx.all(
                SQL["registries"],
                **key(ctx.scope),
                after=after,
                prefix=prefix,
                prefix_end=prefix + PREFIX_END,
                count=count + 1,
            )
        items += [_describe(ctx, row) for row in rows]
    if wanted != LOCAL and AWS_REGISTRY.startswith(prefix) and after < AWS_REGISTRY:
        items.append(_aws_registry(ctx))
    items.sort(key=lambda item: str(item["RegistryName"]))
    shown = [{k: v for k, v in item.items() if k != "Description"} for item in items[:count]]
    last = shown[-1]["RegistryName"] if len(items) > count else None
    return with_token({"Registries": shown}, last)


async def ensure_discovered(ctx: Context, tx: Transaction) -> None:
    """The registry of discovered schemas comes to be with the first of them."""
    names = {**key(ctx.scope), "registry": DISCOVERED}
    if await tx.one(SQL["registry"], **names) is None:
        await tx.run(SQL["insert_registry"], **names, description=_DISCOVERED_TEXT, tags="{}")


def _describe(ctx: Context, row: Row) -> Result:
    answer: Result = {
        "RegistryName": row["name"],
        "RegistryArn": registry_arn(ctx, row["name"]),
        "Tags": orjson.loads(row["tags"]),
    }
    if row["description"] is not None:
        answer["Description"] = row["description"]
    return answer


def _aws_registry(ctx: Context) -> Result:
    return {
        "RegistryName": AWS_REGISTRY,
        "RegistryArn": registry_arn(ctx, AWS_REGISTRY),
        "Description": "Contains schemas of events that are generated by AWS services.",
    }
