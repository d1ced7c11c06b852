"""SearchSchemas: the versions whose name or content holds every keyword."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.schemas import limits
from sundog.services.schemas.errors import BadRequestException
from sundog.services.schemas.loading import SQL, load_registry
from sundog.services.schemas.names import key, schema_arn
from sundog.services.schemas.pages import page_size, parse_token, with_token
from sundog.store import Row


@operation("schemas", "SearchSchemas")
async def search_schemas(ctx: Context, request: Request) -> Result:
    words = request["Keywords"].lower().split()
    if not words:
        raise BadRequestException("Keywords must not be empty.")
    async with ctx.store.transaction() as tx:
        await load_registry(ctx, tx, request["RegistryName"])
        rows = await tx.all(
            SQL["search_versions"],
            **key(ctx.scope),
            registry=request["RegistryName"],
            after=parse_token(request),
            count=limits.SEARCHED_MAX,
        )
    whole = _whole_schemas(rows)
    found: dict[str, list[Row]] = {}
    for row in whole:
        if _holds(row, words):
            found.setdefault(row["name"], []).append(row)
    names = list(found)[: page_size(request)]
    is_more = len(found) > len(names)
    last = names[-1] if is_more else whole[-1]["name"] if len(whole) < len(rows) else None
    return with_token({"Schemas": [_describe(ctx, found[name]) for name in names]}, last)


def _whole_schemas(rows: list[Row]) -> list[Row]:
    """Without the last schema, when the rows may have been cut in the middle of its versions."""
    if len(rows) < limits.SEARCHED_MAX:
        return rows
    return [row for row in rows if row["name"] != rows[-1]["name"]]


def _holds(row: Row, words: list[str]) -> bool:
    text = f"{row['name']} {row['content']}".lower()
    return all(word in text for word in words)


def _describe(ctx: Context, versions: list[Row]) -> dict[str, Any]:
    first = versions[0]
    return {
        "RegistryName": first["registry"],
        "SchemaName": first["name"],
        "SchemaArn": schema_arn(ctx, first["registry"], first["name"]),
        "SchemaVersions": [
            {"SchemaVersion": str(row["version"]), "CreatedDate": row["created_ms"], "Type": row["type"]}
            for row in versions
        ],
    }
