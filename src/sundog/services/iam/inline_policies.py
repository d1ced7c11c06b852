"""Policies written into a user, role or group."""

from __future__ import annotations

from sundog.context import Context, Handler, Operation, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.limits import INLINE_SIZE_MAX
from sundog.services.iam.nouns import NOUNS, Noun
from sundog.services.iam.rules import check_document, check_size, write_document
from sundog.store import Transaction


async def _load(tx: Transaction, ctx: Context, noun: Noun, request: Request) -> tuple[Item, Item]:
    owner, name = await noun.of(tx, ctx, request), request["PolicyName"]
    policy = await items.find(tx, ctx, f"{noun.kind}_policy", name, owner.name)
    if policy is None:
        raise NoSuchEntityException(noun=f"{noun.kind} policy", name=name)
    return owner, policy


def _put(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            owner = await noun.changeable(tx, ctx, request)
            document = check_document(request["PolicyDocument"])
            check_size(document, INLINE_SIZE_MAX[noun.kind], f"PolicySizePer{noun.title}")
            body = {"document": document}
            await items.put(tx, ctx, f"{noun.kind}_policy", request["PolicyName"], body, owner=owner.name)
        return {}

    return handle


def _get(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            owner, policy = await _load(tx, ctx, noun, request)
        document = write_document(policy.body["document"])
        return {noun.parameter: owner.name, "PolicyName": policy.name, "PolicyDocument": document}

    return handle


def _delete(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            await noun.changeable(tx, ctx, request)
            _, policy = await _load(tx, ctx, noun, request)
            await items.delete(tx, policy)
        return {}

    return handle


def _list(noun: Noun) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            owner = await noun.of(tx, ctx, request)
            found = await items.owned(tx, ctx, f"{noun.kind}_policy", owner.name)
        return items.page(request, "PolicyNames", [i.name for i in found])

    return handle


OPERATIONS: tuple[Operation, ...] = tuple(
    operation("iam", name)(handler)
    for noun in NOUNS
    for name, handler in (
        (f"Put{noun.title}Policy", _put(noun)),
        (f"Get{noun.title}Policy", _get(noun)),
        (f"Delete{noun.title}Policy", _delete(noun)),
        (f"List{noun.title}Policies", _list(noun)),
    )
)
