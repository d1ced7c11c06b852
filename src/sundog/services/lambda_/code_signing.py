"""Operations on code signing configs, and what they mean for code.

Bundles arrive as ZipFile, and AWS's signer signs objects in S3 only: every bundle here is unsigned. A config
that enforces signatures therefore refuses all code, as AWS does with unsigned code; one that warns lets it
pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sundog.arn import Arn, parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.scope import Scope
from sundog.services.lambda_.describing import write_time
from sundog.services.lambda_.errors import (
    CodeSigningConfigNotFoundException,
    CodeVerificationFailedException,
    NoSuchCodeSigningConfig,
    ResourceConflictException,
    UserError,
)
from sundog.services.lambda_.loading import load_function
from sundog.services.lambda_.model import Function
from sundog.services.lambda_.names import FunctionName, parse_name, unqualified
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.rows import SQL, function_key, scope_key, to_function, write_json
from sundog.store import Transaction

_POLICIES = {"UntrustedArtifactOnDeployment": "Warn"}
_LETTERS = "0123456789abcdefghijklmnopqrstuv"


@operation("lambda", "CreateCodeSigningConfig")
async def create_code_signing_config(ctx: Context, request: Request) -> Result:
    config_id = "csc-" + "".join(_LETTERS[byte & 31] for byte in ctx.ids.bytes(17))
    body = {
        "Description": request.get("Description") or "",
        "AllowedPublishers": request["AllowedPublishers"],
        "CodeSigningPolicies": request.get("CodeSigningPolicies") or _POLICIES,
        "LastModified": write_time(ctx.clock.now_ms()),
    }
    async with ctx.store.transaction() as tx:
        await _put(tx, ctx.scope, config_id, body)
    return {"CodeSigningConfig": _describe(ctx.scope, config_id, body)}


@operation("lambda", "UpdateCodeSigningConfig")
async def update_code_signing_config(ctx: Context, request: Request) -> Result:
    scope, config_id = _parse(request)
    members = ("Description", "AllowedPublishers", "CodeSigningPolicies")
    asked = {member: request[member] for member in members if request.get(member) is not None}
    async with ctx.store.transaction() as tx:
        before = await _load(tx, request["CodeSigningConfigArn"])
        body = {**before, **asked, "LastModified": write_time(ctx.clock.now_ms())}
        await _put(tx, scope, config_id, body)
    return {"CodeSigningConfig": _describe(scope, config_id, body)}


@operation("lambda", "GetCodeSigningConfig")
async def get_code_signing_config(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        body = await _load(tx, request["CodeSigningConfigArn"])
    return {"CodeSigningConfig": _describe(*_parse(request), body)}


@operation("lambda", "ListCodeSigningConfigs")
async def list_code_signing_configs(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    (after,) = parse_marker(request, "")
    async with ctx.store.transaction() as tx:
        rows = await tx.all(SQL["code_signings"], **scope_key(ctx.scope), after=after, count=count + 1)
    shown = [_describe(ctx.scope, row["id"], orjson.loads(row["body"])) for row in rows[:count]]
    return with_marker({"CodeSigningConfigs": shown}, (rows[count - 1]["id"],) if len(rows) > count else None)


@operation("lambda", "DeleteCodeSigningConfig")
async def delete_code_signing_config(ctx: Context, request: Request) -> Result | None:
    scope, config_id = _parse(request)
    async with ctx.store.transaction() as tx:
        await _load(tx, request["CodeSigningConfigArn"])
        users = await _functions(tx, scope, request["CodeSigningConfigArn"], "", 1)
        if users:
            raise ResourceConflictException(
                reason="Cannot delete the code signing configuration because it is being used by functions."
            )
        await tx.run(SQL["delete_code_signing"], **scope_key(scope), id=config_id)
    return None


@operation("lambda", "ListFunctionsByCodeSigningConfig")
async def list_functions_by_code_signing_config(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    (after,) = parse_marker(request, "")
    arn = request["CodeSigningConfigArn"]
    async with ctx.store.transaction() as tx:
        await _load(tx, arn)
        found = await _functions(tx, ctx.scope, arn, after, count + 1)
    last = (found[count - 1].name,) if len(found) > count else None
    return with_marker({"FunctionArns": [function.arn for function in found[:count]]}, last)


@operation("lambda", "PutFunctionCodeSigningConfig")
async def put_function_code_signing_config(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    arn = request["CodeSigningConfigArn"]
    async with ctx.store.transaction() as tx:
        await _load(tx, arn, CodeSigningConfigNotFoundException)
        await load_function(tx, name)
        await tx.run(SQL["set_code_signing"], **function_key(name.scope, name.name), arn=arn)
    return {"CodeSigningConfigArn": arn, "FunctionName": name.name}


@operation("lambda", "GetFunctionCodeSigningConfig")
async def get_function_code_signing_config(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
    if not function.code_signing_arn:
        return {}
    return {"CodeSigningConfigArn": function.code_signing_arn, "FunctionName": name.name}


@operation("lambda", "DeleteFunctionCodeSigningConfig")
async def delete_function_code_signing_config(ctx: Context, request: Request) -> Result | None:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        await tx.run(SQL["set_code_signing"], **function_key(name.scope, name.name), arn="")
    return None


async def check_signature_of_code(tx: Transaction, name: FunctionName, config_arn: str) -> None:
    """Raises where the function's config takes signed code only."""
    if not config_arn:
        return
    body = await _load(tx, config_arn, CodeSigningConfigNotFoundException)
    if body["CodeSigningPolicies"].get("UntrustedArtifactOnDeployment") == "Enforce":
        raise CodeVerificationFailedException(function=name.name)


async def _functions(tx: Transaction, scope: Scope, arn: str, after: str, count: int) -> list[Function]:
    key = {**scope_key(scope), "arn": arn, "after": after, "count": count}
    return [to_function(row) for row in await tx.all(SQL["functions_by_code_signing"], **key)]


def _parse(request: Request) -> tuple[Scope, str]:
    arn = parse_arn(request["CodeSigningConfigArn"])
    assert arn is not None, "the model has checked its form"
    return arn.scope, arn.resource.rpartition(":")[2]


async def _load(
    tx: Transaction,
    text: str,
    missing: type[UserError] = NoSuchCodeSigningConfig,
) -> Mapping[str, Any]:
    scope, config_id = _parse({"CodeSigningConfigArn": text})
    row = await tx.one(SQL["code_signing"], **scope_key(scope), id=config_id)
    if row is None:
        raise missing(arn=text)
    body: Mapping[str, Any] = orjson.loads(row["body"])
    return body


async def _put(tx: Transaction, scope: Scope, config_id: str, body: Mapping[str, Any]) -> None:
    await tx.run(SQL["put_code_signing"], **scope_key(scope), id=config_id, body=write_json(body))


def _describe(scope: Scope, config_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    arn = str(Arn.of("lambda", scope, f"code-signing-config:{config_id}"))
    return {**body, "CodeSigningConfigId": config_id, "CodeSigningConfigArn": arn}
