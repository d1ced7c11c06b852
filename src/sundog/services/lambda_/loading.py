"""Reads of functions, versions, aliases and their settings that several operations share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sundog.scope import Scope
from sundog.services.lambda_.errors import ResourceNotFoundException
from sundog.services.lambda_.model import Function, Setting, SettingKind, Version
from sundog.services.lambda_.names import FunctionName, is_version, not_found, version_of
from sundog.services.lambda_.rows import (
    SQL,
    function_key,
    scope_key,
    to_function,
    to_setting,
    to_version,
    version_values,
    write_json,
)
from sundog.store import Transaction

EVERYTHING = 1_000_000


async def find_function(tx: Transaction, scope: Scope, name: str) -> Function | None:
    row = await tx.one(SQL["function"], **function_key(scope, name))
    return to_function(row) if row is not None else None


async def load_function(tx: Transaction, name: FunctionName) -> Function:
    """The function ``name`` means; its qualifier only words the error."""
    function = await find_function(tx, name.scope, name.name)
    if function is None:
        raise not_found(name)
    return function


async def find_version(tx: Transaction, scope: Scope, name: str, number: int) -> Version | None:
    row = await tx.one(SQL["version"], **function_key(scope, name), number=number)
    return to_version(row) if row is not None else None


async def load_version(tx: Transaction, name: FunctionName) -> Version:
    """The version a qualifier means: itself, or what its alias points to first."""
    number = await version_number(tx, name)
    version = None if number is None else await find_version(tx, name.scope, name.name, number)
    if version is None:
        raise not_found(name)
    return version


async def version_number(tx: Transaction, name: FunctionName) -> int | None:
    if name.is_latest:
        return 0
    if is_version(name.qualifier):
        return version_of(name.qualifier)
    alias = await find_setting(tx, name, "alias", name.qualifier)
    return int(alias.body["FunctionVersion"].replace("$LATEST", "0")) if alias else None


async def save_version(tx: Transaction, version: Version) -> None:
    await tx.run(SQL["put_version"], **version_values(version))


async def find_setting(
    tx: Transaction, name: FunctionName, kind: SettingKind, qualifier: str
) -> Setting | None:
    key = function_key(name.scope, name.name)
    row = await tx.one(SQL["setting"], **key, kind=kind, qualifier=qualifier)
    return to_setting(row) if row is not None else None


async def list_settings(
    tx: Transaction, name: FunctionName, kind: SettingKind, after: str = "", count: int = EVERYTHING
) -> list[Setting]:
    key = function_key(name.scope, name.name)
    rows = await tx.all(SQL["settings"], **key, kind=kind, after=after, count=count)
    return [to_setting(row) for row in rows]


async def put_setting(
    tx: Transaction,
    name: FunctionName,
    kind: SettingKind,
    qualifier: str,
    body: Mapping[str, Any],
    handle: str = "",
) -> None:
    await tx.run(
        SQL["put_setting"],
        **function_key(name.scope, name.name),
        kind=kind,
        qualifier=qualifier,
        handle=handle,
        body=write_json(body),
    )


async def delete_setting(tx: Transaction, name: FunctionName, kind: SettingKind, qualifier: str) -> bool:
    key = function_key(name.scope, name.name)
    return await tx.run(SQL["delete_setting"], **key, kind=kind, qualifier=qualifier) > 0


async def check_qualifier(tx: Transaction, name: FunctionName) -> None:
    """The function and the version or alias that its qualifier names exist."""
    await load_function(tx, FunctionName(name.scope, name.name))
    if name.is_latest:
        return
    if is_version(name.qualifier):
        await load_version(tx, name)
    elif await find_setting(tx, name, "alias", name.qualifier) is None:
        raise ResourceNotFoundException(reason=f"Cannot find alias arn: {name.arn}")


async def load_taken(tx: Transaction, scope: Scope) -> int:
    """How much of the account's concurrency belongs to single functions: reserved, or else provisioned."""
    row = await tx.one(SQL["reserved_sum"], **scope_key(scope))
    assert row is not None
    provisioned = await tx.all(SQL["provisioned_of_unreserved"], **scope_key(scope))
    return int(row["reserved"]) + requested_sum(map(to_setting, provisioned))


def requested_sum(provisioned: Iterable[Setting]) -> int:
    return sum(setting.body["requested"] for setting in provisioned)
