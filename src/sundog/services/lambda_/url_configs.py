"""Operations on function URLs: an address of its own for a function or an alias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.scope import Scope
from sundog.services.lambda_.describing import write_micros
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    NoSuchResource,
    ResourceConflictException,
    ResourceNotFoundException,
)
from sundog.services.lambda_.loading import (
    delete_setting,
    find_function,
    find_setting,
    list_settings,
    put_setting,
)
from sundog.services.lambda_.model import Setting
from sundog.services.lambda_.names import FunctionName, parse_name
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.store import Transaction

_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LENGTH = 32
_SHOWN = ("AuthType", "Cors", "CreationTime", "LastModifiedTime", "InvokeMode")


@operation("lambda", "CreateFunctionUrlConfig")
async def create_function_url_config(ctx: Context, request: Request) -> Result:
    name = _name(ctx, request)
    _check_cors(request)
    now = write_micros(ctx.clock.now_ms())
    asked = {m: request[m] for m in ("AuthType", "Cors", "InvokeMode") if request.get(m) is not None}
    body = {**asked, "CreationTime": now, "LastModifiedTime": now}
    url_id = "".join(_ID_LETTERS[byte & 31] for byte in ctx.ids.bytes(_ID_LENGTH))
    async with ctx.store.transaction() as tx:
        await _check_exists(tx, name)
        if await find_setting(tx, name, "url", name.qualifier) is not None:
            raise ResourceConflictException(
                reason=f"Failed to create function url config for [functionArn = {name.arn}]. Error message: "
                " FunctionUrlConfig exists for this Lambda function"
            )
        await put_setting(tx, name, "url", name.qualifier, body, url_id)
    created = _describe(ctx, name, Setting("url", name.qualifier, body, url_id))
    del created["LastModifiedTime"]  # only the later answers have it
    return created


@operation("lambda", "UpdateFunctionUrlConfig")
async def update_function_url_config(ctx: Context, request: Request) -> Result:
    name = _name(ctx, request)
    _check_cors(request)
    asked = {m: request[m] for m in ("AuthType", "Cors", "InvokeMode") if request.get(m) is not None}
    async with ctx.store.transaction() as tx:
        setting = await _load(tx, name)
        body = {**setting.body, **asked, "LastModifiedTime": write_micros(ctx.clock.now_ms())}
        await put_setting(tx, name, "url", name.qualifier, body, setting.handle)
    return _describe(ctx, name, Setting("url", name.qualifier, body, setting.handle))


@operation("lambda", "GetFunctionUrlConfig")
async def get_function_url_config(ctx: Context, request: Request) -> Result:
    name = _name(ctx, request)
    async with ctx.store.transaction() as tx:
        return _describe(ctx, name, await _load(tx, name))


@operation("lambda", "DeleteFunctionUrlConfig")
async def delete_function_url_config(ctx: Context, request: Request) -> Result | None:
    name = _name(ctx, request)
    async with ctx.store.transaction() as tx:
        if not await delete_setting(tx, name, "url", name.qualifier):
            raise NoSuchResource
    return None


@operation("lambda", "ListFunctionUrlConfigs")
async def list_function_url_configs(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"])
    count = page_size(request)
    (after,) = parse_marker(request, "")
    async with ctx.store.transaction() as tx:
        await _check_exists(tx, FunctionName(name.scope, name.name))
        found = await list_settings(tx, name, "url", after)
        if not after:  # that of the function itself stands first, under no qualifier
            own = await find_setting(tx, name, "url", "")
            found = ([own] if own else []) + found
    shown = [_describe(ctx, name, setting) for setting in found[:count]]
    last = (found[count - 1].qualifier,) if len(found) > count else None
    return with_marker({"FunctionUrlConfigs": shown}, last)


def url_domain(host: str, scope: Scope, url_id: str) -> str:
    """The name a URL answers at; behind an address that has no names below it, localhost's."""
    name, _, port = host.rpartition(":") if ":" in host.rpartition("]")[2] else (host, "", "")
    parent = "localhost" if not name or name[0] == "[" or name[-1].isdigit() else name
    return f"{url_id}.lambda-url.{scope.region}.{parent}" + (f":{port}" if port else "")


def _name(ctx: Context, request: Request) -> FunctionName:
    return parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))


def _check_cors(request: Request) -> None:
    cors: Mapping[str, Any] = request.get("Cors") or {}
    if cors.get("AllowCredentials") and "*" in (cors.get("AllowOrigins") or ()):
        raise InvalidParameterValueException(reason="AllowOrigins cannot be * when AllowCredentials is true.")


async def _check_exists(tx: Transaction, name: FunctionName) -> None:
    if await find_function(tx, name.scope, name.name) is None or (
        name.qualifier and await find_setting(tx, name, "alias", name.qualifier) is None
    ):
        raise ResourceNotFoundException(reason="Function does not exist")


async def _load(tx: Transaction, name: FunctionName) -> Setting:
    setting = await find_setting(tx, name, "url", name.qualifier)
    if setting is None:
        raise NoSuchResource
    return setting


def _describe(ctx: Context, name: FunctionName, setting: Setting) -> Result:
    return {
        **{member: setting.body[member] for member in _SHOWN if member in setting.body},
        "FunctionUrl": f"http://{url_domain(ctx.host, name.scope, setting.handle)}/",
        "FunctionArn": FunctionName(name.scope, name.name, setting.qualifier).arn,
    }
