"""Operations on reserved concurrency: how much of the account's belongs to one function alone."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.errors import InvalidParameterValueException, ReservedBelowProvisioned
from sundog.services.lambda_.loading import list_settings, load_function, load_taken, requested_sum
from sundog.services.lambda_.names import FunctionName, parse_name, unqualified
from sundog.services.lambda_.rows import SQL, function_key
from sundog.store import Transaction


@operation("lambda", "PutFunctionConcurrency")
async def put_function_concurrency(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    asked: int = request["ReservedConcurrentExecutions"]
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
        provisioned = requested_sum(await list_settings(tx, name, "provisioned"))
        if asked < provisioned:
            raise ReservedBelowProvisioned(asked=asked, provisioned=provisioned)
        others = await load_taken(tx, name.scope) - (
            provisioned if function.reserved is None else function.reserved
        )
        if asked and limits.CONCURRENCY_MAX - others - asked < limits.UNRESERVED_CONCURRENCY_MIN:
            raise InvalidParameterValueException(
                reason="Specified ReservedConcurrentExecutions for function decreases account's "
                "UnreservedConcurrentExecution below its minimum value of "
                f"[{limits.UNRESERVED_CONCURRENCY_MIN}]."
            )
        await _set(ctx, tx, name, asked)
    return {"ReservedConcurrentExecutions": asked}


@operation("lambda", "GetFunctionConcurrency")
async def get_function_concurrency(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
    return {} if function.reserved is None else {"ReservedConcurrentExecutions": function.reserved}


@operation("lambda", "DeleteFunctionConcurrency")
async def delete_function_concurrency(ctx: Context, request: Request) -> Result | None:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        await _set(ctx, tx, name, None)
    return None


async def _set(ctx: Context, tx: Transaction, name: FunctionName, reserved: int | None) -> None:
    await tx.run(SQL["set_reserved"], **function_key(name.scope, name.name), reserved=reserved)
    ctx.part(Catalog).changed(tx)
