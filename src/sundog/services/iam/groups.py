"""Groups and who is in them."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import DeleteConflictException, LimitExceededException, NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.limits import GROUPS_PER_USER_MAX
from sundog.services.iam.nouns import GROUP, USER, arn_of
from sundog.services.iam.rules import check_path
from sundog.services.iam.users import write_user

_OWNED = ("membership", "group_policy", "group_attachment")


def write_group(ctx: Context, item: Item) -> Result:
    return {
        "Path": item.path,
        "GroupName": item.name,
        "GroupId": item.unique_id,
        "Arn": arn_of(ctx, "group", item.path, item.name),
        "CreateDate": item.created_ms,
    }


@operation("iam", "CreateGroup")
async def create_group(ctx: Context, request: Request) -> Result:
    name, path = request["GroupName"], check_path(request.get("Path", "/"))
    async with ctx.store.transaction() as tx:
        await GROUP.check_new(tx, ctx, name)
        item = await items.insert(tx, ctx, "group", name, path=path, unique_id=GROUP.new_id(ctx))
    return {"Group": write_group(ctx, item)}


@operation("iam", "GetGroup")
async def get_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await GROUP.of(tx, ctx, request)
        members = await items.owned(tx, ctx, "membership", item.name)
        users = [write_user(ctx, await USER.load(tx, ctx, m.name)) for m in members]
    return {"Group": write_group(ctx, item)} | items.page(request, "Users", users)


@operation("iam", "ListGroups")
async def list_groups(ctx: Context, request: Request) -> Result:
    prefix = request.get("PathPrefix", "/")
    async with ctx.store.transaction() as tx:
        found = [i for i in await items.owned(tx, ctx, "group") if i.path.startswith(prefix)]
    return items.page(request, "Groups", [write_group(ctx, i) for i in found])


@operation("iam", "ListGroupsForUser")
async def list_groups_for_user(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        user = await USER.of(tx, ctx, request)
        memberships = await items.holders(tx, ctx, "membership", user.name)
        groups = [write_group(ctx, await GROUP.load(tx, ctx, m.owner)) for m in memberships]
    return items.page(request, "Groups", groups)


@operation("iam", "UpdateGroup")
async def update_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await GROUP.of(tx, ctx, request)
        name = request.get("NewGroupName", item.name)
        if items.key_of(name) != items.key_of(item.name):
            await GROUP.check_new(tx, ctx, name)
        path = check_path(request.get("NewPath", item.path))
        await items.update(tx, item, item.body, name=name, path=path)
        for kind in _OWNED:
            await items.rename_owner(tx, ctx, kind, item.name, name)
    return {}


@operation("iam", "DeleteGroup")
async def delete_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await GROUP.of(tx, ctx, request)
        if await items.owned(tx, ctx, "membership", item.name):
            raise DeleteConflictException(action="remove users from group")
        if await items.owned(tx, ctx, "group_attachment", item.name):
            raise DeleteConflictException(action="detach all policies")
        if await items.owned(tx, ctx, "group_policy", item.name):
            raise DeleteConflictException(action="delete policies")
        await items.delete(tx, item)
    return {}


@operation("iam", "AddUserToGroup")
async def add_user_to_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        group, user = await GROUP.of(tx, ctx, request), await USER.of(tx, ctx, request)
        if await items.find(tx, ctx, "membership", user.name, group.name):
            return {}
        if len(await items.holders(tx, ctx, "membership", user.name)) >= GROUPS_PER_USER_MAX:
            raise LimitExceededException(quota="GroupsPerUser", limit=GROUPS_PER_USER_MAX)
        await items.insert(tx, ctx, "membership", user.name, owner=group.name)
    return {}


@operation("iam", "RemoveUserFromGroup")
async def remove_user_from_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        group, user = await GROUP.of(tx, ctx, request), await USER.of(tx, ctx, request)
        membership = await items.find(tx, ctx, "membership", user.name, group.name)
        if membership is None:
            raise NoSuchEntityException(f"User {user.name} is not in group {group.name}.")
        await items.delete(tx, membership)
    return {}
