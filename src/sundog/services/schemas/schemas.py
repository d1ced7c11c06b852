"""Schemas and their versions: create, change, describe, list, search, export and delete them."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.schemas.content import JSON_SCHEMA, OPEN_API, check_content
from sundog.services.schemas.errors import BadRequestException, ConflictException, ForbiddenException
from sundog.services.schemas.json_schema import to_json_schema
from sundog.services.schemas.loading import (
    SQL,
    NewVersion,
    add_version,
    insert_schema,
    load_registry,
    load_schema,
    load_version,
)
from sundog.services.schemas.names import DISCOVERED, check_schema_name, key, schema_arn, schema_key
from sundog.services.schemas.pages import PREFIX_END, page_size, parse_token, with_token
from sundog.services.schemas.tag_rules import change_tags
from sundog.store import Row, Transaction

_VERSION_END = 1 << 31


@operation("schemas", "CreateSchema")
async def create_schema(ctx: Context, request: Request) -> Result:
    registry, name = request["RegistryName"], request["SchemaName"]
    check_schema_name(name)
    _refuse_discovered(registry)
    check_content(request["Content"], request["Type"])
    tags = change_tags({}, request.get("Tags") or {})
    async with ctx.store.transaction() as tx:
        await load_registry(ctx, tx, registry)
        if await tx.one(SQL["schema"], **schema_key(ctx.scope, registry, name)) is not None:
            raise ConflictException(what="Schema", name=name)
        new = NewVersion(1, request["Type"], request["Content"])
        await insert_schema(ctx, tx, registry, name, new, request.get("Description"), tags)
        return await _describe(ctx, tx, await load_schema(ctx, tx, registry, name))


@operation("schemas", "UpdateSchema")
async def update_schema(ctx: Context, request: Request) -> Result:
    """A new version where the content differs; a client token that was used last changes nothing."""
    registry, name = request["RegistryName"], request["SchemaName"]
    _refuse_discovered(registry)
    async with ctx.store.transaction() as tx:
        schema = await load_schema(ctx, tx, registry, name)
        newest = await load_version(ctx, tx, schema, None)
        type = request.get("Type") or newest["type"]
        content, token = request.get("Content") or newest["content"], request.get("ClientTokenId") or ""
        check_content(content, type)
        description = request.get("Description", schema["description"])
        is_repeated = bool(token) and newest["client_token"] == token
        if not is_repeated and (content, type) != (newest["content"], newest["type"]):
            new = NewVersion(schema["version"] + 1, type, content, client_token=token)
            await add_version(ctx, tx, schema, new, description)
        elif description != schema["description"]:
            names = schema_key(ctx.scope, registry, name)
            unchanged = {"version": schema["version"], "shape": schema["shape"]}
            now_ms = ctx.clock.now_ms()
            await tx.run(SQL["set_schema"], **names, **unchanged, description=description, now_ms=now_ms)
        return await _describe(ctx, tx, await load_schema(ctx, tx, registry, name))


@operation("schemas", "DescribeSchema")
async def describe_schema(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        schema = await load_schema(ctx, tx, request["RegistryName"], request["SchemaName"])
        version = await load_version(ctx, tx, schema, request.get("SchemaVersion"))
    return {**_summary(ctx, schema, version), "Content": version["content"]}


@operation("schemas", "ExportSchema")
async def export_schema(ctx: Context, request: Request) -> Result:
    """AWS exports OpenAPI 3 schemas, and only as JSON Schema Draft 4."""
    if request["Type"] != JSON_SCHEMA:
        raise BadRequestException(f"Type must be {JSON_SCHEMA}.")
    async with ctx.store.transaction() as tx:
        schema = await load_schema(ctx, tx, request["RegistryName"], request["SchemaName"])
        version = await load_version(ctx, tx, schema, request.get("SchemaVersion"))
    if version["type"] != OPEN_API:
        raise BadRequestException(f"Only schemas of type {OPEN_API} can be exported.")
    return {**_version(ctx, version), "Type": JSON_SCHEMA, "Content": to_json_schema(version["content"])}


@operation("schemas", "ListSchemas")
async def list_schemas(ctx: Context, request: Request) -> Result:
    count, prefix = page_size(request), request.get("SchemaNamePrefix") or ""
    async with ctx.store.transaction() as tx:
        await load_registry(ctx, tx, request["RegistryName"])
        rows = await tx.all(
            SQL["schemas"],
            **key(ctx.scope),
            registry=request["RegistryName"],
            after=parse_token(request),
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            count=count + 1,
        )
    items = [
        {
            "SchemaName": row["name"],
            "SchemaArn": schema_arn(ctx, row["registry"], row["name"]),
            "LastModified": row["modified_ms"],
            "VersionCount": row["versions"],
            "Tags": orjson.loads(row["tags"]),
        }
        for row in rows[:count]
    ]
    return with_token({"Schemas": items}, rows[count - 1]["name"] if len(rows) > count else None)


@operation("schemas", "ListSchemaVersions")
async def list_schema_versions(ctx: Context, request: Request) -> Result:
    """Newest first."""
    count, token = page_size(request), parse_token(request)
    if token and not token.isdecimal():
        raise BadRequestException("The NextToken is not valid.")
    async with ctx.store.transaction() as tx:
        schema = await load_schema(ctx, tx, request["RegistryName"], request["SchemaName"])
        rows = await tx.all(
            SQL["versions"],
            **schema_key(ctx.scope, schema["registry"], schema["name"]),
            before=min(int(token), _VERSION_END) if token else _VERSION_END,
            count=count + 1,
        )
    items = [{**_version(ctx, row), "Type": row["type"]} for row in rows[:count]]
    last = str(rows[count - 1]["version"]) if len(rows) > count else None
    return with_token({"SchemaVersions": items}, last)


@operation("schemas", "DeleteSchema")
async def delete_schema(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        schema = await load_schema(ctx, tx, request["RegistryName"], request["SchemaName"])
        await _delete(ctx, tx, schema)
    return None


@operation("schemas", "DeleteSchemaVersion")
async def delete_schema_version(ctx: Context, request: Request) -> Result | None:
    """A schema goes with its last version."""
    async with ctx.store.transaction() as tx:
        schema = await load_schema(ctx, tx, request["RegistryName"], request["SchemaName"])
        version = await load_version(ctx, tx, schema, request["SchemaVersion"])
        names = schema_key(ctx.scope, schema["registry"], schema["name"])
        await tx.run(SQL["delete_version"], **names, version=version["version"])
        left = await tx.one(SQL["count_versions"], **names)
        if left is None or not left["count"]:
            await _delete(ctx, tx, schema)
        elif version["version"] == schema["version"]:
            kept = {"description": schema["description"], "shape": schema["shape"]}
            now_ms = ctx.clock.now_ms()
            await tx.run(SQL["set_schema"], **names, **kept, version=left["newest"], now_ms=now_ms)
    return None


async def _delete(ctx: Context, tx: Transaction, schema: Row) -> None:
    names = schema_key(ctx.scope, schema["registry"], schema["name"])
    await tx.run(SQL["delete_versions"], **names)
    await tx.run(SQL["delete_schema"], **names)


def _refuse_discovered(registry: str) -> None:
    if registry == DISCOVERED:
        raise ForbiddenException(f"Only discoverers write to the registry {DISCOVERED}.")


async def _describe(ctx: Context, tx: Transaction, schema: Row) -> Result:
    return _summary(ctx, schema, await load_version(ctx, tx, schema, None))


def _summary(ctx: Context, schema: Row, version: Row) -> Result:
    answer: Result = {
        **_version(ctx, version),
        "Type": version["type"],
        "LastModified": schema["modified_ms"],
        "VersionCreatedDate": version["created_ms"],
        "Tags": orjson.loads(schema["tags"]),
    }
    if schema["description"] is not None:
        answer["Description"] = schema["description"]
    return answer


def _version(ctx: Context, version: Row) -> dict[str, Any]:
    return {
        "SchemaName": version["name"],
        "SchemaArn": schema_arn(ctx, version["registry"], version["name"]),
        "SchemaVersion": str(version["version"]),
    }
