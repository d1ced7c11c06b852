"""Events going into archives, and out of them when they are too old or their archive is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import orjson

from sundog import work
from sundog.arn import parse_arn
from sundog.bus import Delivery, DeliveryFailed
from sundog.context import Context
from sundog.scope import Scope
from sundog.services.events.outer_limits import DAY_MS, SWEEP_EVENTS
from sundog.services.events.outer_rows import OUTER, name_key
from sundog.services.events.rows import write_json
from sundog.store import Row, Transaction
from sundog.work import WorkItem

EXPIRE: Final = "events.expire_archive"
DROP: Final = "events.drop_archive"
_TEXTS = ("id", "source", "detail-type", "time")
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


async def deliver_to_archive(ctx: Context, delivery: Delivery) -> None:
    """Keep the event, once however often it comes; nothing when the archive is gone."""
    arn = parse_arn(delivery.target_arn)
    assert arn is not None, "its kind was read from it"
    event, now_ms = read_event(delivery.body), ctx.clock.now_ms()
    event_ms, size = read_time(event["time"]), size_of(event)
    async with ctx.store.transaction(takes_locks=True) as tx:
        archive = await tx.one(OUTER["lock_archive"], **name_key(arn.scope, arn.resource.partition("/")[2]))
        if archive is None:
            return
        is_new = await tx.run(
            OUTER["insert_archived"],
            archive_id=archive["id"],
            event_id=event["id"],
            event_ms=event_ms,
            now_ms=now_ms,
            size=size,
            body=delivery.body,
        )
        if is_new:
            await tx.run(OUTER["count_event"], id=archive["id"], events=1, bytes=size)
            if not archive["event_count"]:
                await plan_expiry(tx, archive, now_ms + archive["retention_days"] * DAY_MS)


async def plan_expiry(tx: Transaction, archive: Row, due_ms: int) -> None:
    """Look then for events that are too old; nothing in an archive that keeps them forever."""
    if archive["retention_days"]:
        id = archive["id"]
        scope = Scope(archive["account"], archive["region"])
        await work.put(tx, EXPIRE, {"archive_id": id}, scope=scope, due_ms=due_ms, key=str(id))


async def expire(ctx: Context, item: WorkItem) -> None:
    """Work: drop some of the events that are too old, and come back when the next one will be."""
    id, now_ms = item.payload["archive_id"], ctx.clock.now_ms()
    async with ctx.store.transaction(takes_locks=True) as tx:
        archive = await tx.one(OUTER["lock_archive_by_id"], id=id)
        if archive is None or not archive["retention_days"]:
            await work.finish(tx, item)
            return
        retention_ms = archive["retention_days"] * DAY_MS
        dropped = await _drop_some(tx, id, now_ms - retention_ms)
        events, size = len(dropped), sum(row["size"] for row in dropped)
        await tx.run(OUTER["count_event"], id=id, events=-events, bytes=-size)
        oldest = await tx.one(OUTER["oldest_archived"], archive_id=id)
        if oldest is None or oldest["archived_ms"] is None:
            await work.finish(tx, item)
        else:
            await work.postpone(tx, item, max(now_ms, oldest["archived_ms"] + retention_ms))


async def drop(ctx: Context, item: WorkItem) -> None:
    """Work: drop some of the events of an archive that is gone."""
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        if await _drop_some(tx, item.payload["archive_id"], now_ms):
            await work.postpone(tx, item, now_ms)
        else:
            await work.finish(tx, item)


async def _drop_some(tx: Transaction, archive_id: int, before_ms: int) -> list[Row]:
    rows = await tx.all(OUTER["old_archived"], archive_id=archive_id, before_ms=before_ms, count=SWEEP_EVENTS)
    if rows:
        await tx.run_many(OUTER["delete_archived"], [{"id": row["id"]} for row in rows])
    return rows


def read_event(text: str) -> dict[str, Any]:
    """A whole event; somebody may have put an archive behind a rule that sends something else."""
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict) or not all(isinstance(event.get(name), str) for name in _TEXTS):
        raise _no_event()
    if not isinstance(event.get("resources"), list) or "detail" not in event:
        raise _no_event()
    return event


def _no_event() -> DeliveryFailed:
    return DeliveryFailed("INVALID_EVENT", "Archives keep whole events only.", is_final=True)


def size_of(event: dict[str, Any]) -> int:
    """What an event counts for in SizeBytes: its source, type, detail, time and resources."""
    texts = [event["source"], event["detail-type"], event["time"], write_json(event["detail"])]
    return sum(len(str(text).encode()) for text in [*texts, *event["resources"]])


def read_time(text: str) -> int:
    """The time of an event, in ms."""
    try:
        return int(datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC).timestamp()) * 1_000
    except ValueError:
        raise _no_event() from None
