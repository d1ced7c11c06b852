"""What belongs to the account as a whole: its alias, its password policy, its figures."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items, limits
from sundog.services.iam.errors import NoSuchEntityException
from sundog.store import Transaction

_PASSWORDS: dict[str, Any] = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
}
"""Every update sets all of them: what it leaves out has AWS's default again."""
_OPTIONAL = ("MaxPasswordAge", "PasswordReusePrevention", "HardExpiry")


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


@operation("iam", "UpdateAccountPasswordPolicy")
async def update_account_password_policy(ctx: Context, request: Request) -> Result:
    policy = {name: request.get(name, default) for name, default in _PASSWORDS.items()}
    policy |= {name: request[name] for name in _OPTIONAL if name in request}
    policy["ExpirePasswords"] = bool(request.get("MaxPasswordAge"))
    async with ctx.store.transaction() as tx:
        await items.put(tx, ctx, "password_policy", "password_policy", policy)
    return {}


async def _password_policy(tx: Transaction, ctx: Context) -> items.Item:
    item = await items.find(tx, ctx, "password_policy", "password_policy")
    if item is None:
        raise NoSuchEntityException(
            f"The Password Policy with domain name {ctx.scope.account} cannot be found."
        )
    return item


@operation("iam", "GetAccountPasswordPolicy")
async def get_account_password_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"PasswordPolicy": dict((await _password_policy(tx, ctx)).body)}


@operation("iam", "DeleteAccountPasswordPolicy")
async def delete_account_password_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        await items.delete(tx, await _password_policy(tx, ctx))
    return {}


@operation("iam", "GetAccountSummary")
async def get_account_summary(ctx: Context, request: Request) -> Result:
    """How much there is, and AWS's quotas. What sundog does not have, there is none of."""
    async with ctx.store.transaction() as tx:
        counts = {
            member: len(await items.all_of(tx, ctx, kind))
            for member, kind in (
                ("Users", "user"),
                ("Groups", "group"),
                ("Roles", "role"),
                ("InstanceProfiles", "instance_profile"),
            )
        }
        policies = await items.all_of(tx, ctx, "policy")
    counts["Policies"] = len(policies)
    counts["PolicyVersionsInUse"] = sum(len(policy.body["versions"]) for policy in policies)
    return {"SummaryMap": {**dict.fromkeys(limits.ABSENT, 0), **limits.SUMMARY_QUOTAS, **counts}}
