"""Pipes: create, change, describe, list, start, stop and delete them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.pipes import limits
from sundog.services.pipes.errors import (
    ConflictException,
    ServiceQuotaExceededException,
    ValidationException,
)
from sundog.services.pipes.lifecycle import begin
from sundog.services.pipes.model import (
    CREATING,
    DELETED,
    DELETING,
    MOVING,
    RUNNING,
    STARTING,
    STOPPED,
    STOPPING,
    UPDATING,
    Pipe,
)
from sundog.services.pipes.rows import PREFIX_END, SQL, load_pipe, pipe_values, scope_key, to_pipe
from sundog.services.pipes.rules import decide_body
from sundog.services.pipes.streams import StreamSources
from sundog.services.pipes.tags import change_tags
from sundog.store import Transaction


@operation("pipes", "CreatePipe")
async def create_pipe(ctx: Context, request: Request) -> Result:
    body, now_ms = decide_body(request, ctx.part(StreamSources)), ctx.clock.now_ms()
    tags = change_tags({}, request.get("Tags") or {})
    desired = request.get("DesiredState") or RUNNING
    pipe = Pipe(
        ctx.scope, request["Name"], ctx.ids.hex(16), body, desired, CREATING, "", tags, now_ms, now_ms
    )
    async with ctx.store.transaction() as tx:
        if await tx.one(SQL["pipe"], **scope_key(ctx.scope), name=pipe.name) is not None:
            raise ConflictException(f"Pipe {pipe.name} already exists.", pipe.name)
        counted = await tx.one(SQL["count_pipes"], **scope_key(ctx.scope))
        if counted is not None and counted["count"] >= limits.PIPES_MAX:
            raise ServiceQuotaExceededException(
                f"The limit of {limits.PIPES_MAX} pipes is reached.", pipe.name
            )
        await tx.run(SQL["insert_pipe"], **pipe_values(pipe))
        await begin(ctx, tx, pipe)
    return _state(pipe)


@operation("pipes", "UpdatePipe")
async def update_pipe(ctx: Context, request: Request) -> Result:
    """Members that the request leaves out stay as they are; the source of a pipe never changes."""
    async with ctx.store.transaction() as tx:
        before = await _load_settled(ctx, tx, request["Name"])
        asked = {**request, "Source": before.body["Source"]}
        body = decide_body(asked, ctx.part(StreamSources), before.body)
        pipe = replace(before, body=body, desired=request.get("DesiredState") or before.desired)
        pipe = await _move(ctx, tx, pipe, UPDATING)
    return _state(pipe)


@operation("pipes", "StartPipe")
async def start_pipe(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        pipe = await _load_settled(ctx, tx, request["Name"])
        if pipe.current == RUNNING:
            raise ConflictException(f"Pipe {pipe.name} is already running.", pipe.name)
        pipe = await _move(ctx, tx, replace(pipe, desired=RUNNING), STARTING)
    return _state(pipe)


@operation("pipes", "StopPipe")
async def stop_pipe(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        pipe = await _load_settled(ctx, tx, request["Name"])
        if pipe.current == STOPPED:
            raise ConflictException(f"Pipe {pipe.name} is already stopped.", pipe.name)
        pipe = await _move(ctx, tx, replace(pipe, desired=STOPPED), STOPPING)
    return _state(pipe)


@operation("pipes", "DeletePipe")
async def delete_pipe(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        pipe = await _load_settled(ctx, tx, request["Name"])
        pipe = await _move(ctx, tx, replace(pipe, desired=DELETED), DELETING)
    return _state(pipe)


@operation("pipes", "DescribePipe")
async def describe_pipe(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        pipe = await load_pipe(ctx, tx, request["Name"])
    answer = {**_state(pipe), **pipe.body}
    if pipe.reason:
        answer["StateReason"] = pipe.reason
    if pipe.tags:
        answer["Tags"] = dict(pipe.tags)
    return answer


@operation("pipes", "ListPipes")
async def list_pipes(ctx: Context, request: Request) -> Result:
    count, after = request.get("Limit") or limits.PAGE_MAX, _parse_token(request)
    prefixes = {
        member: request.get(name) or ""
        for member, name in (("prefix", "NamePrefix"), ("source", "SourcePrefix"), ("target", "TargetPrefix"))
    }
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["pipes"],
            **scope_key(ctx.scope),
            **prefixes,
            **{f"{member}_end": prefix + PREFIX_END for member, prefix in prefixes.items()},
            after=after,
            desired=request.get("DesiredState") or "",
            current=request.get("CurrentState") or "",
            count=count + 1,
        )
    answer: Result = {"Pipes": [_summary(to_pipe(row)) for row in rows[:count]]}
    if len(rows) > count:
        answer["NextToken"] = base64.urlsafe_b64encode(rows[count - 1]["name"].encode()).decode()
    return answer


async def _load_settled(ctx: Context, tx: Transaction, name: str) -> Pipe:
    pipe = await load_pipe(ctx, tx, name)
    if pipe.current in MOVING:
        raise ConflictException(f"Pipe {name} is {pipe.current} and cannot be changed now.", name)
    return pipe


async def _move(ctx: Context, tx: Transaction, pipe: Pipe, current: str) -> Pipe:
    moved = replace(
        pipe, current=current, reason="", revision=ctx.ids.hex(16), modified_ms=ctx.clock.now_ms()
    )
    await tx.run(SQL["update_pipe"], **pipe_values(moved))
    await begin(ctx, tx, moved)
    return moved


def _parse_token(request: Request) -> str:
    try:
        return base64.b64decode((request.get("NextToken") or "").encode(), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValidationException("NextToken is not valid.", "nextToken") from None


def _state(pipe: Pipe) -> dict[str, Any]:
    return {
        "Arn": pipe.arn,
        "Name": pipe.name,
        "DesiredState": pipe.desired,
        "CurrentState": pipe.current,
        "CreationTime": pipe.created_ms,
        "LastModifiedTime": pipe.modified_ms,
    }


def _summary(pipe: Pipe) -> dict[str, Any]:
    names = ("Source", "Target", "Enrichment")
    shown = {name: pipe.body[name] for name in names if pipe.body.get(name)}
    reason = {"StateReason": pipe.reason} if pipe.reason else {}
    return {**_state(pipe), **shown, **reason}
