"""Finding groups and schedules, and what was asked before under the same client token."""

from __future__ import annotations

import orjson

from sundog.context import Context, Request
from sundog.services.scheduler import limits
from sundog.services.scheduler.errors import ConflictException, ResourceNotFoundException
from sundog.services.scheduler.model import ACTIVE, DEFAULT_GROUP, DELETING, Group, Schedule
from sundog.services.scheduler.rows import SQL, schedule_key, scope_key, to_group, to_schedule
from sundog.store import Transaction


async def load_group(ctx: Context, tx: Transaction, name: str) -> Group:
    if name == DEFAULT_GROUP:
        await ensure_default_group(ctx, tx)
    row = await tx.one(SQL["group"], **scope_key(ctx.scope), name=name)
    if row is None:
        raise ResourceNotFoundException(what="Schedule group", name=name)
    return to_group(row)


async def load_open_group(ctx: Context, tx: Transaction, name: str) -> Group:
    """A group whose schedules may still be made and changed."""
    group = await load_group(ctx, tx, name)
    if group.state == DELETING:
        raise ConflictException(f"Schedule group {name} is being deleted.")
    return group


async def ensure_default_group(ctx: Context, tx: Transaction) -> None:
    """Every account and region has it; the row comes to be when somebody first looks."""
    if await tx.one(SQL["group"], **scope_key(ctx.scope), name=DEFAULT_GROUP) is None:
        await insert_group(ctx, tx, DEFAULT_GROUP, {})


async def insert_group(ctx: Context, tx: Transaction, name: str, tags: dict[str, str]) -> None:
    await tx.run(
        SQL["insert_group"],
        **scope_key(ctx.scope),
        name=name,
        state=ACTIVE,
        tags=orjson.dumps(tags).decode(),
        now_ms=ctx.clock.now_ms(),
    )


async def load_schedule(ctx: Context, tx: Transaction, group: str, name: str) -> Schedule:
    row = await tx.one(SQL["schedule"], **schedule_key(ctx.scope, group, name))
    if row is None:
        raise ResourceNotFoundException(what="Schedule", name=name)
    return to_schedule(row)


async def is_repeated(ctx: Context, tx: Transaction, operation: str, request: Request) -> bool:
    """Whether this was asked and done before under the request's client token; from now on it was.

    The same token for something else is a conflict.
    """
    token = request.get("ClientToken")
    if not token:
        return False
    now_ms = ctx.clock.now_ms()
    rest = {name: value for name, value in request.items() if name != "ClientToken"}
    subject = f"{operation} {orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()}"
    await tx.run(SQL["forget_tokens"], now_ms=now_ms)
    row = await tx.one(SQL["token"], **scope_key(ctx.scope), token=token)
    if row is None:
        until_ms = now_ms + limits.TOKEN_MS
        await tx.run(
            SQL["insert_token"], **scope_key(ctx.scope), token=token, subject=subject, until_ms=until_ms
        )
        return False
    if row["subject"] != subject:
        raise ConflictException(f"ClientToken {token} was used for another request.")
    return True
