"""Managed policies, the account's own and AWS's, and their versions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    InvalidInputException,
    LimitExceededException,
    NoSuchEntityException,
)
from sundog.services.iam.items import Item
from sundog.services.iam.limits import POLICY_SIZE_MAX, POLICY_VERSIONS_MAX
from sundog.services.iam.nouns import NOUNS, arn_of
from sundog.services.iam.rules import check_document, check_path, check_size, write_document
from sundog.services.iam.tag_rules import check_tags
from sundog.store import Transaction

AWS_POLICIES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("aws_policies.json").read_text()
)
"""AWS's own policies by ``path + name``: id, document, description. Shared by every account."""
_AWS_CREATED_MS = 1_423_180_800_000
_POLICY_ARN = re.compile(r"^arn:aws(-[a-z]+)*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+\Z")


def aws_policy(arn: str) -> Item | None:
    prefix, _, name = arn.partition(":iam::aws:policy")
    found = AWS_POLICIES.get(name) if prefix.startswith("arn:") else None
    if found is None:
        return None
    versions = [{"number": 1, "document": json.dumps(found["document"]), "created_ms": _AWS_CREATED_MS}]
    body = {"versions": versions, "default": 1, "next": 2, "description": found["description"], "arn": arn}
    path, _, short = name.rpartition("/")
    return Item(0, "aws", "policy", "", short, path + "/", found["id"], _AWS_CREATED_MS, body)


def check_policy_arn(arn: str) -> str:
    """``arn`` if it has the form of a policy's; whether there is such a policy is another question."""
    if not _POLICY_ARN.match(arn):
        raise InvalidInputException(reason=f"ARN {arn} is not valid.")
    return arn


async def find_policy(tx: Transaction, ctx: Context, arn: str) -> Item | None:
    own = f":iam::{ctx.scope.account}:policy/"
    if own not in arn:
        return aws_policy(arn)
    path, _, name = arn.partition(own)[2].rpartition("/")
    item = await items.find(tx, ctx, "policy", name)
    return item if item and item.path == ("/" + path + "/" if path else "/") else None


async def load_policy(tx: Transaction, ctx: Context, request: Request) -> Item:
    item = await find_policy(tx, ctx, check_policy_arn(request["PolicyArn"]))
    if item is None:
        raise NoSuchEntityException(f"Policy {request['PolicyArn']} was not found.")
    return item


async def load_own_policy(tx: Transaction, ctx: Context, request: Request) -> Item:
    """A policy that the account may change."""
    item = await load_policy(tx, ctx, request)
    if item.account == "aws":
        raise NoSuchEntityException(f"Policy {request['PolicyArn']} was not found.")
    return item


def policy_arn(ctx: Context, item: Item) -> str:
    return str(item.body["arn"]) if "arn" in item.body else arn_of(ctx, "policy", item.path, item.name)


def document_of(item: Item, number: int | None = None) -> str:
    """The text of a version, the default one if none is named."""
    wanted = item.body["default"] if number is None else number
    return next(str(v["document"]) for v in item.body["versions"] if v["number"] == wanted)


async def write_policy(tx: Transaction, ctx: Context, item: Item, *, details: bool = False) -> Result:
    arn = policy_arn(ctx, item)
    attached = sum([len(await items.holders(tx, ctx, f"{n.kind}_attachment", arn)) for n in NOUNS])
    bounded = [*await items.owned(tx, ctx, "user"), *await items.owned(tx, ctx, "role")]
    policy: Result = {
        "PolicyName": item.name,
        "PolicyId": item.unique_id,
        "Arn": arn,
        "Path": item.path,
        "DefaultVersionId": f"v{item.body['default']}",
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": sum(i.body.get("boundary") == arn for i in bounded),
        "IsAttachable": True,
        "CreateDate": item.created_ms,
        "UpdateDate": max(v["created_ms"] for v in item.body["versions"]),
    }
    if details and "description" in item.body:
        policy["Description"] = item.body["description"]
    return policy | ({"Tags": item.body.get("tags", [])} if details else {})


