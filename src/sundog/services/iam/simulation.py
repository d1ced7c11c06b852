"""What a set of policies would decide, without doing it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sundog.context import Context, Request, Result, operation
from sundog.lang.iam_policy import AccessRequest, Policies, Policy, decide, read_policy
from sundog.lang.iam_policy.check import check_resource_policy
from sundog.services.iam import items
from sundog.services.iam.errors import InvalidInputException, NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.managed_policies import document_of, find_policy
from sundog.services.iam.nouns import NOUNS, Noun
from sundog.services.iam.rules import check_document
from sundog.store import Transaction


def _read(texts: Sequence[str]) -> tuple[Policy, ...]:
    return tuple(read_policy(json.loads(check_document(text))) for text in texts)


def _read_resource_policy(text: str) -> Policy:
    if reason := check_resource_policy(text):
        raise InvalidInputException(reason=reason)
    return read_policy(json.loads(text))


def _evaluate(ctx: Context, request: Request, caller: str, policies: Policies) -> Result:
    owner = request.get("ResourceOwner", "").split(":")
    account = owner[4] if len(owner) > 4 else ctx.scope.account
    context = {
        e["ContextKeyName"]: _context_value(e.get("ContextKeyType", "string"), e.get("ContextKeyValues", ()))
        for e in request.get("ContextEntries", ())
        if "ContextKeyName" in e
    }
    results = []
    for action in request["ActionNames"]:
        for resource in request.get("ResourceArns", ["*"]):
            decision = decide(AccessRequest(caller, action, resource, account, context), policies)
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": decision.outcome,
                    "MatchedStatements": [],
                    "MissingContextValues": [],
                }
            )
    return items.page(request, "EvaluationResults", results)


def _context_value(kind: str, values: Sequence[str]) -> str | tuple[str, ...]:
    return tuple(values) if kind.endswith("List") else (values[0] if values else "")


@operation("iam", "SimulateCustomPolicy")
async def simulate_custom_policy(ctx: Context, request: Request) -> Result:
    boundary = request.get("PermissionsBoundaryPolicyInputList")
    resource = request.get("ResourcePolicy")
    policies = Policies(
        identity=_read(request["PolicyInputList"]),
        resource=_read_resource_policy(resource) if resource else None,
        boundary=_read(boundary) if boundary else None,
    )
    caller = request.get("CallerArn", f"arn:aws:iam::{ctx.scope.account}:user/simulated")
    return _evaluate(ctx, request, caller, policies)


@operation("iam", "SimulatePrincipalPolicy")
async def simulate_principal_policy(ctx: Context, request: Request) -> Result:
    source = request["PolicySourceArn"]
    kind, _, path = source.partition(f":iam::{ctx.scope.account}:")[2].partition("/")
    noun = next((n for n in NOUNS if n.kind == kind), None)
    if noun is None:
        raise InvalidInputException(
            reason=f"Invalid Entity Arn: {source} does not clearly define entity type and name."
        )
    async with ctx.store.transaction() as tx:
        found = await items.find(tx, ctx, noun.kind, path.rpartition("/")[2])
        if found is None:
            raise NoSuchEntityException(f"The {kind} with name {path.rpartition('/')[2]} cannot be found.")
        texts = await _policies_of(tx, ctx, noun, found)
        arn = found.body.get("boundary")
        bound = await find_policy(tx, ctx, arn) if arn else None
    identity = _read([*texts, *request.get("PolicyInputList", ())])
    boundary = _read([document_of(bound)]) if bound else None
    caller = source if kind != "group" else f"arn:aws:iam::{ctx.scope.account}:user/simulated"
    return _evaluate(ctx, request, request.get("CallerArn", caller), Policies(identity, boundary=boundary))


async def _policies_of(tx: Transaction, ctx: Context, noun: Noun, owner: Item) -> list[str]:
    """The texts of every policy that applies to ``owner``, those of a user's groups too."""
    texts = [str(i.body["document"]) for i in await items.owned(tx, ctx, f"{noun.kind}_policy", owner.name)]
    for attached in await items.owned(tx, ctx, f"{noun.kind}_attachment", owner.name):
        policy = await find_policy(tx, ctx, attached.name)
        texts += [document_of(policy)] if policy else []
    if noun.kind == "user":
        for membership in await items.holders(tx, ctx, "membership", owner.name):
            group = next(n for n in NOUNS if n.kind == "group")
            texts += await _policies_of(tx, ctx, group, await group.load(tx, ctx, membership.owner))
    return texts
