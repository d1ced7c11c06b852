"""Schedules: create, replace, describe, list and delete them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.protocol.models import Models
from sundog.services.scheduler import limits
from sundog.services.scheduler.errors import ConflictException, ServiceQuotaExceededException
from sundog.services.scheduler.execution_roles import check_role
from sundog.services.scheduler.firing import arm, forget_schedule
from sundog.services.scheduler.loading import is_repeated, load_group, load_open_group, load_schedule
from sundog.services.scheduler.model import DEFAULT_GROUP, Schedule
from sundog.services.scheduler.pages import page_size, parse_token, write_token
from sundog.services.scheduler.rows import (
    PREFIX_END,
    SQL,
    schedule_key,
    schedule_values,
    scope_key,
    to_schedule,
)
from sundog.services.scheduler.rules import decide_body


@operation("scheduler", "CreateSchedule")
async def create_schedule(ctx: Context, request: Request) -> Result:
    group, now_ms = _group(request), ctx.clock.now_ms()
    body = decide_body(ctx.part(Models), request, now_ms)
    await check_role(ctx, body["Target"]["RoleArn"])
    schedule = Schedule(ctx.scope, group, request["Name"], ctx.ids.hex(16), body, now_ms, now_ms, now_ms)
    names = schedule_key(ctx.scope, group, schedule.name)
    async with ctx.store.transaction() as tx:
        if await is_repeated(ctx, tx, "CreateSchedule", request):
            return {"ScheduleArn": schedule.arn}
        await load_open_group(ctx, tx, group)
        if await tx.one(SQL["schedule"], **names) is not None:
            raise ConflictException(what="Schedule", name=schedule.name)
        counted = await tx.one(SQL["count_schedules"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= limits.SCHEDULES_MAX:
            raise ServiceQuotaExceededException(limit=limits.SCHEDULES_MAX, what="schedules")
        await tx.run(SQL["insert_schedule"], **schedule_values(schedule))
        await arm(ctx, tx, schedule, now_ms - 1)
    return {"ScheduleArn": schedule.arn}


@operation("scheduler", "UpdateSchedule")
async def update_schedule(ctx: Context, request: Request) -> Result:
    """Replaces everything: what the request leaves out is back at its default."""
    group, now_ms = _group(request), ctx.clock.now_ms()
    await check_role(ctx, request["Target"]["RoleArn"])
    async with ctx.store.transaction() as tx:
        before = await load_schedule(ctx, tx, group, request["Name"])
        if await is_repeated(ctx, tx, "UpdateSchedule", request):
            return {"ScheduleArn": before.arn}
        await load_open_group(ctx, tx, group)
        body = decide_body(ctx.part(Models), request, now_ms, before.body)
        schedule = replace(before, revision=ctx.ids.hex(16), body=body, modified_ms=now_ms)
        if body["ScheduleExpression"] != before.body["ScheduleExpression"]:
            schedule = replace(schedule, anchor_ms=now_ms)
        await tx.run(SQL["update_schedule"], **schedule_values(schedule))
        await arm(ctx, tx, schedule, now_ms - (schedule.anchor_ms == now_ms))
    return {"ScheduleArn": schedule.arn}


@operation("scheduler", "GetSchedule")
async def get_schedule(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        schedule = await load_schedule(ctx, tx, _group(request), request["Name"])
    return {**_head(schedule), **schedule.body}


@operation("scheduler", "DeleteSchedule")
async def delete_schedule(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        if await is_repeated(ctx, tx, "DeleteSchedule", request):
            return None
        schedule = await load_schedule(ctx, tx, _group(request), request["Name"])
        await forget_schedule(tx, schedule)
    return None


@operation("scheduler", "ListSchedules")
async def list_schedules(ctx: Context, request: Request) -> Result:
    count, prefix = page_size(request), request.get("NamePrefix") or ""
    after_group, after_name = parse_token(request, 2)
    async with ctx.store.transaction() as tx:
        if request.get("GroupName"):
            await load_group(ctx, tx, request["GroupName"])
        rows = await tx.all(
            SQL["schedules"],
            **scope_key(ctx.scope),
            one_group=request.get("GroupName") or "",
            state=request.get("State") or "",
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            after_group=after_group,
            after_name=after_name,
            count=count + 1,
        )
    answer: Result = {"Schedules": [_summary(to_schedule(row)) for row in rows[:count]]}
    if len(rows) > count:
        answer["NextToken"] = write_token(rows[count - 1]["group_name"], rows[count - 1]["name"])
    return answer


def _group(request: Request) -> str:
    return request.get("GroupName") or DEFAULT_GROUP


def _head(schedule: Schedule) -> dict[str, Any]:
    return {
        "Arn": schedule.arn,
        "GroupName": schedule.group,
        "Name": schedule.name,
        "CreationDate": schedule.created_ms,
        "LastModificationDate": schedule.modified_ms,
    }


def _summary(schedule: Schedule) -> dict[str, Any]:
    return {**_head(schedule), "State": schedule.state, "Target": {"Arn": schedule.target["Arn"]}}
