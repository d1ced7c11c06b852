"""Operations on the resource policy of a function, a version or an alias."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_ import policies
from sundog.services.lambda_.errors import InvalidParameterValueException, NoSuchResource
from sundog.services.lambda_.loading import check_qualifier, delete_setting, find_setting, put_setting
from sundog.services.lambda_.names import LATEST, FunctionName, parse_name
from sundog.services.lambda_.policies import Policy
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
        policy = await _find(tx, name)
        policies.check_revision(policy, request, "GetPolicy")
        changed = policies.with_statement(policy, statement, ctx.ids.uuid())
        await put_setting(tx, name, "policy", name.qualifier, changed)
    return {"Statement": policies.write_statement(statement)}


@operation("lambda", "RemovePermission")
async def remove_permission(ctx: Context, request: Request) -> Result | None:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        policy = await _find(tx, name)
        policies.check_revision(policy, request, "GetPolicy")
        changed = policies.without_statement(policy, request["StatementId"], ctx.ids.uuid())
        if changed["Statement"]:
            await put_setting(tx, name, "policy", name.qualifier, changed)
        else:
            await delete_setting(tx, name, "policy", name.qualifier)
    return None


@operation("lambda", "GetPolicy")
async def get_policy(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request.get("Qualifier"))
    async with ctx.store.transaction() as tx:
        policy = await _find(tx, name)
    if policy is None:
        raise NoSuchResource
    return {"Policy": policies.write_policy(policy), "RevisionId": policy["RevisionId"]}


async def _find(tx: Transaction, name: FunctionName) -> Policy | None:
    setting = await find_setting(tx, name, "policy", name.qualifier)
    return setting.body if setting else None
