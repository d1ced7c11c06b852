"""Which managed policies hang on which user, role or group."""

from __future__ import annotations

from sundog.context import Context, Handler, Operation, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import LimitExceededException, NoSuchEntityException
from sundog.services.iam.limits import ATTACHED_POLICIES_MAX
from sundog.services.iam.managed_policies import check_policy_arn, find_policy, load_policy
from sundog.services.iam.nouns import NOUNS, Noun


def _attach(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        arn, kind = check_policy_arn(request["PolicyArn"]), f"{noun.kind}_attachment"
        async with ctx.store.transaction() as tx:
            owner = await noun.changeable(tx, ctx, request)
            policy = await find_policy(tx, ctx, arn)
            if policy is None:
                raise NoSuchEntityException(f"Policy {arn} does not exist or is not attachable.")
            if await items.find(tx, ctx, kind, arn, owner.name):
                return {}
            if len(await items.owned(tx, ctx, kind, owner.name)) >= ATTACHED_POLICIES_MAX:
                raise LimitExceededException(quota=f"PoliciesPer{noun.title}", limit=ATTACHED_POLICIES_MAX)
            await items.insert(tx, ctx, kind, arn, owner=owner.name, path=policy.path)
        return {}

    return handle


def _detach(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        arn = check_policy_arn(request["PolicyArn"])
        async with ctx.store.transaction() as tx:
            owner = await noun.changeable(tx, ctx, request)
            attached = await items.find(tx, ctx, f"{noun.kind}_attachment", arn, owner.name)
            if attached is None:
                raise NoSuchEntityException(f"Policy {arn} was not found.")
            await items.delete(tx, attached)
        return {}

    return handle


def _list(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        prefix = request.get("PathPrefix", "/")
        async with ctx.store.transaction() as tx:
            owner = await noun.of(tx, ctx, request)
            found = await items.owned(tx, ctx, f"{noun.kind}_attachment", owner.name)
        policies = [
            {"PolicyName": i.name.rpartition("/")[2], "PolicyArn": i.name}
            for i in found
            if i.path.startswith(prefix)
        ]
        return items.page(request, "AttachedPolicies", policies)

    return handle


@operation("iam", "ListEntitiesForPolicy")
async def list_entities_for_policy(ctx: Context, request: Request) -> Result:
    wanted, result = request.get("EntityFilter"), {}
    async with ctx.store.transaction() as tx:
        await load_policy(tx, ctx, request)
        for noun in NOUNS:
            attached = await items.holders(tx, ctx, f"{noun.kind}_attachment", request["PolicyArn"])
            owners = [await noun.load(tx, ctx, a.owner) for a in attached]
            result[f"Policy{noun.title}s"] = [
                {noun.parameter: o.name, f"{noun.title}Id": o.unique_id}
                for o in owners
                if wanted in (None, noun.title) and o.path.startswith(request.get("PathPrefix", "/"))
            ]
    return {**result, "IsTruncated": False}


OPERATIONS: tuple[Operation, ...] = tuple(
    operation("iam", name)(handler)
    for noun in NOUNS
    for name, handler in (
        (f"Attach{noun.title}Policy", _attach(noun)),
        (f"Detach{noun.title}Policy", _detach(noun)),
        (f"ListAttached{noun.title}Policies", _list(noun)),
    )
)
