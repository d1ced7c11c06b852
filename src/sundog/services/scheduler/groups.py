"""Schedule groups: create, describe, list and delete them, and their tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.scheduler import limits
from sundog.services.scheduler.errors import (
    ConflictException,
    ServiceQuotaExceededException,
    ValidationException,
)
from sundog.services.scheduler.firing import forget_schedule
from sundog.services.scheduler.loading import ensure_default_group, insert_group, is_repeated, load_group
from sundog.services.scheduler.model import DEFAULT_GROUP, DELETING, Group
from sundog.services.scheduler.pages import page_size, parse_token, write_token
from sundog.services.scheduler.rows import PREFIX_END, SQL, scope_key, to_group, to_schedule
from sundog.store import Transaction
from sundog.work import WorkItem, finish, postpone, put

EMPTY: Final = "scheduler.empty_group"


@operation("scheduler", "CreateScheduleGroup")
async def create_schedule_group(ctx: Context, request: Request) -> Result:
    name = request["Name"]
    answer = {"ScheduleGroupArn": ctx.arn("scheduler", f"schedule-group/{name}")}
    tags = change_tags({}, {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()})
    async with ctx.store.transaction() as tx:
        if await is_repeated(ctx, tx, "CreateScheduleGroup", request):
            return answer
        await ensure_default_group(ctx, tx)
        if await tx.one(SQL["group"], **scope_key(ctx.scope), name=name) is not None:
            raise ConflictException(what="Schedule group", name=name)
        counted = await tx.one(SQL["count_groups"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= limits.GROUPS_MAX:
            raise ServiceQuotaExceededException(limit=limits.GROUPS_MAX, what="schedule groups")
        await insert_group(ctx, tx, name, tags)
    return answer


@operation("scheduler", "GetScheduleGroup")
async def get_schedule_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return _describe(await load_group(ctx, tx, request["Name"]))


@operation("scheduler", "ListScheduleGroups")
async def list_schedule_groups(ctx: Context, request: Request) -> Result:
    count, prefix = page_size(request), request.get("NamePrefix") or ""
    (after,) = parse_token(request, 1)
    async with ctx.store.transaction() as tx:
        await ensure_default_group(ctx, tx)
        rows = await tx.all(
            SQL["groups"],
            **scope_key(ctx.scope),
            after=after,
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            count=count + 1,
        )
    answer: Result = {"ScheduleGroups": [_describe(to_group(row)) for row in rows[:count]]}
    if len(rows) > count:
        answer["NextToken"] = write_token(rows[count - 1]["name"])
    return answer


@operation("scheduler", "DeleteScheduleGroup")
async def delete_schedule_group(ctx: Context, request: Request) -> Result | None:
    """The group is DELETING until its schedules are gone. Deleting it again meanwhile is a conflict."""
    name = request["Name"]
    if name == DEFAULT_GROUP:
        raise ValidationException("The default schedule group cannot be deleted.")
    async with ctx.store.transaction() as tx:
        if await is_repeated(ctx, tx, "DeleteScheduleGroup", request):
            return None
        group = await load_group(ctx, tx, name)
        if group.state == DELETING:
            raise ConflictException(f"Schedule group {name} is being deleted.")
        now_ms = ctx.clock.now_ms()
        await tx.run(SQL["set_group_state"], **scope_key(ctx.scope), name=name, state=DELETING, now_ms=now_ms)
        await put(tx, EMPTY, {"name": name}, scope=ctx.scope, due_ms=now_ms)
    return None


async def empty_group(ctx: Context, item: WorkItem) -> None:
    """Work: delete a group's schedules, some at a time, then the group."""
    name = item.payload["name"]
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["schedules"],
            **scope_key(ctx.scope),
            one_group=name,
            state="",
            prefix="",
            prefix_end=PREFIX_END,
            after_group="",
            after_name="",
            count=limits.DELETED_AT_ONCE,
        )
        for row in rows:
            await forget_schedule(tx, to_schedule(row))
        if len(rows) == limits.DELETED_AT_ONCE:
            await postpone(tx, item, ctx.clock.now_ms())
            return
        await tx.run(SQL["delete_group"], **scope_key(ctx.scope), name=name)
        await finish(tx, item)


# Tags


@operation("scheduler", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result | None:
    await _retag(ctx, request, {tag["Key"]: tag["Value"] for tag in request["Tags"]}, ())
    return None


@operation("scheduler", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    await _retag(ctx, request, {}, request["TagKeys"])
    return None


@operation("scheduler", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        group = await _load_tagged(ctx, tx, request)
    return {"Tags": [{"Key": key, "Value": value} for key, value in group.tags.items()]}


def change_tags(
    tags: Mapping[str, str], added: Mapping[str, str], removed: Collection[str] = ()
) -> dict[str, str]:
    if any(key.lower().startswith("aws:") for key in added):
        raise ValidationException("Tag keys must not begin with aws:.")
    changed = {key: value for key, value in {**tags, **added}.items() if key not in removed}
    if len(changed) > limits.TAGS_MAX:
        raise ServiceQuotaExceededException(limit=limits.TAGS_MAX, what="tags")
    return changed


async def _retag(ctx: Context, request: Request, added: Mapping[str, str], removed: Collection[str]) -> None:
    async with ctx.store.transaction() as tx:
        group = await _load_tagged(ctx, tx, request)
        tags = orjson.dumps(change_tags(group.tags, added, removed)).decode()
        await tx.run(SQL["tag_group"], **scope_key(ctx.scope), name=group.name, tags=tags)


async def _load_tagged(ctx: Context, tx: Transaction, request: Request) -> Group:
    arn = parse_arn(request["ResourceArn"])
    kind, _, name = arn.resource.partition("/") if arn is not None else ("", "", "")
    if arn is None or arn.service != "scheduler" or arn.scope != ctx.scope or kind != "schedule-group":
        raise ValidationException("Provided Arn is not in correct format.")
    return await load_group(ctx, tx, name)


def _describe(group: Group) -> dict[str, Any]:
    return {
        "Arn": group.arn,
        "Name": group.name,
        "State": group.state,
        "CreationDate": group.created_ms,
        "LastModificationDate": group.modified_ms,
    }
