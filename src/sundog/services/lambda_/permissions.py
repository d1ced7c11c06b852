"""Operations on the resource policy of a function, a version or an alias.

A policy has no revision of its own: every change of it gives its function, version or alias a new one, which
GetPolicy shows and AddPermission and RemovePermission compare.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html (PreconditionFailedException)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_ import policies
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    NoSuchResource,
    ResourceNotFoundException,
)
from sundog.services.lambda_.loading import (
    check_qualifier,
    delete_setting,
    find_function,
    find_setting,
    load_version,
    put_setting,
    save_version,
)
from sundog.services.lambda_.names import LATEST, FunctionName, is_version, parse_name
from sundog.store import Transaction


@operation("lambda", "AddPermission")
async def add_permission(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    if name.qualifier == LATEST:
        raise InvalidParameterValueException(
            reason="We currently do not support adding policies for $LATEST."
        )
    statement = policies.function_statement(request, name.arn, name.scope.partition)
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        policies.check_revision(await _revision(tx, name), request, "GetPolicy")
        statements = policies.with_statement(await _find(tx, name), statement)
        await put_setting(tx, name, "policy", name.qualifier, {"Statement": statements})
        await _renew(tx, name, ctx.ids.uuid())
    return {"Statement": policies.write_statement(statement)}


@operation("lambda", "RemovePermission")
async def remove_permission(ctx: Context, request: Request) -> Result | None:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    async with ctx.store.transaction() as tx:
        if await find_function(tx, name.scope, name.name) is None:
            raise ResourceNotFoundException(reason=f"No policy found for: {name.arn}")
        await check_qualifier(tx, name)
        policies.check_revision(await _revision(tx, name), request, "GetPolicy")
        statements = policies.without_statement(await _find(tx, name), request["StatementId"])
        if statements:
            await put_setting(tx, name, "policy", name.qualifier, {"Statement": statements})
        else:
            await delete_setting(tx, name, "policy", name.qualifier)
        await _renew(tx, name, ctx.ids.uuid())
    return None


@operation("lambda", "GetPolicy")
async def get_policy(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    async with ctx.store.transaction() as tx:
        statements = await _find(tx, name)
        if not statements:
            raise NoSuchResource
        return {"Policy": policies.write_policy(statements), "RevisionId": await _revision(tx, name)}


@operation("lambda", "PutResourcePolicy")
async def put_resource_policy(ctx: Context, request: Request) -> Result:
    """The whole policy at once; what AddPermission had added is replaced."""
    name = parse_name(ctx.scope, request["ResourceArn"])
    statements = policies.read_statements(request["Policy"])
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        policies.check_revision(await _revision(tx, name), request, "GetResourcePolicy")
        await put_setting(tx, name, "policy", name.qualifier, {"Statement": statements})
        await _renew(tx, name, ctx.ids.uuid())
        return {"Policy": policies.write_policy(statements), "RevisionId": await _revision(tx, name)}


@operation("lambda", "GetResourcePolicy")
async def get_resource_policy(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["ResourceArn"])
    async with ctx.store.transaction() as tx:
        statements = await _find(tx, name)
        if not statements:
            raise NoSuchResource
        return {"Policy": policies.write_policy(statements), "RevisionId": await _revision(tx, name)}


@operation("lambda", "DeleteResourcePolicy")
async def delete_resource_policy(ctx: Context, request: Request) -> Result | None:
    name = parse_name(ctx.scope, request["ResourceArn"])
    async with ctx.store.transaction() as tx:
        if not await _find(tx, name):
            raise NoSuchResource
        policies.check_revision(await _revision(tx, name), request, "GetResourcePolicy")
        await delete_setting(tx, name, "policy", name.qualifier)
        await _renew(tx, name, ctx.ids.uuid())
    return None


async def _find(tx: Transaction, name: FunctionName) -> list[Mapping[str, Any]]:
    setting = await find_setting(tx, name, "policy", name.qualifier)
    return list(setting.body["Statement"]) if setting else []


def _is_alias(name: FunctionName) -> bool:
    return not name.is_latest and not is_version(name.qualifier)


async def _revision(tx: Transaction, name: FunctionName) -> str:
    if not _is_alias(name):
        return (await load_version(tx, name)).revision
    alias = await find_setting(tx, name, "alias", name.qualifier)
    assert alias is not None, "its policy goes with it"
    revision: str = alias.body["RevisionId"]
    return revision


async def _renew(tx: Transaction, name: FunctionName, revision: str) -> None:
    if not _is_alias(name):
        await save_version(tx, replace(await load_version(tx, name), revision=revision))
        return
    alias = await find_setting(tx, name, "alias", name.qualifier)
    assert alias is not None, "its existence was checked"
    await put_setting(tx, name, "alias", name.qualifier, {**alias.body, "RevisionId": revision})
