"""Operations on functions: create, read, update, delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.compute.contract import IMAGE
from sundog.context import Context, Principal, Request, Result, operation
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.code_signing import check_signature_of_code
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.configuration import (
    changed_settings,
    check_code_package,
    check_configuration,
    check_new_package,
    check_package,
    check_supported,
    check_tags,
    new_settings,
)
from sundog.services.lambda_.describing import code_location, describe, describe_in_list
from sundog.services.lambda_.errors import (
    CodeStorageExceededException,
    InvalidParameterValueException,
    ResourceConflictException,
)
from sundog.services.lambda_.layer_use import load_layers
from sundog.services.lambda_.loading import (
    find_function,
    list_settings,
    load_function,
    load_version,
    save_version,
)
from sundog.services.lambda_.model import Bundle, Version
from sundog.services.lambda_.names import (
    LATEST,
    FunctionName,
    is_version,
    parse_name,
    session_name,
    unqualified,
    version_of,
)
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.publishing import activate_soon, check_revision, publish
from sundog.services.lambda_.rows import SQL, function_key, scope_key, to_version, write_json
from sundog.services.lambda_.sources import take_code, take_image
from sundog.store import Transaction


@operation("lambda", "CreateFunction")
async def create_function(ctx: Context, request: Request) -> Result:
    name = _new_name(ctx.scope, request)
    check_supported(request)
    check_new_package(request)
    check_configuration(request)
    check_tags(request.get("Tags") or {})
    settings = new_settings(name.scope, name.name, request)
    code = request.get("Code") or {}
    bundle = (
        await take_image(ctx, code, settings["Architectures"][0])
        if code.get("ImageUri")
        else await take_code(ctx, code, "CreateFunction")
    )
    await _check_role(ctx, request["Role"], name)
    async with ctx.store.transaction() as tx:
        await check_signature_of_code(tx, name, request.get("CodeSigningConfigArn") or "")
        await check_storage(tx, name.scope, bundle.size)
        fresh = _fresh(ctx, name, settings)
        version = await _with_layers(tx, _with_code(fresh, bundle), request)
        if await find_function(tx, name.scope, name.name) is not None:  # after the layers (recorded)
            raise ResourceConflictException(reason=f"Function already exist: {name.name}")
        await tx.run(
            SQL["insert_function"],
            **function_key(name.scope, name.name),
            id=ctx.ids.uuid(),
            tags=write_json(request.get("Tags") or {}),
            code_signing_arn=request.get("CodeSigningConfigArn") or "",
        )
        await save_version(tx, version)
        await activate_soon(ctx, tx, version, is_new=True)
        if request.get("Publish"):
            version = await publish(ctx, tx, await load_function(tx, name), version, {})
        ctx.part(Catalog).changed(tx)
    ctx.part(Compute).expect(request.get("Runtime") or IMAGE)
    return describe(version)


@operation("lambda", "UpdateFunctionCode")
async def update_function_code(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    check_supported(request)
    bundle = await _take_new_code(ctx, name, request)
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
        latest = await load_version(tx, name)
        check_code_package(latest.settings["PackageType"], request)
        check_revision(latest, request)
        await check_signature_of_code(tx, name, function.code_signing_arn)
        await check_storage(tx, name.scope, bundle.size - latest.settings["CodeSize"])
        changed = _with_code(latest, bundle)
        if request.get("Architectures"):
            changed = replace(
                changed, settings={**changed.settings, "Architectures": list(request["Architectures"])}
            )
        changed = _updated(ctx, changed)
        if request.get("DryRun"):
            return describe(changed)
        await _save_update(ctx, tx, changed)
        if request.get("Publish"):
            changed = await publish(ctx, tx, function, changed, {})
    await ctx.part(Compute).replaced(function)
    return describe(changed)


@operation("lambda", "UpdateFunctionConfiguration")
async def update_function_configuration(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    check_supported(request)
    check_configuration(request)
    if request.get("Role"):
        await _check_role(ctx, request["Role"], name)
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
        latest = await load_version(tx, name)
        check_package(latest.settings["PackageType"], request)
        check_revision(latest, request)
        changed = replace(latest, settings=changed_settings(name.scope, latest.settings, request))
        changed = _updated(ctx, await _with_layers(tx, changed, request))
        await _save_update(ctx, tx, changed)
    await ctx.part(Compute).replaced(function)
    return describe(changed)


@operation("lambda", "GetFunction")
async def get_function(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
        version = await load_version(tx, name)
    answer: Result = {
        "Configuration": describe(version, name.qualifier),
        "Code": code_location(ctx, version.code),
    }
    if function.tags:
        answer["Tags"] = dict(function.tags)
    if function.reserved is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
    return answer


@operation("lambda", "GetFunctionConfiguration")
async def get_function_configuration(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        return describe(await load_version(tx, name), name.qualifier)


@operation("lambda", "ListFunctions")
async def list_functions(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    after, number = parse_marker(request, "", -1)
    wants_all = request.get("FunctionVersion") == "ALL"
    async with ctx.store.transaction() as tx:
        key = {**scope_key(ctx.scope), "after": after, "count": count + 1}
        rows = await (
            tx.all(SQL["all_versions"], **key, number=number)
            if wants_all
            else tx.all(SQL["latest_versions"], **key)
        )
    versions = [to_version(row) for row in rows[:count]]
    last = (rows[count - 1]["name"], rows[count - 1]["number"]) if len(rows) > count else None
    return with_marker({"Functions": [describe_in_list(v, qualified=wants_all) for v in versions]}, last)


@operation("lambda", "DeleteFunction")
async def delete_function(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    if name.qualifier == LATEST:
        raise InvalidParameterValueException(
            reason="$LATEST version cannot be deleted without deleting the function."
        )
    if name.qualifier and not is_version(name.qualifier):
        raise InvalidParameterValueException(reason="Deletion of aliases is not currently supported.")
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        if name.qualifier:
            await _delete_version(tx, name)
        else:
            for statement in ("delete_function", "delete_versions", "delete_settings"):
                await tx.run(SQL[statement], **function_key(name.scope, name.name))
        ctx.part(Catalog).changed(tx)
    if not name.qualifier:
        await ctx.part(Compute).deleted(name)
    return {"StatusCode": 204}


async def _delete_version(tx: Transaction, name: FunctionName) -> None:
    """Deleting a version that is not there is no error, as with aliases."""
    aliases = await list_settings(tx, name, "alias")
    used = [a.qualifier for a in aliases if name.qualifier in _versions_of(a.body)]
    if used:
        raise ResourceConflictException(
            reason=f"Version {name.qualifier} is currently referenced by the aliases: {', '.join(used)}."
        )
    key = function_key(name.scope, name.name)
    await tx.run(SQL["delete_version"], **key, number=version_of(name.qualifier))
    await tx.run(SQL["delete_settings_of_qualifier"], **key, qualifier=name.qualifier)


def _versions_of(alias: Mapping[str, Any]) -> set[str]:
    routing = alias.get("RoutingConfig") or {}
    return {alias["FunctionVersion"], *(routing.get("AdditionalVersionWeights") or {})}


async def _take_new_code(ctx: Context, name: FunctionName, request: Request) -> Bundle:
    if not request.get("ImageUri"):
        return await take_code(ctx, request, "UpdateFunctionCode")
    async with ctx.store.transaction() as tx:
        settings = (await load_version(tx, name)).settings
    check_code_package(settings["PackageType"], request)
    return await take_image(ctx, request, (request.get("Architectures") or settings["Architectures"])[0])


def _new_name(scope: Scope, request: Request) -> FunctionName:
    name = parse_name(scope, request["FunctionName"])
    if len(name.name) > limits.NAME_LENGTH_MAX:
        raise InvalidParameterValueException(
            reason=f"1 validation error detected: Value '{name.name}' at 'functionName' failed to satisfy "
            f"constraint: Member must have length less than or equal to {limits.NAME_LENGTH_MAX}"
        )
    return unqualified(name)


def _fresh(ctx: Context, name: FunctionName, settings: Mapping[str, Any]) -> Version:
    now_ms = ctx.clock.now_ms()
    return Version(
        name.scope, name.name, LATEST, ctx.ids.uuid(), now_ms, "Pending", "", 1, "", 0, (), settings
    )


def _updated(ctx: Context, version: Version) -> Version:
    return replace(
        version,
        revision=ctx.ids.uuid(),
        modified_ms=ctx.clock.now_ms(),
        update_status="InProgress",
        generation=version.generation + 1,
    )


async def _save_update(ctx: Context, tx: Transaction, version: Version) -> None:
    await save_version(tx, version)
    await activate_soon(ctx, tx, version)
    ctx.part(Catalog).changed(tx)


def _with_code(version: Version, bundle: Bundle) -> Version:
    settings = {**version.settings, "CodeSha256": bundle.sha256, "CodeSize": bundle.size}
    return replace(version, code=bundle.key, unzipped_bytes=bundle.unzipped_bytes, settings=settings)


async def _with_layers(tx: Transaction, version: Version, request: Request) -> Version:
    """The version with the layers the request names, if it names any; an empty list takes them away."""
    if request.get("Layers") is None:
        return version
    layers = await load_layers(tx, version.scope, request["Layers"])
    total = version.unzipped_bytes + sum(layer.unzipped_bytes for layer in layers)
    if total > limits.UNZIPPED_BYTES_MAX:
        raise InvalidParameterValueException(
            reason="Function code combined with layers exceeds the maximum allowed size of "
            f"{limits.UNZIPPED_BYTES_MAX} bytes. The actual size is {total} bytes."
        )
    settings = {k: v for k, v in version.settings.items() if k != "Layers"}
    if layers:
        settings["Layers"] = [{"Arn": arn, "CodeSize": layer.size} for arn, layer in zip(
            request["Layers"], layers, strict=True
        )]  # fmt: skip
    return replace(version, layers=tuple(layer.code for layer in layers), settings=settings)


async def check_storage(tx: Transaction, scope: Scope, more: int) -> None:
    used = await storage_used(tx, scope)
    if used + more > limits.STORED_BYTES_MAX:
        raise CodeStorageExceededException


async def storage_used(tx: Transaction, scope: Scope) -> int:
    functions = await tx.one(SQL["account_usage"], **scope_key(scope))
    layers = await tx.one(SQL["layer_usage"], **scope_key(scope))
    assert functions is not None and layers is not None
    return int(functions["code_size"]) + int(layers["code_size"])


async def _check_role(ctx: Context, role: str, name: FunctionName) -> None:
    """Where IAM is enforced, Lambda must be able to assume the role; elsewhere any name will do."""
    if ctx.config.iam != "enforce":
        return
    service = ctx.acting(principal=Principal.service("lambda.amazonaws.com", name.scope.account))
    request = {"RoleArn": role, "RoleSessionName": session_name(name.name)}
    try:
        await service.dispatch("sts", "AssumeRole", request)
    except AwsError:
        raise InvalidParameterValueException(
            reason="The role defined for the function cannot be assumed by Lambda."
        ) from None
