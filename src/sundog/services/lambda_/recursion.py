"""Operations on recursive loop detection: whether a function may be invoked in a loop of requests.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.loading import load_function
from sundog.services.lambda_.names import parse_name, unqualified
from sundog.services.lambda_.rows import SQL, function_key


@operation("lambda", "PutFunctionRecursionConfig")
async def put_function_recursion_config(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        key = function_key(name.scope, name.name)
        await tx.run(SQL["set_recursion"], **key, recursion=request["RecursiveLoop"])
        ctx.part(Catalog).changed(tx)
    return {"RecursiveLoop": request["RecursiveLoop"]}


@operation("lambda", "GetFunctionRecursionConfig")
async def get_function_recursion_config(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
    return {"RecursiveLoop": function.recursion}
