"""Tags, by both of AWS's interfaces: by group name, and by ARN (with or without ``:*``)."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.logs import limits
from sundog.services.logs.documents import DELIVERY_DESTINATION, DESTINATION, find_document, put_document
from sundog.services.logs.errors import (
    InvalidParameterException,
    ResourceNotFoundException,
    TooManyTagsException,
)
from sundog.services.logs.groups import SQL, load_group
from sundog.store import Transaction

_DOCUMENT_KINDS = {"destination": DESTINATION, "delivery-destination": DELIVERY_DESTINATION}


@operation("logs", "TagLogGroup")
async def tag_log_group(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _change_group(tx, ctx, request["logGroupName"], request["tags"], ())
    return None


@operation("logs", "UntagLogGroup")
async def untag_log_group(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _change_group(tx, ctx, request["logGroupName"], {}, tuple(request["tags"]))
    return None


@operation("logs", "ListTagsLogGroup")
async def list_tags_log_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"tags": dict((await load_group(tx, ctx, request["logGroupName"])).tags)}


@operation("logs", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _change(tx, ctx, request["resourceArn"], request["tags"], ())
    return None


@operation("logs", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _change(tx, ctx, request["resourceArn"], {}, tuple(request["tagKeys"]))
    return None


@operation("logs", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    kind, name = _resource(request["resourceArn"])
    async with ctx.store.transaction() as tx:
        if kind == "log-group":
            return {"tags": dict((await load_group(tx, ctx, name)).tags)}
        document = await find_document(tx, ctx, _DOCUMENT_KINDS[kind], name)
    if document is None:
        raise ResourceNotFoundException(what="resource")
    return {"tags": document.get("tags", {})}


async def _change(
    tx: Transaction, ctx: Context, arn: str, added: Mapping[str, str], removed: tuple[str, ...]
) -> None:
    kind, name = _resource(arn)
    if kind == "log-group":
        return await _change_group(tx, ctx, name, added, removed)
    document = await find_document(tx, ctx, _DOCUMENT_KINDS[kind], name)
    if document is None:
        raise ResourceNotFoundException(what="resource")
    document["tags"] = _changed(document.get("tags", {}), added, removed)
    return await put_document(tx, ctx, _DOCUMENT_KINDS[kind], name, document)


async def _change_group(
    tx: Transaction, ctx: Context, name: str, added: Mapping[str, str], removed: tuple[str, ...]
) -> None:
    group = await load_group(tx, ctx, name)
    tags = _changed(group.tags, added, removed)
    await tx.run(SQL["set_tags"], id=group.id, tags=orjson.dumps(tags).decode())


def _changed(tags: Mapping[str, str], added: Mapping[str, str], removed: tuple[str, ...]) -> dict[str, str]:
    changed = {key: value for key, value in {**tags, **added}.items() if key not in removed}
    if len(changed) > limits.TAGS_MAX:
        raise TooManyTagsException(count=limits.TAGS_MAX)
    return changed


def _resource(text: str) -> tuple[str, str]:
    """The kind and name of the resource an ARN names."""
    arn = parse_arn(text)
    kind, _, name = arn.resource.partition(":") if arn is not None and arn.service == "logs" else ("", "", "")
    name = name.removesuffix(":*")
    if not name or ":" in name or kind not in ("log-group", *_DOCUMENT_KINDS):
        raise InvalidParameterException(message="Invalid resourceArn.")
    return kind, name
