"""Tags of users, roles, managed policies and instance profiles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sundog.context import Context, Handler, Operation, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.instance_profiles import load_profile
from sundog.services.iam.items import Item
from sundog.services.iam.managed_policies import load_own_policy
from sundog.services.iam.nouns import ROLE, USER
from sundog.services.iam.tag_rules import check_tags
from sundog.store import Transaction

Load = Callable[[Transaction, Context, Request], Awaitable[Item]]


def _tag(title: str, load: Load) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            item = await load(tx, ctx, request)
            new = {t["Key"].lower(): t for t in check_tags(request["Tags"], title)}
            kept = [t for t in item.body.get("tags", []) if t["Key"].lower() not in new]
            await items.update(tx, item, {**item.body, "tags": check_tags([*kept, *new.values()], title)})
        return {}

    return handle


def _untag(load: Load) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        gone = {key.lower() for key in request["TagKeys"]}
        async with ctx.store.transaction() as tx:
            item = await load(tx, ctx, request)
            kept = [t for t in item.body.get("tags", []) if t["Key"].lower() not in gone]
            await items.update(tx, item, {**item.body, "tags": kept})
        return {}

    return handle


def _list(load: Load) -> Handler:
    async def handle(ctx: Context, request: Request) -> Result:
        async with ctx.store.transaction() as tx:
            item = await load(tx, ctx, request)
        return items.page(request, "Tags", sorted(item.body.get("tags", []), key=lambda t: str(t["Key"])))

    return handle


_LOADS: tuple[tuple[str, Load], ...] = (
    ("User", USER.of),
    ("Role", ROLE.of),
    ("Policy", load_own_policy),
    ("InstanceProfile", load_profile),
)
OPERATIONS: tuple[Operation, ...] = tuple(
    operation("iam", name)(handler)
    for title, load in _LOADS
    for name, handler in (
        (f"Tag{title}", _tag(title, load)),
        (f"Untag{title}", _untag(load)),
        (f"List{title}Tags", _list(load)),
    )
)
