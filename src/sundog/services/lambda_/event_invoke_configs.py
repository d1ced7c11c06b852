"""Operations on event invoke configs: how asynchronous events of a function or qualifier are treated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.lambda_.errors import InvalidParameterValueException, ResourceNotFoundException
from sundog.services.lambda_.loading import (
    delete_setting,
    find_function,
    find_setting,
    list_settings,
    put_setting,
    version_number,
)
from sundog.services.lambda_.model import Setting
from sundog.services.lambda_.names import LATEST, FunctionName, is_version, parse_name, version_of
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.rows import SQL, function_key
from sundog.store import Transaction

_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_DESTINATIONS = frozenset(("lambda", "sqs", "sns", "events"))


@operation("lambda", "PutFunctionEventInvokeConfig")
async def put_function_event_invoke_config(ctx: Context, request: Request) -> Result:
    return await _write(ctx, request, keeps=False)


@operation("lambda", "UpdateFunctionEventInvokeConfig")
async def update_function_event_invoke_config(ctx: Context, request: Request) -> Result:
    return await _write(ctx, request, keeps=True)


@operation("lambda", "GetFunctionEventInvokeConfig")
async def get_function_event_invoke_config(ctx: Context, request: Request) -> Result:
    name = _name(ctx, request)
    async with ctx.store.transaction() as tx:
        setting = await find_setting(tx, name, "event_invoke", name.qualifier)
    if setting is None:
        raise _no_config(name)
    return _describe(name, setting)


@operation("lambda", "DeleteFunctionEventInvokeConfig")
async def delete_function_event_invoke_config(ctx: Context, request: Request) -> Result | None:
    name = _name(ctx, request)
    async with ctx.store.transaction() as tx:
        if not await delete_setting(tx, name, "event_invoke", name.qualifier):
            raise _no_config(name)
    return None


@operation("lambda", "ListFunctionEventInvokeConfigs")
async def list_function_event_invoke_configs(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"])
    count = page_size(request)
    (after,) = parse_marker(request, "")
    async with ctx.store.transaction() as tx:
        if await find_function(tx, name.scope, name.name) is None:
            raise _no_function()
        found = await list_settings(tx, name, "event_invoke", after, count + 1)
    shown = [_describe(name, setting) for setting in found[:count]]
    last = (found[count - 1].qualifier,) if len(found) > count else None
    return with_marker({"FunctionEventInvokeConfigs": shown}, last)


def _name(ctx: Context, request: Request) -> FunctionName:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    return FunctionName(name.scope, name.name, name.qualifier or LATEST)


async def _write(ctx: Context, request: Request, *, keeps: bool) -> Result:
    """Put replaces what was said before, Update keeps what it does not name."""
    name = _name(ctx, request)
    asked = {m: request[m] for m in _MEMBERS if request.get(m) is not None}
    if not asked:
        raise InvalidParameterValueException(
            reason="You must specify at least one of error handling or destination setting."
        )
    async with ctx.store.transaction() as tx:
        await _check_exists(tx, name)
        before = await find_setting(tx, name, "event_invoke", name.qualifier)
        if keeps and before is None:
            raise _no_config(name)
        await _check_destinations(tx, name, asked.get("DestinationConfig") or {})
        kept = before.body if keeps and before else {}
        body = {**kept, **asked, "LastModified": ctx.clock.now_ms()}
        await put_setting(tx, name, "event_invoke", name.qualifier, body)
    return _describe(name, Setting("event_invoke", name.qualifier, body))


async def _check_exists(tx: Transaction, name: FunctionName) -> None:
    if await find_function(tx, name.scope, name.name) is None or await version_number(tx, name) is None:
        raise _no_function()
    if is_version(name.qualifier):
        key = function_key(name.scope, name.name)
        if await tx.one(SQL["version"], **key, number=version_of(name.qualifier)) is None:
            raise _no_function()


async def _check_destinations(tx: Transaction, name: FunctionName, config: Mapping[str, Any]) -> None:
    for side in ("OnSuccess", "OnFailure"):
        text = (config.get(side) or {}).get("Destination")
        if not text:
            continue
        arn = parse_arn(text)
        if arn is not None and arn.service == "s3":
            raise UnsupportedOperation(what="a bucket as destination", remedy="Use a queue, SQS or SNS.")
        if arn is None or arn.service not in _DESTINATIONS:
            raise InvalidParameterValueException(
                reason=f"The provided destination config {_java(config)} is invalid."
            )
        if arn.service == "lambda":
            await _check_function(tx, name, text)


async def _check_function(tx: Transaction, name: FunctionName, text: str) -> None:
    destination = parse_name(name.scope, text)
    if (destination.scope, destination.name) == (name.scope, name.name):
        raise InvalidParameterValueException(
            reason="You can't specify the function as a destination for itself."
        )
    if await find_function(tx, destination.scope, destination.name) is None:
        raise InvalidParameterValueException(reason=f"The destination ARN {text} is invalid.")


def _java(config: Mapping[str, Any]) -> str:
    """The value as AWS's own words show it."""

    def side(member: str) -> str:
        if config.get(member) is None:
            return "null"
        return f"{member}(destination={config[member].get('Destination') or 'null'})"

    return f"DestinationConfig(onSuccess={side('OnSuccess')}, onFailure={side('OnFailure')})"


def _describe(name: FunctionName, setting: Setting) -> Result:
    destinations = setting.body.get("DestinationConfig") or {}
    return {
        **setting.body,
        "FunctionArn": FunctionName(name.scope, name.name, setting.qualifier).arn,
        "DestinationConfig": {
            side: dict(destinations.get(side) or {}) for side in ("OnSuccess", "OnFailure")
        },
    }


def _no_function() -> ResourceNotFoundException:
    return ResourceNotFoundException(reason="The function doesn't exist.")


def _no_config(name: FunctionName) -> ResourceNotFoundException:
    return ResourceNotFoundException(reason=f"The function {name.arn} doesn't have an EventInvokeConfig")