@operation("iam", "CreatePolicy")
async def create_policy(ctx: Context, request: Request) -> Result:
    name, path = request["PolicyName"], check_path(request.get("Path", "/"))
    document = check_document(request["PolicyDocument"])
    check_size(document, POLICY_SIZE_MAX, "PolicySize")
    version = {"number": 1, "document": document, "created_ms": ctx.clock.now_ms()}
    body: dict[str, Any] = {"versions": [version], "default": 1, "next": 2}
    body["tags"] = check_tags(request.get("Tags", ()), "Policy")
    if "Description" in request:
        body["description"] = request["Description"]
    async with ctx.store.transaction() as tx:
        if await items.find(tx, ctx, "policy", name):
            raise EntityAlreadyExistsException(
                f"A policy called {name} already exists. Duplicate names are not allowed."
            )
        unique_id = "ANPA" + ctx.ids.upper(17)
        item = await items.insert(tx, ctx, "policy", name, body, path=path, unique_id=unique_id)
        policy = await write_policy(tx, ctx, item)
    return {"Policy": policy | ({"Tags": body["tags"]} if body["tags"] else {})}


@operation("iam", "GetPolicy")
async def get_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_policy(tx, ctx, request)
        return {"Policy": await write_policy(tx, ctx, item, details=True)}


@operation("iam", "ListPolicies")
async def list_policies(ctx: Context, request: Request) -> Result:
    scope, prefix = request.get("Scope", "All"), request.get("PathPrefix", "/")
    async with ctx.store.transaction() as tx:
        found = await items.owned(tx, ctx, "policy") if scope != "AWS" else []
        if scope != "Local":
            arn = f"arn:{ctx.scope.partition}:iam::aws:policy"
            found = [*found, *(p for name in AWS_POLICIES if (p := aws_policy(arn + name)))]
        policies = [await write_policy(tx, ctx, i) for i in found if i.path.startswith(prefix)]
    if request.get("OnlyAttached"):
        policies = [p for p in policies if p["AttachmentCount"]]
    return items.page(request, "Policies", policies)


@operation("iam", "DeletePolicy")
async def delete_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_own_policy(tx, ctx, request)
        policy = await write_policy(tx, ctx, item)
        if policy["AttachmentCount"] or policy["PermissionsBoundaryUsageCount"]:
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(item.body["versions"]) > 1:
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy."
            )
        await items.delete(tx, item)
    return {}


def _write_version(item: Item, version: dict[str, Any]) -> Result:
    return {
        "VersionId": f"v{version['number']}",
        "IsDefaultVersion": version["number"] == item.body["default"],
        "CreateDate": version["created_ms"],
    }


def _version(item: Item, request: Request) -> dict[str, Any]:
    for version in item.body["versions"]:
        if f"v{version['number']}" == request["VersionId"]:
            return dict(version)
    raise NoSuchEntityException(
        f"Policy {request['PolicyArn']} version {request['VersionId']} does not exist or is not attachable."
    )


@operation("iam", "CreatePolicyVersion")
async def create_policy_version(ctx: Context, request: Request) -> Result:
    document = check_document(request["PolicyDocument"])
    check_size(document, POLICY_SIZE_MAX, "PolicySize")
    async with ctx.store.transaction() as tx:
        item = await load_own_policy(tx, ctx, request)
        if len(item.body["versions"]) >= POLICY_VERSIONS_MAX:
            raise LimitExceededException(
                "A managed policy can have up to 5 versions. Before you create a new version, you must "
                "delete an existing version."
            )
        number = item.body["next"]
        version = {"number": number, "document": document, "created_ms": ctx.clock.now_ms()}
        default = number if request.get("SetAsDefault") else item.body["default"]
        versions = [*item.body["versions"], version]
        body = {**item.body, "versions": versions, "default": default, "next": number + 1}
        await items.update(tx, item, body)
        changed = await load_own_policy(tx, ctx, request)
    return {"PolicyVersion": _write_version(changed, version)}


@operation("iam", "GetPolicyVersion")
async def get_policy_version(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_policy(tx, ctx, request)
    version = _version(item, request)
    return {
        "PolicyVersion": {"Document": write_document(version["document"]), **_write_version(item, version)}
    }


@operation("iam", "ListPolicyVersions")
async def list_policy_versions(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_policy(tx, ctx, request)
    versions = [_write_version(item, v) for v in reversed(item.body["versions"])]
    return items.page(request, "Versions", versions)


@operation("iam", "SetDefaultPolicyVersion")
async def set_default_policy_version(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_own_policy(tx, ctx, request)
        await items.update(tx, item, {**item.body, "default": _version(item, request)["number"]})
    return {}


@operation("iam", "DeletePolicyVersion")
async def delete_policy_version(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_own_policy(tx, ctx, request)
        number = _version(item, request)["number"]
        if number == item.body["default"]:
            raise DeleteConflictException("Cannot delete the default version of a policy.")
        kept = [v for v in item.body["versions"] if v["number"] != number]
        await items.update(tx, item, {**item.body, "versions": kept})
    return {}
