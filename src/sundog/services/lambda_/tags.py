"""Operations on tags, of functions and of event source mappings."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.scope import Scope
from sundog.services.lambda_.configuration import check_tags
from sundog.services.lambda_.errors import InvalidParameterValueException, ResourceNotFoundException
from sundog.services.lambda_.loading import load_function
from sundog.services.lambda_.names import FunctionName
from sundog.services.lambda_.rows import SQL, function_key, scope_key, write_json
from sundog.store import Transaction


@operation("lambda", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result | None:
    if not request["Tags"]:
        raise InvalidParameterValueException(reason="An error occurred and the request cannot be processed.")
    async with ctx.store.transaction() as tx:
        tags = {**await _load(tx, request["Resource"]), **request["Tags"]}
        check_tags(tags)
        await _save(tx, request["Resource"], tags)
    return None


@operation("lambda", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        tags = await _load(tx, request["Resource"])
        kept = {key: value for key, value in tags.items() if key not in request["TagKeys"]}
        await _save(tx, request["Resource"], kept)
    return None


@operation("lambda", "ListTags")
async def list_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"Tags": dict(await _load(tx, request["Resource"]))}


async def _load(tx: Transaction, text: str) -> Mapping[str, str]:
    scope, kind, name = _parse(text)
    if kind == "function":
        return (await load_function(tx, FunctionName(scope, name))).tags
    row = await tx.one(SQL["mapping"], **scope_key(scope), uuid=name)
    if row is None:
        raise ResourceNotFoundException(reason=f"Event source mapping not found: {text}")
    tags: Mapping[str, str] = orjson.loads(row["tags"])
    return tags


async def _save(tx: Transaction, text: str, tags: Mapping[str, str]) -> None:
    scope, kind, name = _parse(text)
    if kind == "function":
        await tx.run(SQL["set_tags"], **function_key(scope, name), tags=write_json(tags))
    else:
        await tx.run(SQL["set_mapping_tags"], **scope_key(scope), uuid=name, tags=write_json(tags))


def _parse(text: str) -> tuple[Scope, str, str]:
    """Scope, kind and name of what an ARN means; the model has checked its form."""
    arn = parse_arn(text)
    assert arn is not None, text
    kind, name, *qualifier = arn.resource.split(":")
    if qualifier:
        raise InvalidParameterValueException(
            reason="Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    if kind not in ("function", "event-source-mapping"):
        raise UnsupportedOperation(
            what=f"tags of a {kind}", remedy="Functions and event source mappings have tags."
        )
    return arn.scope, kind, name
