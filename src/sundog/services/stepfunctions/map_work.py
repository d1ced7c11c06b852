"""Durable work: one turn of a map run."""

from __future__ import annotations

from typing import Any

import orjson

from sundog import work
from sundog.context import Context
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.map_running import (
    CONCURRENCY_MAX,
    SQL,
    THRESHOLD_CAUSE,
    THRESHOLD_ERROR,
    TURN_MAX,
    exceeds,
    load_counts,
    make_child,
    wake_map_run,
)
from sundog.services.stepfunctions.running import begin, take_further
from sundog.store import Row, Transaction
from sundog.work import WorkItem


async def turn_map_run(ctx: Context, item: WorkItem) -> None:
    """Start what there is room for; end the run where nothing is left, or too much has failed."""
    arn = item.payload["arn"]
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        row = await tx.one(SQL["map_run"], arn=arn)
        if row is None:
            return
        counts = await load_counts(tx, arn)
        if row["status"] != "RUNNING":
            await _abort(ctx, tx, item, arn)
        elif exceeds(row, counts):
            await _fail(ctx, tx, item, row)
        elif not counts.get("PENDING") and not counts.get("RUNNING"):
            await _succeed(ctx, tx, row)
        else:
            await _start(ctx, tx, item, row, counts.get("RUNNING", 0))


async def _start(ctx: Context, tx: Transaction, item: WorkItem, row: Row, running: int) -> None:
    limit = min(row["max_concurrency"] or CONCURRENCY_MAX, CONCURRENCY_MAX)
    room = min(limit - running, TURN_MAX)
    if room <= 0:
        return
    found = await tx.all(SQL["next_items"], map_run=row["arn"], count=room)
    for each in found:
        number = each["number"]
        started, run = make_child(ctx, ctx.ids, row, number, orjson.loads(each["payload"]))
        await tx.run(SQL["start_item"], map_run=row["arn"], number=number, execution=started.arn)
        await begin(ctx, tx, started, run)
    if len(found) == room:
        await wake_map_run(ctx, tx, item.scope, row["arn"])


async def _succeed(ctx: Context, tx: Transaction, row: Row) -> None:
    """The outputs of the children that succeeded, in the order of their items."""
    await tx.run(SQL["end_map_run"], arn=row["arn"], status="SUCCEEDED", now_ms=ctx.clock.now_ms())
    done = await tx.all(SQL["items_of_status"], map_run=row["arn"], status="SUCCEEDED")
    outputs: list[Any] = [orjson.loads(each["payload"]) for each in done]
    body = orjson.loads(row["body"])

    def act(run: Run) -> None:
        run.finish_map_run(body["frame"], body["token"], outputs)

    await take_further(ctx, tx, row["execution"], act)


async def _fail(ctx: Context, tx: Transaction, item: WorkItem, row: Row) -> None:
    await tx.run(SQL["end_map_run"], arn=row["arn"], status="FAILED", now_ms=ctx.clock.now_ms())
    body = orjson.loads(row["body"])

    def act(run: Run) -> None:
        run.fail_map_run(body["frame"], body["token"], THRESHOLD_ERROR, THRESHOLD_CAUSE)

    await take_further(ctx, tx, row["execution"], act)
    await wake_map_run(ctx, tx, item.scope, row["arn"])


async def _abort(ctx: Context, tx: Transaction, item: WorkItem, arn: str) -> None:
    """The children of a run that is over end too, some at a time."""
    await tx.run(SQL["abort_pending"], map_run=arn)
    running = await tx.all(SQL["items_of_status"], map_run=arn, status="RUNNING")
    for each in running[:TURN_MAX]:
        await take_further(ctx, tx, each["execution"], lambda run: run.stop("ABORTED", None, None))
    if len(running) > TURN_MAX:
        await wake_map_run(ctx, tx, item.scope, arn)
