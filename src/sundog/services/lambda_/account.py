"""The account's limits and what of them is used."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.loading import load_taken
from sundog.services.lambda_.rows import SQL, scope_key


@operation("lambda", "GetAccountSettings")
async def get_account_settings(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        usage = await tx.one(SQL["account_usage"], **scope_key(ctx.scope))
        layers = await tx.one(SQL["layer_usage"], **scope_key(ctx.scope))
        taken = await load_taken(tx, ctx.scope)
    assert usage is not None and layers is not None
    return {
        "AccountLimit": {
            "TotalCodeSize": limits.STORED_BYTES_MAX,
            "CodeSizeUnzipped": limits.UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": limits.ZIPPED_BYTES_MAX,
            "ConcurrentExecutions": limits.CONCURRENCY_MAX,
            "UnreservedConcurrentExecutions": limits.CONCURRENCY_MAX - taken,
        },
        "AccountUsage": {
            "TotalCodeSize": int(usage["code_size"]) + int(layers["code_size"]),
            "FunctionCount": int(usage["functions"]),
        },
    }
