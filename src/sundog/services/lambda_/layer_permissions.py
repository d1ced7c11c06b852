"""Operations on the policy of a layer version: who else may use it."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_ import policies
from sundog.services.lambda_.errors import ResourceNotFoundException
from sundog.services.lambda_.layers import (
    check_number,
    find_layer_version,
    layer_arn,
    parse_layer_name,
    save_layer_version,
)
from sundog.services.lambda_.model import LayerVersion
from sundog.store import Transaction


@operation("lambda", "AddLayerVersionPermission")
async def add_layer_version_permission(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        layer = await _load(ctx, tx, request)
        arn = layer_arn(layer.scope, layer.name, layer.version)
        policies.check_revision(layer.policy.get("RevisionId", ""), request, "GetLayerPolicy")
        statement = policies.layer_statement(request, arn, layer.scope.partition)
        statements = policies.with_statement(layer.policy.get("Statement", ()), statement)
        changed = {"RevisionId": ctx.ids.uuid(), "Statement": statements}
        await save_layer_version(tx, layer, changed)
    return {"Statement": policies.write_statement(statement), "RevisionId": changed["RevisionId"]}


@operation("lambda", "RemoveLayerVersionPermission")
async def remove_layer_version_permission(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        layer = await _load(ctx, tx, request)
        policies.check_revision(layer.policy.get("RevisionId", ""), request, "GetLayerPolicy")
        statements = policies.without_statement(layer.policy.get("Statement", ()), request["StatementId"])
        changed = {"RevisionId": ctx.ids.uuid(), "Statement": statements} if statements else {}
        await save_layer_version(tx, layer, changed)
    return None


@operation("lambda", "GetLayerVersionPolicy")
async def get_layer_version_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        layer = await _load(ctx, tx, request)
    if not layer.policy:
        raise ResourceNotFoundException(reason="No policy is associated with the given resource.")
    return {
        "Policy": policies.write_policy(layer.policy["Statement"]),
        "RevisionId": layer.policy["RevisionId"],
    }


async def _load(ctx: Context, tx: Transaction, request: Request) -> LayerVersion:
    scope, name = parse_layer_name(ctx.scope, request["LayerName"])
    number = check_number(request)
    layer = await find_layer_version(tx, scope, name, number)
    if layer is None:
        arn = layer_arn(scope, name, number)
        raise ResourceNotFoundException(reason=f"Layer version {arn} does not exist.")
    return layer
