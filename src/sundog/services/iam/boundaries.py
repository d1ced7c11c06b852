"""Permission boundaries of users and roles."""

from __future__ import annotations

from sundog.context import Context, Handler, Operation, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.managed_policies import find_policy
from sundog.services.iam.nouns import ROLE, USER, Noun
from sundog.store import Transaction


async def load_boundary(tx: Transaction, ctx: Context, request: Request) -> dict[str, str]:
    """The part of an item's body that holds its boundary, a policy that must exist.

    AWS has more policies than are known here: of its own any name is taken.
    """
    arn = request.get("PermissionsBoundary")
    if arn is None:
        return {}
    if ":iam::aws:policy/" not in arn and await find_policy(tx, ctx, arn) is None:
        raise NoSuchEntityException(f"Scope ARN: {arn} does not exist or is not attachable.")
    return {"boundary": arn}


def write_boundary(item: Item) -> Result:
    if "boundary" not in item.body:
        return {}
    arn = item.body["boundary"]
    return {
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn},
    }


def _put(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            item = await noun.of(tx, ctx, request)
            await items.update(tx, item, {**item.body, **await load_boundary(tx, ctx, request)})
        return {}

    return handle


def _delete(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            item = await noun.of(tx, ctx, request)
            if "boundary" not in item.body:
                raise NoSuchEntityException(
                    f"{noun.title} {item.name} does not have a permissions boundary attached."
                )
            await items.update(tx, item, {k: v for k, v in item.body.items() if k != "boundary"})
        return {}

    return handle


OPERATIONS: tuple[Operation, ...] = tuple(
    operation("iam", name)(handler)
    for noun in (USER, ROLE)
    for name, handler in (
        (f"Put{noun.title}PermissionsBoundary", _put(noun)),
        (f"Delete{noun.title}PermissionsBoundary", _delete(noun)),
    )
)
