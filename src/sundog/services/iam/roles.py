"""Roles: create, read, change, delete."""

from __future__ import annotations

from typing import Any

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.boundaries import load_boundary, write_boundary
from sundog.services.iam.errors import DeleteConflictException, MalformedPolicyDocumentException
from sundog.services.iam.items import Item
from sundog.services.iam.limits import TRUST_POLICY_SIZE_MAX
from sundog.services.iam.nouns import ROLE, arn_of
from sundog.services.iam.rules import check_path, check_size, check_trust, named_principals, write_document
from sundog.services.iam.tag_rules import check_tags
from sundog.store import Transaction

_DURATION_DEFAULT = 3600


def write_role(ctx: Context, item: Item) -> Result:
    """The members every answer about a role has."""
    role: Result = {
        "Path": item.path,
        "RoleName": item.name,
        "RoleId": item.unique_id,
        "Arn": arn_of(ctx, "role", item.path, item.name),
        "CreateDate": item.created_ms,
        "AssumeRolePolicyDocument": write_document(item.body["trust"]),
    }
    return role | ({"Description": item.body["description"]} if "description" in item.body else {})


def write_new_role(ctx: Context, item: Item) -> Result:
    tags = {"Tags": item.body["tags"]} if item.body.get("tags") else {}
    return write_role(ctx, item) | tags | write_boundary(item)


def write_role_details(ctx: Context, item: Item) -> Result:
    """GetRole tells more than ListRoles, which tells more than CreateRole."""
    duration = item.body.get("duration", _DURATION_DEFAULT)
    return write_new_role(ctx, item) | {"MaxSessionDuration": duration, "RoleLastUsed": {}}


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {"trust": request["AssumeRolePolicyDocument"]}
    if "Description" in request:
        body["description"] = request["Description"]
    if "MaxSessionDuration" in request:
        body["duration"] = request["MaxSessionDuration"]
    return body | {"tags": check_tags(request.get("Tags", ()), "Role")}


@operation("iam", "CreateRole")
async def create_role(ctx: Context, request: Request) -> Result:
    name, path = request["RoleName"], check_path(request.get("Path", "/"))
    trust = check_trust(request["AssumeRolePolicyDocument"])
    check_size(trust, TRUST_POLICY_SIZE_MAX, "ACLSizePerRole")
    async with ctx.store.transaction() as tx:
        await ROLE.check_new(tx, ctx, name)
        await _check_principals(tx, ctx, trust)
        body = _body(request) | await load_boundary(tx, ctx, request)
        item = await items.insert(tx, ctx, "role", name, body, path=path, unique_id=ROLE.new_id(ctx))
    return {"Role": write_new_role(ctx, item)}


@operation("iam", "GetRole")
async def get_role(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"Role": write_role_details(ctx, await ROLE.of(tx, ctx, request))}


@operation("iam", "ListRoles")
async def list_roles(ctx: Context, request: Request) -> Result:
    prefix = request.get("PathPrefix", "/")
    async with ctx.store.transaction() as tx:
        found = [i for i in await items.owned(tx, ctx, "role") if i.path.startswith(prefix)]
    roles = [
        write_role(ctx, i) | {"MaxSessionDuration": i.body.get("duration", _DURATION_DEFAULT)} for i in found
    ]
    return items.page(request, "Roles", roles)


@operation("iam", "UpdateRole")
async def update_role(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await ROLE.changeable(tx, ctx, request)
        changes = {"Description": "description", "MaxSessionDuration": "duration"}
        changed = {key: request[name] for name, key in changes.items() if name in request}
        await items.update(tx, item, {**item.body, **changed})
    return {}


@operation("iam", "UpdateRoleDescription")
async def update_role_description(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await ROLE.of(tx, ctx, request)
        await items.update(tx, item, {**item.body, "description": request["Description"]})
        changed = await ROLE.of(tx, ctx, request)
    return {"Role": write_new_role(ctx, changed)}


@operation("iam", "UpdateAssumeRolePolicy")
async def update_assume_role_policy(ctx: Context, request: Request) -> Result:
    trust = check_trust(request["PolicyDocument"])
    check_size(trust, TRUST_POLICY_SIZE_MAX, "ACLSizePerRole")
    async with ctx.store.transaction() as tx:
        item = await ROLE.changeable(tx, ctx, request)
        await _check_principals(tx, ctx, trust)
        await items.update(tx, item, {**item.body, "trust": trust})
    return {}


@operation("iam", "DeleteRole")
async def delete_role(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await ROLE.changeable(tx, ctx, request)
        if await items.owned(tx, ctx, "role_attachment", item.name):
            raise DeleteConflictException(action="detach all policies")
        if await items.owned(tx, ctx, "role_policy", item.name):
            raise DeleteConflictException(action="delete policies")
        if await items.holders(tx, ctx, "profile_role", item.name):
            raise DeleteConflictException(action="remove roles from instance profile")
        await items.delete(tx, item)
    return {}


async def _check_principals(tx: Transaction, ctx: Context, trust: str) -> None:
    """Users and roles of the account itself must be there; those of others are none of its business."""
    for named in named_principals(trust):
        arn = parse_arn(named)
        if arn is None or arn.service != "iam" or arn.account != ctx.scope.account:
            continue
        kind, _, path = arn.resource.partition("/")
        if kind in ("user", "role") and await items.find(tx, ctx, kind, path.rpartition("/")[2]) is None:
            raise MalformedPolicyDocumentException(reason=f'Invalid principal in policy: "AWS":"{named}"')
