"""Operations on the tags of registries, schemas and discoverers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.schemas.discoverers import load_discoverer
from sundog.services.schemas.loading import SQL, load_registry, load_schema
from sundog.services.schemas.names import Resource, key, parse_resource, schema_key
from sundog.services.schemas.tag_rules import change_tags
from sundog.store import Transaction


@operation("schemas", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result | None:
    await _change(ctx, request, request["Tags"], ())
    return None


@operation("schemas", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    await _change(ctx, request, {}, request["TagKeys"])
    return None


@operation("schemas", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"Tags": await _load(ctx, tx, parse_resource(ctx, request["ResourceArn"]))}


async def _change(ctx: Context, request: Request, added: Mapping[str, str], removed: Collection[str]) -> None:
    resource = parse_resource(ctx, request["ResourceArn"])
    async with ctx.store.transaction() as tx:
        tags = change_tags(await _load(ctx, tx, resource), added, removed)
        text = orjson.dumps(tags).decode()
        if resource.kind == "registry":
            await tx.run(SQL["tag_registry"], **key(ctx.scope), registry=resource.registry, tags=text)
        elif resource.kind == "schema":
            names = schema_key(ctx.scope, resource.registry, resource.name)
            await tx.run(SQL["tag_schema"], **names, tags=text)
        else:
            await tx.run(SQL["tag_discoverer"], **key(ctx.scope), id=resource.name, tags=text)


async def _load(ctx: Context, tx: Transaction, resource: Resource) -> dict[str, str]:
    if resource.kind == "registry":
        row = await load_registry(ctx, tx, resource.registry)
    elif resource.kind == "schema":
        row = await load_schema(ctx, tx, resource.registry, resource.name)
    else:
        row = await load_discoverer(ctx, tx, resource.name)
    tags: dict[str, str] = orjson.loads(row["tags"])
    return tags
