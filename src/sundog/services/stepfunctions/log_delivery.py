"""Durable work: what happened in an execution is written to the log group of its machine."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sundog import work
from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.stepfunctions.log_records import log_records
from sundog.work import WorkItem

logger = logging.getLogger(__name__)

BATCH_BYTES_MAX: Final = 1_000_000
_OVERHEAD_BYTES: Final = 26


async def deliver_log(ctx: Context, item: WorkItem) -> None:
    """A group that is gone or refuses costs nothing but the log, as on AWS."""
    payload = item.payload
    for destination in payload["logging"].get("destinations") or ():
        arn = parse_arn((destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn") or "")
        if arn is None:
            continue
        group = arn.resource.removeprefix("log-group:").removesuffix(":*")
        writer = ctx.acting(
            scope=arn.scope, principal=Principal.service("delivery.logs.amazonaws.com", arn.account)
        )
        redrives = payload["redrive_count"]
        records = list(log_records(payload["arn"], payload["events"], payload["logging"], redrives))
        try:
            await _put(writer, group, stream_name(payload["arn"], payload["events"][0]["timestamp"]), records)
        except AwsError as error:
            logger.warning("no log of %s: %s", payload["arn"], error.message)
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)


def stream_name(arn: str, now_ms: int) -> str:
    """``states/<machine>/<minute>/<hash>``: one stream a minute for what an execution does in it."""
    machine = arn.split(":")[6]
    minute = f"{datetime.fromtimestamp(now_ms // 1_000, UTC):%Y-%m-%d-%H-%M}"
    return f"states/{machine}/{minute}/{hashlib.sha256(arn.encode()).hexdigest()[:8]}"


async def _put(ctx: Context, group: str, stream: str, records: list[dict[str, Any]]) -> None:
    if not records:
        return
    names = {"logGroupName": group, "logStreamName": stream}
    for batch in _batches(records):
        request = {**names, "logEvents": batch}
        try:
            await ctx.dispatch("logs", "PutLogEvents", request)
        except AwsError as error:
            if error.shape_name != "ResourceNotFoundException":
                raise
            await ctx.dispatch("logs", "CreateLogStream", names)
            await ctx.dispatch("logs", "PutLogEvents", request)


def _batches(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many at a time as one PutLogEvents takes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for record in records:
        length = len(record["message"].encode()) + _OVERHEAD_BYTES
        if batch and size + length > BATCH_BYTES_MAX:
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    yield batch
