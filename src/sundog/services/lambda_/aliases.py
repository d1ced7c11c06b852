"""Operations on aliases: names for versions, with a share of the traffic for a second one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    PreconditionFailedException,
    ResourceConflictException,
    ResourceNotFoundException,
)
from sundog.services.lambda_.loading import (
    find_setting,
    list_settings,
    load_function,
    load_version,
    put_setting,
)
from sundog.services.lambda_.model import Setting
from sundog.services.lambda_.names import LATEST, FunctionName, function_arn, parse_name, unqualified
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.rows import SQL, function_key
from sundog.store import Transaction


@operation("lambda", "CreateAlias")
async def create_alias(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    alias = request["Name"]
    body = {
        "FunctionVersion": request["FunctionVersion"],
        "Description": request.get("Description") or "",
        "RoutingConfig": dict(request.get("RoutingConfig") or {}),
        "RevisionId": ctx.ids.uuid(),
    }
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        if await find_setting(tx, name, "alias", alias) is not None:
            arn = function_arn(name.scope, name.name, alias)
            raise ResourceConflictException(reason=f"Alias already exists: {arn}")
        await _check_versions(tx, name, body)
        await put_setting(tx, name, "alias", alias, body)
        ctx.part(Catalog).changed(tx)
    return _describe(name, Setting("alias", alias, body))


@operation("lambda", "UpdateAlias")
async def update_alias(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        before = await _load(tx, name, request["Name"], missing="Alias not found: ")
        if request.get("RevisionId") not in (None, "", before.body["RevisionId"]):
            raise PreconditionFailedException(operation="GetFunction/GetAlias")
        changes = {
            m: request[m]
            for m in ("FunctionVersion", "Description", "RoutingConfig")
            if request.get(m) is not None
        }
        body = {**before.body, **changes, "RevisionId": ctx.ids.uuid()}
        await _check_versions(tx, name, body)
        await put_setting(tx, name, "alias", before.qualifier, body)
        ctx.part(Catalog).changed(tx)
    return _describe(name, Setting("alias", before.qualifier, body))


@operation("lambda", "GetAlias")
async def get_alias(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        return _describe(name, await _load(tx, name, request["Name"]))


@operation("lambda", "ListAliases")
async def list_aliases(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    count = page_size(request)
    (after,) = parse_marker(request, "")
    wanted = request.get("FunctionVersion")
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        found = await list_settings(tx, name, "alias", after)
    found = [a for a in found if not wanted or wanted in _versions(a.body)]
    last = (found[count - 1].qualifier,) if len(found) > count else None
    return with_marker({"Aliases": [_describe(name, a) for a in found[:count]]}, last)


@operation("lambda", "DeleteAlias")
async def delete_alias(ctx: Context, request: Request) -> Result | None:
    """What was kept for the alias goes with it; deleting none is no error, as on AWS."""
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        key = function_key(name.scope, name.name)
        await tx.run(SQL["delete_settings_of_qualifier"], **key, qualifier=request["Name"])
        ctx.part(Catalog).changed(tx)
    return None


async def _load(
    tx: Transaction, name: FunctionName, alias: str, *, missing: str = "Cannot find alias arn: "
) -> Setting:
    await load_function(tx, name)
    setting = await find_setting(tx, name, "alias", alias)
    if setting is None:
        arn = function_arn(name.scope, name.name, alias)
        raise ResourceNotFoundException(reason=f"{missing}{arn}")
    return setting


async def _check_versions(tx: Transaction, name: FunctionName, body: Mapping[str, Any]) -> None:
    """Every version exists; weights go to one more version, and never from or to ``$LATEST``."""
    version = body["FunctionVersion"]
    await load_version(tx, FunctionName(name.scope, name.name, version))
    weights = body["RoutingConfig"].get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise InvalidParameterValueException(
            reason="Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    for other in weights:
        _check_second(name, version, other)
        await load_version(tx, FunctionName(name.scope, name.name, other))


def _check_second(name: FunctionName, version: str, other: str) -> None:
    if version == LATEST:
        raise InvalidParameterValueException(
            reason="$LATEST is not supported for an alias pointing to more than 1 version"
        )
    if version == other:
        arn = function_arn(name.scope, name.name, other)
        raise InvalidParameterValueException(
            reason=f"Invalid function version {other}. Function version {other} is already included in "
            f"routing configuration. ({arn})"
        )


def _versions(body: Mapping[str, Any]) -> set[str]:
    weights = body["RoutingConfig"].get("AdditionalVersionWeights") or {}
    return {body["FunctionVersion"], *weights}


def _describe(name: FunctionName, alias: Setting) -> Result:
    body = dict(alias.body)
    routing = body.pop("RoutingConfig")
    if routing.get("AdditionalVersionWeights"):
        body["RoutingConfig"] = routing
    return {
        **body,
        "Name": alias.qualifier,
        "AliasArn": function_arn(name.scope, name.name, alias.qualifier),
    }
