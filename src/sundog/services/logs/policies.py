"""Resource policies: who may put events into groups of this account. Stored; evaluated by IAM's own issue."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.logs import limits
from sundog.services.logs.documents import (
    POLICY,
    delete_document,
    find_document,
    list_documents,
    put_document,
)
from sundog.services.logs.errors import (
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
)
from sundog.services.logs.refusals import refuse_parameters
from sundog.services.logs.rules import page, with_token


@operation("logs", "PutResourcePolicy")
async def put_resource_policy(ctx: Context, request: Request) -> Result:
    _only_accounts(request)
    if not request.get("policyName") or not request.get("policyDocument"):
        raise InvalidParameterException(message="policyName and policyDocument must be specified.")
    policy = {
        "policyName": request["policyName"],
        "policyDocument": normalize_policy(request["policyDocument"]),
        "lastUpdatedTime": ctx.clock.now_ms(),
        "policyScope": "ACCOUNT",
    }
    async with ctx.store.transaction() as tx:
        names = {other["policyName"] for other in await list_documents(tx, ctx, POLICY)}
        if policy["policyName"] not in names and len(names) >= limits.RESOURCE_POLICIES_MAX:
            raise LimitExceededException
        await put_document(tx, ctx, POLICY, request["policyName"], policy)
    return {"resourcePolicy": policy}


@operation("logs", "DescribeResourcePolicies")
async def describe_resource_policies(ctx: Context, request: Request) -> Result:
    if request.get("resourceArn") or request.get("policyScope") == "RESOURCE":
        return {"resourcePolicies": []}
    async with ctx.store.transaction() as tx:
        policies = await list_documents(tx, ctx, POLICY)
    items, token = page(policies, request)
    return with_token({"resourcePolicies": items}, token)


@operation("logs", "DeleteResourcePolicy")
async def delete_resource_policy(ctx: Context, request: Request) -> Result | None:
    _only_accounts(request)
    async with ctx.store.transaction() as tx:
        name = request.get("policyName", "")
        if await find_document(tx, ctx, POLICY, name) is None:
            raise ResourceNotFoundException(f"Policy with name [{name}] does not exist")
        await delete_document(tx, ctx, POLICY, name)
    return None


def normalize_policy(text: str) -> str:
    """As AWS gives it back: with a version, and lists of one as their item."""
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise InvalidParameterException(message="The policy document is not valid.")
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    policy = {"Version": "2008-10-17", **policy, "Statement": [_statement(s) for s in statements]}
    return orjson.dumps(policy).decode()


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        raise InvalidParameterException(message="The policy document is not valid.")
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return statement
    return {**statement, "Principal": {key: _single(value) for key, value in principal.items()}}


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _only_accounts(request: Request) -> None:
    if request.get("resourceArn"):
        raise UnsupportedOperation(
            what="resource policies of single log groups (resourceArn)",
            remedy="Put a policy of the whole account instead.",
        )
    refuse_parameters(request, ("expectedRevisionId",), "Policies of the account have no revisions.")
