"""Operations on log streams."""

from __future__ import annotations

from typing import Any

from sundog import work
from sundog.context import Context, Request, Result, operation
from sundog.services.logs import limits
from sundog.services.logs.errors import (
    InvalidParameterException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)
from sundog.services.logs.groups import FORGET, SQL, load_group
from sundog.services.logs.model import Group, Position, Stream, stream_arn
from sundog.services.logs.rows import to_stream
from sundog.services.logs.rules import (
    PREFIX_END,
    group_name,
    parse_page_token,
    with_token,
    write_page_token,
)
from sundog.store import Row, Transaction

_LAST_MS = 1 << 62


async def load_stream(tx: Transaction, group: Group, name: str) -> Stream:
    row = await tx.one(SQL["stream"], group_id=group.id, name=name)
    if row is None:
        raise ResourceNotFoundException(what="log stream")
    return to_stream(row)


@operation("logs", "CreateLogStream")
async def create_log_stream(ctx: Context, request: Request) -> Result | None:
    name = request["logStreamName"]
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        if await tx.one(SQL["stream"], group_id=group.id, name=name) is not None:
            raise ResourceAlreadyExistsException(what="log stream")
        await tx.run(
            SQL["insert_stream"],
            account=ctx.scope.account,
            region=ctx.scope.region,
            group_id=group.id,
            name=name,
            created_ms=ctx.clock.now_ms(),
        )
    return None


@operation("logs", "DeleteLogStream")
async def delete_log_stream(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, request["logGroupName"])
        stream = await load_stream(tx, group, request["logStreamName"])
        await tx.run(SQL["delete_stream"], id=stream.id)
        await work.put(tx, FORGET, {"stream": stream.id}, scope=ctx.scope, due_ms=ctx.clock.now_ms())
    return None


@operation("logs", "DescribeLogStreams")
async def describe_log_streams(ctx: Context, request: Request) -> Result:
    by_time = request.get("orderBy") == "LastEventTime"
    if by_time and request.get("logStreamNamePrefix"):
        raise InvalidParameterException(message="Cannot order by LastEventTime with a logStreamNamePrefix.")
    count = request.get("limit") or limits.PAGE_MAX
    async with ctx.store.transaction() as tx:
        group = await load_group(tx, ctx, group_name(request))
        rows = await _page(tx, group, request, by_time, count + 1)
    streams = [to_stream(row) for row in rows[:count]]
    token = None
    if len(rows) > count:
        token = write_page_token(streams[-1].last_event_ms, streams[-1].name)
    return with_token({"logStreams": [_describe(group, stream) for stream in streams]}, token)


async def _page(tx: Transaction, group: Group, request: Request, by_time: bool, count: int) -> list[Row]:
    """Rows after the token's stream, in the order asked for."""
    if request.get("descending"):
        event_ms, before = parse_page_token(request.get("nextToken"), _LAST_MS, PREFIX_END)
        edge = {"before": before}
    else:
        event_ms, after = parse_page_token(request.get("nextToken"), -2, "")
        edge = {"after": after}
    order = "_descending" if request.get("descending") else ""
    if by_time:
        statement = SQL[f"streams_by_time{order}"]
        return await tx.all(statement, group_id=group.id, event_ms=event_ms, count=count, **edge)
    prefix = request.get("logStreamNamePrefix", "")
    return await tx.all(
        SQL[f"streams_by_name{order}"],
        group_id=group.id,
        prefix=prefix,
        prefix_end=prefix + PREFIX_END,
        count=count,
        **edge,
    )


def _describe(group: Group, stream: Stream) -> dict[str, Any]:
    described = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": stream_arn(group.scope, group.name, stream.name),
        "storedBytes": 0,  # always 0 since June 2019, says the API reference
    }
    if stream.first_event_ms >= 0:
        described["firstEventTimestamp"] = stream.first_event_ms
        described["lastEventTimestamp"] = stream.last_event_ms
    if stream.last_ingestion_ms >= 0:
        described["lastIngestionTime"] = stream.last_ingestion_ms
        described["uploadSequenceToken"] = sequence_token(stream.id, stream.last_ingestion_ms)
    return described


def sequence_token(stream_id: int, ingested_ms: int) -> str:
    """56 digits. AWS has ignored what callers send since January 2023."""
    return Position(ingested_ms, stream_id, 0).token()
