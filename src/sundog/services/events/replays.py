"""Replays: the events of an archive, put on their bus again."""

from __future__ import annotations

import orjson

from sundog import work
from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events.archives import ARCHIVE_PREFIX, check_filters, load_archive
from sundog.services.events.errors import (
    IllegalStatusException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
    no_bus,
)
from sundog.services.events.loading import load_bus
from sundog.services.events.names import BUS_PREFIX
from sundog.services.events.outer_limits import REPLAY_START_MS, REPLAYS_ACTIVE_MAX
from sundog.services.events.outer_rows import OUTER, name_key, page_bounds
from sundog.services.events.replaying import CANCELLING, REPLAY, RUNNING, STARTING
from sundog.services.events.rows import scope_key, write_json
from sundog.services.events.tokens import page_size, with_token
from sundog.store import Row, Transaction


@operation("events", "StartReplay")
async def start_replay(ctx: Context, request: Request) -> Result:
    """Its progress is a row: a restart goes on where it stood."""
    if request["EventStartTime"] >= request["EventEndTime"]:
        raise _invalid("EventEndTime", "EventStartTime must be before EventEndTime.")
    name, now_ms = request["ReplayName"], ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        archive = await load_archive(ctx, tx, _archive_name(ctx, request["EventSourceArn"]))
        await _check_destination(ctx, tx, request["Destination"]["Arn"], archive["source_arn"])
        if await tx.one(OUTER["replay"], **name_key(ctx.scope, name)) is not None:
            raise ResourceAlreadyExistsException(what=f"Replay {name}")
        active = await tx.one(OUTER["count_active_replays"], **scope_key(ctx.scope))
        if active is not None and active["count"] >= REPLAYS_ACTIVE_MAX:
            raise LimitExceededException
        await tx.run(
            OUTER["insert_replay"],
            **name_key(ctx.scope, name),
            archive_id=archive["id"],
            archive_arn=request["EventSourceArn"],
            description=request.get("Description"),
            destination=write_json(request["Destination"]),
            start_ms=request["EventStartTime"],
            end_ms=request["EventEndTime"],
            state=STARTING,
            now_ms=now_ms,
        )
        key, due_ms = f"{ctx.scope.account}/{ctx.scope.region}/{name}", now_ms + REPLAY_START_MS
        await work.put(tx, REPLAY, {"name": name}, scope=ctx.scope, due_ms=due_ms, key=key)
    return {"ReplayArn": replay_arn(ctx, name), "State": STARTING, "ReplayStartTime": now_ms}


@operation("events", "CancelReplay")
async def cancel_replay(ctx: Context, request: Request) -> Result:
    """Nothing more of it is put on the bus; what is on its way to targets arrives."""
    name = request["ReplayName"]
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, name)
        if row["state"] not in (STARTING, RUNNING):
            raise IllegalStatusException(name=name)
        await tx.run(OUTER["set_replay_state"], **name_key(ctx.scope, name), state=CANCELLING, ended_ms=None)
    return {"ReplayArn": replay_arn(ctx, name), "State": CANCELLING}


@operation("events", "DescribeReplay")
async def describe_replay(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(ctx, tx, request["ReplayName"])
    answer = {
        **_summary(row),
        "ReplayArn": replay_arn(ctx, row["name"]),
        "Description": row["description"],
        "Destination": orjson.loads(row["destination"]),
    }
    return {member: value for member, value in answer.items() if value is not None}


@operation("events", "ListReplays")
async def list_replays(ctx: Context, request: Request) -> Result:
    check_filters(request, "ListReplays")
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            OUTER["replays"],
            **page_bounds(ctx, request, count),
            state=request.get("State") or "",
            source=request.get("EventSourceArn") or "",
        )
    items = [_summary(row) for row in rows[:count]]
    return with_token({"Replays": items}, rows[count - 1]["name"] if len(rows) > count else None)


def replay_arn(ctx: Context, name: str) -> str:
    return ctx.arn("events", f"replay/{name}")


def _archive_name(ctx: Context, text: str) -> str:
    arn = parse_arn(text)
    if arn is None or not arn.resource.startswith(ARCHIVE_PREFIX):
        raise _invalid("EventSourceArn", "Must contain an archive ARN.")
    name = arn.resource.removeprefix(ARCHIVE_PREFIX)
    if arn.scope != ctx.scope:
        raise ResourceNotFoundException(what=f"Archive {name}")
    return name


async def _check_destination(ctx: Context, tx: Transaction, text: str, source_arn: str) -> None:
    """Events go back to the bus they came from only."""
    arn = parse_arn(text)
    if arn is None or arn.service != "events" or not arn.resource.startswith(BUS_PREFIX):
        raise _invalid("Destination.Arn", "Must contain an event bus ARN.")
    name = arn.resource.removeprefix(BUS_PREFIX)
    if arn.scope != ctx.scope:
        raise no_bus(name)
    await load_bus(tx, ctx.scope, name)
    if text != source_arn:
        raise _invalid("Destination.Arn", "Cross event bus replay is not permitted.")


def _invalid(parameter: str, reason: str) -> ValidationException:
    return ValidationException(reason=f"Parameter {parameter} is not valid. Reason: {reason}")


async def _load(ctx: Context, tx: Transaction, name: str) -> Row:
    row = await tx.one(OUTER["replay"], **name_key(ctx.scope, name))
    if row is None:
        raise ResourceNotFoundException(what=f"Replay {name}")
    return row


def _summary(row: Row) -> Result:
    answer = {
        "ReplayName": row["name"],
        "EventSourceArn": row["archive_arn"],
        "State": row["state"],
        "EventStartTime": row["start_ms"],
        "EventEndTime": row["end_ms"],
        "EventLastReplayedTime": row["last_ms"],
        "ReplayStartTime": row["started_ms"],
        "ReplayEndTime": row["ended_ms"],
    }
    return {member: value for member, value in answer.items() if value is not None}
