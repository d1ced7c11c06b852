"""Permission boundaries of users and roles."""

from __future__ import annotations

from sundog.context import Context, Handler, Operation, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.nouns import ROLE, USER, Noun


def boundary_of(request: Request) -> dict[str, str]:
    """The part of a new item's body that holds its boundary."""
    return {"boundary": request["PermissionsBoundary"]} if "PermissionsBoundary" in request else {}


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
            await items.update(tx, item, {**item.body, **boundary_of(request)})
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
