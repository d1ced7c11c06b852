"""Operations on runtime management: which version of its runtime a function runs on.

There is one version of each runtime here, that of the interpreter on this machine: a function may follow it
(Auto, FunctionUpdate) or be bound to it by its own ARN, not to another.
"""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_.errors import InvalidParameterValueException
from sundog.services.lambda_.loading import check_qualifier, find_setting, load_version, put_setting
from sundog.services.lambda_.names import LATEST, FunctionName, parse_name


@operation("lambda", "PutRuntimeManagementConfig")
async def put_runtime_management_config(ctx: Context, request: Request) -> Result:
    name = _name(ctx, request)
    mode, asked = request["UpdateRuntimeOn"], request.get("RuntimeVersionArn")
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        current = (await load_version(tx, name)).settings["RuntimeVersionConfig"]["RuntimeVersionArn"]
        if (mode == "Manual") != bool(asked):
            raise InvalidParameterValueException(
                reason="RuntimeVersionArn must be provided when UpdateRuntimeOn is Manual, and only then."
            )
        if asked and asked != current:
            raise InvalidParameterValueException(reason=f"Runtime version {asked} does not exist.")
        body = {"UpdateRuntimeOn": mode} | ({"RuntimeVersionArn": asked} if asked else {})
        await put_setting(tx, name, "runtime_management", name.qualifier, body)
    return {"FunctionArn": name.arn, **body}


@operation("lambda", "GetRuntimeManagementConfig")
async def get_runtime_management_config(ctx: Context, request: Request) -> Result:
    name = _name(ctx, request)
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        setting = await find_setting(tx, name, "runtime_management", name.qualifier)
    body = dict(setting.body) if setting else {"UpdateRuntimeOn": "Auto"}
    return {"FunctionArn": name.arn, **body}


def _name(ctx: Context, request: Request) -> FunctionName:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    return FunctionName(name.scope, name.name, name.qualifier or LATEST)
