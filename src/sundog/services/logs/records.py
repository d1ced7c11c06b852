"""GetLogRecord: one event with all its fields, by the pointer that a query's result gave."""

from __future__ import annotations

import base64
import binascii

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.lang.logs_insights import all_fields, to_text, well_formed
from sundog.services.logs.errors import InvalidParameterException, ResourceNotFoundException
from sundog.services.logs.groups import SQL
from sundog.services.logs.model import Group, Position
from sundog.services.logs.refusals import refuse_parameters
from sundog.services.logs.rows import to_group, unpack
from sundog.store import Row


def write_pointer(group_id: int, position: Position) -> str:
    """Opaque to callers, and short."""
    place = [group_id, position.time_ms, position.chunk, position.index]
    return base64.b64encode(orjson.dumps(place)).decode()


def read_pointer(pointer: str) -> tuple[int, Position]:
    try:
        group_id, time_ms, chunk, index = orjson.loads(base64.b64decode(pointer.encode(), validate=True))
    except (binascii.Error, ValueError, TypeError):
        raise _invalid() from None
    if not all(type(one) is int and 0 <= one < 1 << 62 for one in (group_id, time_ms, chunk, index)):
        raise _invalid()
    return group_id, Position(time_ms, chunk, index)


@operation("logs", "GetLogRecord")
async def get_log_record(ctx: Context, request: Request) -> Result:
    refuse_parameters(request, ("unmask",), "Nothing is masked here: leave it out.")
    group_id, position = read_pointer(request["logRecordPointer"])
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["group_by_id"], id=group_id)
        group = None if row is None else to_group(row)
        if group is None or group.scope != ctx.scope:
            raise ResourceNotFoundException(what="log record")
        chunk = await tx.one(SQL["chunk_of_group"], id=position.chunk, group_id=group_id)
    if chunk is None or _is_expired(ctx, group, position):
        raise ResourceNotFoundException(what="log record")
    fields = _fields(group, chunk, position, request["logRecordPointer"])
    return {"logRecord": fields}


def _fields(group: Group, chunk: Row, position: Position, pointer: str) -> dict[str, str]:
    times, messages = unpack(bytes(chunk["payload"]))
    if position.index >= len(times) or times[position.index] != position.time_ms:
        raise _invalid()
    message, log = messages[position.index], f"{group.scope.account}:{group.name}"
    system = {
        "@message": message,
        "@timestamp": str(position.time_ms),
        "@ingestionTime": str(chunk["ingested_ms"]),
        "@log": log,
        "@logStream": chunk["stream"],
        "@ptr": pointer,
    }
    found = all_fields(message, log, system).items()
    return {well_formed(name): well_formed(to_text(value) or "") for name, value in found}


def _is_expired(ctx: Context, group: Group, position: Position) -> bool:
    return bool(group.retention_ms) and position.time_ms < ctx.clock.now_ms() - group.retention_ms


def _invalid() -> InvalidParameterException:
    return InvalidParameterException(message="The specified log record pointer is invalid.")
