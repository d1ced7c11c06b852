"""Resource policies of registries, JSON values to the model: kept, for the authorize step to read."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.schemas.errors import (
    BadRequestException,
    NotFoundException,
    PreconditionFailedException,
)
from sundog.services.schemas.loading import SQL, load_registry
from sundog.services.schemas.names import DISCOVERED, key
from sundog.store import Row, Transaction


@operation("schemas", "GetResourcePolicy")
async def get_resource_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request)
    return {"Policy": orjson.loads(row["policy"]), "RevisionId": row["revision_id"]}


@operation("schemas", "PutResourcePolicy")
async def put_resource_policy(ctx: Context, request: Request) -> Result:
    """A revision id that is given must be the one of the policy to replace."""
    _check(request["Policy"])
    names = _key(ctx, request)
    async with ctx.store.transaction() as tx:
        await load_registry(ctx, tx, names["registry"])
        known = await tx.one(SQL["policy"], **names)
        wanted = request.get("RevisionId")
        if wanted and (known is None or known["revision_id"] != wanted):
            raise PreconditionFailedException
        revision_id, text = ctx.ids.uuid(), orjson.dumps(request["Policy"]).decode()
        await tx.run(SQL["put_policy"], **names, policy=text, revision_id=revision_id)
    return {"Policy": request["Policy"], "RevisionId": revision_id}


@operation("schemas", "DeleteResourcePolicy")
async def delete_resource_policy(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _load(ctx, tx, request)
        await tx.run(SQL["delete_policy"], **_key(ctx, request))
    return None


async def _load(ctx: Context, tx: Transaction, request: Request) -> Row:
    names = _key(ctx, request)
    await load_registry(ctx, tx, names["registry"])
    row = await tx.one(SQL["policy"], **names)
    if row is None:
        raise NotFoundException(f"The registry {names['registry']} has no resource policy.")
    return row


def _check(policy: Any) -> None:
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise BadRequestException("The policy is not a valid JSON policy document.")


def _key(ctx: Context, request: Request) -> dict[str, str]:
    return {**key(ctx.scope), "registry": request.get("RegistryName") or DISCOVERED}
