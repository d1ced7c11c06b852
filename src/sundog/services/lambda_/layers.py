"""Operations on layers: their versions never change; functions that use a deleted one keep it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.scope import Scope
from sundog.services.lambda_ import limits
from sundog.services.lambda_.describing import bundle_url, write_time
from sundog.services.lambda_.errors import InvalidParameterValueException, NoSuchResource
from sundog.services.lambda_.functions import check_storage
from sundog.services.lambda_.model import Bundle, LayerVersion
from sundog.services.lambda_.names import VERSION_MAX, version_of
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.rows import (
    SQL,
    function_key,
    layer_version_values,
    scope_key,
    to_layer_version,
)
from sundog.services.lambda_.sources import take_code
from sundog.store import Transaction

_ARN = re.compile(
    r"arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[a-zA-Z0-9-_]+)"
    r"(?::(?P<version>\d+))?"
)
_SHOWN = ("Description", "CreatedDate", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")


@operation("lambda", "PublishLayerVersion")
async def publish_layer_version(ctx: Context, request: Request) -> Result:
    scope, name = parse_layer_name(ctx.scope, request["LayerName"])
    bundle = await take_code(ctx, request["Content"], "PublishLayerVersion", "layer")
    async with ctx.store.transaction() as tx:
        await check_storage(tx, scope, bundle.size)
        row = await tx.one(SQL["layer"], **function_key(scope, name))
        number = (row["last_version"] if row else 0) + 1
        layer = _new(scope, name, number, bundle, request, write_time(ctx.clock.now_ms()))
        await tx.run(SQL["put_layer"], **function_key(scope, name), last_version=number)
        await tx.run(SQL["put_layer_version"], **layer_version_values(layer))
    return _describe(ctx, layer)


@operation("lambda", "GetLayerVersion")
async def get_layer_version(ctx: Context, request: Request) -> Result:
    scope, name = parse_layer_name(ctx.scope, request["LayerName"])
    number = check_number(request)
    async with ctx.store.transaction() as tx:
        layer = await find_layer_version(tx, scope, name, number)
    if layer is None:
        raise NoSuchResource
    return _describe(ctx, layer)


@operation("lambda", "GetLayerVersionByArn")
async def get_layer_version_by_arn(ctx: Context, request: Request) -> Result:
    match = _ARN.fullmatch(request["Arn"])
    if match is None or match["version"] is None:  # the ``awslayer`` form is AWS's own
        raise NoSuchResource
    async with ctx.store.transaction() as tx:
        scope = Scope(match["account"], match["region"])
        layer = await find_layer_version(tx, scope, match["name"], version_of(match["version"]))
    if layer is None:
        raise NoSuchResource
    return _describe(ctx, layer)


@operation("lambda", "ListLayerVersions")
async def list_layer_versions(ctx: Context, request: Request) -> Result:
    scope, name = parse_layer_name(ctx.scope, request["LayerName"])
    (before,) = parse_marker(request, VERSION_MAX)
    found: list[LayerVersion] = []
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        key = function_key(scope, name)
        for row in await tx.all(SQL["layer_versions"], **key, before=before, count=limits.LISTED_MAX):
            layer = to_layer_version(row)
            if _fits(layer, request):
                found.append(layer)
    last = (found[count - 1].version,) if len(found) > count else None
    return with_marker({"LayerVersions": [_describe_in_list(v) for v in found[:count]]}, last)


@operation("lambda", "ListLayers")
async def list_layers(ctx: Context, request: Request) -> Result:
    """Of each layer the newest version that fits what was asked for."""
    (after,) = parse_marker(request, "")
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(SQL["all_layer_versions"], **scope_key(ctx.scope), after=after)
    newest: dict[str, LayerVersion] = {}
    for layer in map(to_layer_version, rows):
        if _fits(layer, request):
            newest.setdefault(layer.name, layer)
    names = sorted(newest)
    listed = [
        {
            "LayerName": name,
            "LayerArn": layer_arn(ctx.scope, name),
            "LatestMatchingVersion": _describe_in_list(newest[name]),
        }
        for name in names[:count]
    ]
    return with_marker({"Layers": listed}, (names[count - 1],) if len(names) > count else None)


@operation("lambda", "DeleteLayerVersion")
async def delete_layer_version(ctx: Context, request: Request) -> Result | None:
    """Numbers are not used again; deleting none is no error, as on AWS."""
    scope, name = parse_layer_name(ctx.scope, request["LayerName"])
    number = check_number(request)
    async with ctx.store.transaction() as tx:
        await tx.run(SQL["delete_layer_version"], **function_key(scope, name), version=number)
    return None


def layer_arn(scope: Scope, name: str, number: int | None = None) -> str:
    return str(Arn.of("lambda", scope, f"layer:{name}" + (f":{number}" if number is not None else "")))


def parse_layer_name(scope: Scope, text: str) -> tuple[Scope, str]:
    """A layer by its name or by its ARN."""
    match = _ARN.fullmatch(text)
    return (Scope(match["account"], match["region"]), match["name"]) if match else (scope, text)


def check_number(request: Request) -> int:
    number: int = request["VersionNumber"]
    if number < 1:
        raise InvalidParameterValueException(reason="Layer Version Cannot be less than 1")
    return number


async def find_layer_version(tx: Transaction, scope: Scope, name: str, number: int) -> LayerVersion | None:
    row = await tx.one(SQL["layer_version"], **function_key(scope, name), version=number)
    return to_layer_version(row) if row is not None else None


async def save_layer_version(tx: Transaction, layer: LayerVersion, policy: Any) -> None:
    await tx.run(SQL["put_layer_version"], **layer_version_values(replace(layer, policy=policy)))


def _new(
    scope: Scope, name: str, number: int, bundle: Bundle, request: Request, created: str
) -> LayerVersion:
    body = {"CreatedDate": created, "CodeSha256": bundle.sha256, "Description": ""}
    for member in ("Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"):
        if request.get(member) is not None:
            body[member] = request[member]
    return LayerVersion(scope, name, number, bundle.key, bundle.size, bundle.unzipped_bytes, body, {})


def _describe(ctx: Context, layer: LayerVersion) -> Result:
    return {
        **_describe_in_list(layer),
        "LayerArn": layer_arn(layer.scope, layer.name),
        "Content": {
            "Location": bundle_url(ctx, layer.code),
            "CodeSha256": layer.body["CodeSha256"],
            "CodeSize": layer.size,
        },
    }


def _describe_in_list(layer: LayerVersion) -> dict[str, Any]:
    return {
        **{member: layer.body[member] for member in _SHOWN if member in layer.body},
        "LayerVersionArn": layer_arn(layer.scope, layer.name, layer.version),
        "Version": layer.version,
    }


def _fits(layer: LayerVersion, request: Request) -> bool:
    runtime, architecture = request.get("CompatibleRuntime"), request.get("CompatibleArchitecture")
    return (not runtime or runtime in (layer.body.get("CompatibleRuntimes") or ())) and (
        not architecture or architecture in (layer.body.get("CompatibleArchitectures") or ())
    )
