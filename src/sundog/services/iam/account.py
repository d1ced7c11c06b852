"""The account's alias."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import NoSuchEntityException


@operation("iam", "CreateAccountAlias")
async def create_account_alias(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        for old in await items.owned(tx, ctx, "alias"):
            await items.delete(tx, old)
        await items.insert(tx, ctx, "alias", request["AccountAlias"])
    return {}


@operation("iam", "ListAccountAliases")
async def list_account_aliases(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        found = await items.owned(tx, ctx, "alias")
    return items.page(request, "AccountAliases", [i.name for i in found])


@operation("iam", "DeleteAccountAlias")
async def delete_account_alias(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await items.find(tx, ctx, "alias", request["AccountAlias"])
        if item is None:
            raise NoSuchEntityException(f"The account alias {request['AccountAlias']} cannot be found.")
        await items.delete(tx, item)
    return {}
