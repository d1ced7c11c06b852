"""Finding registries and schemas, and writing versions of schemas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from sundog.bus import emit
from sundog.context import Context
from sundog.services.schemas import limits
from sundog.services.schemas.errors import ForbiddenException, no_registry, no_schema
from sundog.services.schemas.names import DISCOVERED, key, refuse_aws_registry, schema_arn, schema_key
from sundog.services.schemas.times import write_time
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version about to be written; ``shape`` is what discovery has seen so far."""

    number: int
    type: str
    content: str
    shape: str = ""
    client_token: str = ""


async def load_registry(ctx: Context, tx: Transaction, name: str) -> Row:
    refuse_aws_registry(name)
    row = await tx.one(SQL["registry"], **key(ctx.scope), registry=name)
    if row is None:
        raise no_registry(name)
    return row


async def load_schema(ctx: Context, tx: Transaction, registry: str, name: str) -> Row:
    await load_registry(ctx, tx, registry)
    row = await tx.one(SQL["schema"], **schema_key(ctx.scope, registry, name))
    if row is None:
        raise no_schema(name)
    return row


async def load_version(ctx: Context, tx: Transaction, schema: Row, wanted: str | None) -> Row:
    """The version of this number, or the newest where none is named."""
    number = schema["version"] if not wanted else int(wanted) if wanted.isdecimal() else 0
    row = None
    if 0 <= number < 1 << 31:
        names = schema_key(ctx.scope, schema["registry"], schema["name"])
        row = await tx.one(SQL["version"], **names, version=number)
    if row is None:
        raise no_schema(f"{schema['name']} and version {wanted}")
    return row


async def insert_schema(
    ctx: Context,
    tx: Transaction,
    registry: str,
    name: str,
    new: NewVersion,
    description: str | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    """The schema and its first version; the default bus hears of both."""
    counted = await tx.one(SQL["count_schemas"], **key(ctx.scope), registry=registry)
    most = limits.DISCOVERED_MAX if registry == DISCOVERED else limits.SCHEMAS_MAX
    if counted is not None and counted["count"] >= most:
        raise ForbiddenException(f"The limit of {most} schemas in the registry {registry} is reached.")
    names = schema_key(ctx.scope, registry, name)
    await tx.run(
        SQL["insert_schema"],
        **names,
        description=description,
        tags=orjson.dumps(tags or {}).decode(),
        shape=new.shape,
        now_ms=ctx.clock.now_ms(),
    )
    await _insert_version(ctx, tx, registry, name, new)
    await _tell(ctx, tx, "Schema Created", registry, name, new)
    await _tell(ctx, tx, "Schema Version Created", registry, name, new)


async def add_version(
    ctx: Context, tx: Transaction, schema: Row, new: NewVersion, description: str | None
) -> None:
    """One more version of a schema that is there; the default bus hears of it."""
    names = schema_key(ctx.scope, schema["registry"], schema["name"])
    counted = await tx.one(SQL["count_versions"], **names)
    if counted is not None and counted["count"] >= limits.VERSIONS_MAX:
        raise ForbiddenException(
            f"The limit of {limits.VERSIONS_MAX} versions of the schema {schema['name']} is reached."
        )
    await tx.run(
        SQL["set_schema"],
        **names,
        description=description,
        version=new.number,
        shape=new.shape,
        now_ms=ctx.clock.now_ms(),
    )
    await _insert_version(ctx, tx, schema["registry"], schema["name"], new)
    await _tell(ctx, tx, "Schema Version Created", schema["registry"], schema["name"], new)


async def _insert_version(ctx: Context, tx: Transaction, registry: str, name: str, new: NewVersion) -> None:
    await tx.run(
        SQL["insert_version"],
        **schema_key(ctx.scope, registry, name),
        version=new.number,
        type=new.type,
        content=new.content,
        client_token=new.client_token,
        now_ms=ctx.clock.now_ms(),
    )


async def _tell(
    ctx: Context, tx: Transaction, detail_type: str, registry: str, name: str, new: NewVersion
) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/event-reference.html"""
    detail = {
        "SchemaName": name,
        "SchemaType": new.type,
        "RegistryName": registry,
        "CreationDate": write_time(ctx.clock.now_ms()),
        "Version": str(new.number),
    }
    await emit(ctx, tx, "schemas", detail_type, detail, resources=[schema_arn(ctx, registry, name)])
