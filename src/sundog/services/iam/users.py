"""Users: create, read, rename, delete."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.boundaries import load_boundary, write_boundary
from sundog.services.iam.errors import DeleteConflictException, ValidationError
from sundog.services.iam.items import Item
from sundog.services.iam.nouns import USER, arn_of
from sundog.services.iam.rules import check_path
from sundog.services.iam.tag_rules import check_tags
from sundog.store import Transaction

# What must be gone before a user can go, in the order AWS looks.
_BLOCKING = (
    ("access_key", "delete access keys"),
    ("user_policy", "delete policies"),
    ("user_attachment", "detach all policies"),
    ("credential", "remove referenced objects"),
)
_OWNED = tuple(kind for kind, _ in _BLOCKING)


def write_user(ctx: Context, item: Item, *, details: bool = False) -> Result:
    user: Result = {
        "Path": item.path,
        "UserName": item.name,
        "UserId": item.unique_id,
        "Arn": arn_of(ctx, "user", item.path, item.name),
        "CreateDate": item.created_ms,
    }
    if details:
        user |= write_boundary(item) | ({"Tags": item.body["tags"]} if item.body.get("tags") else {})
    return user


@operation("iam", "CreateUser")
async def create_user(ctx: Context, request: Request) -> Result:
    name, path = request["UserName"], check_path(request.get("Path", "/"))
    tags = {"tags": check_tags(request.get("Tags", ()), "User")}
    async with ctx.store.transaction() as tx:
        await USER.check_new(tx, ctx, name)
        body = tags | await load_boundary(tx, ctx, request)
        item = await items.insert(tx, ctx, "user", name, body, path=path, unique_id=USER.new_id(ctx))
    return {"User": write_user(ctx, item, details=True)}


@operation("iam", "GetUser")
async def get_user(ctx: Context, request: Request) -> Result:
    if ctx.principal.kind in ("root", "anonymous") and not request.get("UserName"):
        account = ctx.scope.account
        arn = f"arn:{ctx.scope.partition}:iam::{account}:root"
        return {"User": {"UserId": account, "Arn": arn, "CreateDate": 0}}
    async with ctx.store.transaction() as tx:
        item = await named_or_calling_user(tx, ctx, request)
    return {"User": write_user(ctx, item, details=True)}


def calling_user(ctx: Context) -> str:
    """The name of the user who calls; empty for anybody else."""
    return ctx.principal.arn.rpartition("/")[2] if ctx.principal.kind == "user" else ""


async def named_or_calling_user(tx: Transaction, ctx: Context, request: Request) -> Item:
    """The user of the request, or where it names none the one who calls."""
    name = request.get("UserName") or calling_user(ctx)
    if not name:
        raise ValidationError(reason="Must specify userName when calling with non-User credentials")
    return await USER.load(tx, ctx, name)


@operation("iam", "ListUsers")
async def list_users(ctx: Context, request: Request) -> Result:
    prefix = request.get("PathPrefix", "/")
    async with ctx.store.transaction() as tx:
        found = [i for i in await items.owned(tx, ctx, "user") if i.path.startswith(prefix)]
    return items.page(request, "Users", [write_user(ctx, i) for i in found])


@operation("iam", "UpdateUser")
async def update_user(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await USER.of(tx, ctx, request)
        name = request.get("NewUserName", item.name)
        path = check_path(request.get("NewPath", item.path))
        if items.key_of(name) != items.key_of(item.name):
            await USER.check_new(tx, ctx, name)
        await items.update(tx, item, item.body, name=name, path=path)
        for kind in _OWNED:
            await items.rename_owner(tx, ctx, kind, item.name, name)
        for membership in await items.holders(tx, ctx, "membership", item.name):
            await items.update(tx, membership, membership.body, name=name)
        tx.wake(items.KEYS_CHANNEL)
    return {}


@operation("iam", "DeleteUser")
async def delete_user(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await USER.of(tx, ctx, request)
        for kind, action in _BLOCKING:
            if await items.owned(tx, ctx, kind, item.name):
                raise DeleteConflictException(action=action)
        if await items.holders(tx, ctx, "membership", item.name):
            raise DeleteConflictException(action="remove users from group")
        await items.delete(tx, item)
    return {}
