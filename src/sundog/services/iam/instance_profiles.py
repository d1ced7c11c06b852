"""Instance profiles: a role in an envelope."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    LimitExceededException,
    NoSuchEntityException,
)
from sundog.services.iam.items import Item
from sundog.services.iam.limits import ROLES_PER_PROFILE_MAX
from sundog.services.iam.nouns import ROLE, arn_of
from sundog.services.iam.roles import write_role
from sundog.services.iam.rules import check_path
from sundog.services.iam.tag_rules import check_tags
from sundog.store import Transaction


async def load_profile(tx: Transaction, ctx: Context, request: Request) -> Item:
    name = request["InstanceProfileName"]
    item = await items.find(tx, ctx, "instance_profile", name)
    if item is None:
        raise NoSuchEntityException(f"Instance Profile {name} cannot be found.")
    return item


async def _write(tx: Transaction, ctx: Context, item: Item) -> Result:
    held = await items.owned(tx, ctx, "profile_role", item.name)
    profile: Result = {
        "Path": item.path,
        "InstanceProfileName": item.name,
        "InstanceProfileId": item.unique_id,
        "Arn": arn_of(ctx, "instance-profile", item.path, item.name),
        "CreateDate": item.created_ms,
        "Roles": [write_role(ctx, await ROLE.load(tx, ctx, h.name)) for h in held],
    }
    return profile | ({"Tags": item.body["tags"]} if item.body.get("tags") else {})


@operation("iam", "CreateInstanceProfile")
async def create_instance_profile(ctx: Context, request: Request) -> Result:
    name, path = request["InstanceProfileName"], check_path(request.get("Path", "/"))
    body = {"tags": check_tags(request.get("Tags", ()), "InstanceProfile")}
    unique_id = "AIPA" + ctx.ids.upper(17)
    async with ctx.store.transaction() as tx:
        if await items.find(tx, ctx, "instance_profile", name):
            raise EntityAlreadyExistsException(f"Instance Profile {name} already exists.")
        item = await items.insert(tx, ctx, "instance_profile", name, body, path=path, unique_id=unique_id)
        return {"InstanceProfile": await _write(tx, ctx, item)}


@operation("iam", "GetInstanceProfile")
async def get_instance_profile(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"InstanceProfile": await _write(tx, ctx, await load_profile(tx, ctx, request))}


@operation("iam", "ListInstanceProfiles")
async def list_instance_profiles(ctx: Context, request: Request) -> Result:
    prefix = request.get("PathPrefix", "/")
    async with ctx.store.transaction() as tx:
        found = [i for i in await items.owned(tx, ctx, "instance_profile") if i.path.startswith(prefix)]
        return items.page(request, "InstanceProfiles", [await _write(tx, ctx, i) for i in found])


@operation("iam", "ListInstanceProfilesForRole")
async def list_instance_profiles_for_role(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        role, profiles = await ROLE.of(tx, ctx, request), []
        for held in await items.holders(tx, ctx, "profile_role", role.name):
            profile = await load_profile(tx, ctx, {"InstanceProfileName": held.owner})
            profiles.append(await _write(tx, ctx, profile))
    return items.page(request, "InstanceProfiles", profiles)


@operation("iam", "AddRoleToInstanceProfile")
async def add_role_to_instance_profile(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        profile, role = await load_profile(tx, ctx, request), await ROLE.of(tx, ctx, request)
        if await items.owned(tx, ctx, "profile_role", profile.name):
            raise LimitExceededException(
                quota="InstanceSessionsPerInstanceProfile", limit=ROLES_PER_PROFILE_MAX
            )
        await items.insert(tx, ctx, "profile_role", role.name, owner=profile.name)
    return {}


@operation("iam", "RemoveRoleFromInstanceProfile")
async def remove_role_from_instance_profile(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        profile, name = await load_profile(tx, ctx, request), request["RoleName"]
        held = await items.find(tx, ctx, "profile_role", name, profile.name)
        if held is None:
            raise NoSuchEntityException(noun="role", name=name)
        await items.delete(tx, held)
    return {}


@operation("iam", "DeleteInstanceProfile")
async def delete_instance_profile(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_profile(tx, ctx, request)
        if await items.owned(tx, ctx, "profile_role", item.name):
            raise DeleteConflictException(action="remove roles from instance profile")
        await items.delete(tx, item)
    return {}
