"""Durable work: one turn of a map run.

A turn is one transaction; what S3 has to do with it is done before: reading the items at the beginning,
writing the results at the end. A killed server reads and writes again: the same objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sundog import work
from sundog.context import Context
from sundog.errors import AwsError
from sundog.lang.asl import State
from sundog.lang.asl.distributed import ItemReaderFailed
from sundog.services.stepfunctions import map_source
from sundog.services.stepfunctions.calling import acting_as
from sundog.services.stepfunctions.engine import distributed
from sundog.services.stepfunctions.engine.execution import Frame
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.loading import load_execution
from sundog.services.stepfunctions.map_results import state_output, write_results
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
from sundog.services.stepfunctions.redriving import go_on, why_not
from sundog.services.stepfunctions.running import begin, take_further
from sundog.store import Row, Transaction
from sundog.work import WorkItem

NO_FAILURE = ("", "")


async def turn_map_run(ctx: Context, item: WorkItem) -> None:
    """Start what there is room for; end the run where nothing is left, or too much has failed."""
    arn = item.payload["arn"]
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["map_run"], arn=arn)
        counts = await load_counts(tx, arn)
        if row is None or not _needs_s3(row, counts):
            await work.finish(tx, item)
            if row is not None:
                await _turn(ctx, tx, item, row, counts)
            return
    body = orjson.loads(row["body"])
    caller = acting_as(ctx, body["machine"]["roleArn"])
    await (_read(caller, item, row, body) if "reader" in body else _write(caller, item, row, body))


def _needs_s3(row: Row, counts: Mapping[str, int]) -> bool:
    """The items are still to be read, or the results to be written now."""
    if row["status"] != "RUNNING":
        return False
    body = orjson.loads(row["body"])
    return "reader" in body or (_writes(body) and not counts.get("RUNNING") and _is_over(row, counts))


def _writes(body: Mapping[str, Any]) -> bool:
    return "parameters" in body.get("writer", {})


def _is_over(row: Row, counts: Mapping[str, int]) -> bool:
    waiting = counts.get("PENDING", 0) + counts.get("PENDING_REDRIVE", 0) + counts.get("RUNNING", 0)
    return not waiting or exceeds(row, counts)


async def _turn(ctx: Context, tx: Transaction, item: WorkItem, row: Row, counts: Mapping[str, int]) -> None:
    if row["status"] != "RUNNING":
        await _abort(ctx, tx, item, row["arn"])
    elif exceeds(row, counts):
        if _writes(orjson.loads(row["body"])):  # results are written when no child runs any more
            await _stop_children(ctx, tx, item, row["arn"])
        else:
            await _end(ctx, tx, item, row, (THRESHOLD_ERROR, THRESHOLD_CAUSE))
    elif _is_over(row, counts):
        rows = await tx.all(SQL["results"], map_run=row["arn"])
        output = state_output(rows, orjson.loads(row["body"]).get("writer"))
        await _end(ctx, tx, item, row, NO_FAILURE, output)
    else:
        await _start(ctx, tx, item, row, counts.get("RUNNING", 0))


async def _start(ctx: Context, tx: Transaction, item: WorkItem, row: Row, running: int) -> None:
    limit = min(row["max_concurrency"] or CONCURRENCY_MAX, CONCURRENCY_MAX)
    room = min(limit - running, TURN_MAX)
    if room <= 0:
        return
    found = await tx.all(SQL["next_items"], map_run=row["arn"], count=room)
    for each in found:
        await _start_child(ctx, tx, row, each)
    if len(found) == room:
        await wake_map_run(ctx, tx, item.scope, row["arn"])


async def _start_child(ctx: Context, tx: Transaction, row: Row, each: Row) -> None:
    """Redriven where it can be, else begun with the same input."""
    number, text = each["number"], each["payload"]
    if each["status"] == "PENDING_REDRIVE":
        child = await load_execution(tx, each["execution"])
        if why_not(child, ctx.clock.now_ms()) is None:
            await tx.run(SQL["start_item"], map_run=row["arn"], number=number, execution=child.arn)
            await go_on(ctx, tx, child)
            return
        text = child.body["input"]
    started, run = make_child(ctx, ctx.ids, row, number, orjson.loads(text))
    await tx.run(SQL["start_item"], map_run=row["arn"], number=number, execution=started.arn)
    await begin(ctx, tx, started, run)


async def _end(
    ctx: Context, tx: Transaction, item: WorkItem, row: Row, failure: tuple[str, str], output: Any = None
) -> None:
    """The parent goes on; children that still run after a failure are aborted in turns to come."""
    status = "FAILED" if failure[0] else "SUCCEEDED"
    await tx.run(SQL["end_map_run"], arn=row["arn"], status=status, now_ms=ctx.clock.now_ms())
    if failure[0]:
        await _tell(ctx, tx, row, lambda run, frame, _: distributed.fail(run, frame, *failure))
        await wake_map_run(ctx, tx, item.scope, row["arn"])
        return
    await _tell(ctx, tx, row, lambda run, frame, state: distributed.succeed(run, frame, state, output))


async def _tell(ctx: Context, tx: Transaction, row: Row, act: Callable[[Run, Frame, State], None]) -> None:
    body = orjson.loads(row["body"])
    await take_further(ctx, tx, row["execution"], lambda run: run.tell_map(body["frame"], body["token"], act))


async def _abort(ctx: Context, tx: Transaction, item: WorkItem, arn: str) -> None:
    """The children of a run that is over end too."""
    await tx.run(SQL["abort_pending"], map_run=arn)
    await _stop_children(ctx, tx, item, arn)


async def _stop_children(ctx: Context, tx: Transaction, item: WorkItem, arn: str) -> None:
    """Some at a time."""
    running = await tx.all(SQL["items_of_status"], map_run=arn, status="RUNNING")
    for each in running[:TURN_MAX]:
        await take_further(ctx, tx, each["execution"], lambda run: run.stop("ABORTED", None, None))
    if len(running) > TURN_MAX:
        await wake_map_run(ctx, tx, item.scope, arn)


# S3


async def _read(ctx: Context, item: WorkItem, row: Row, body: Mapping[str, Any]) -> None:
    """Give the Map its items."""
    failure, items = NO_FAILURE, []
    try:
        items = await map_source.read_source(ctx, body["reader"])
    except ItemReaderFailed as reason:
        failure = "States.ItemReaderFailed", str(reason)
    except AwsError as error:
        failure = "States.ItemReaderFailed", map_source.told(error, ctx.request_id)
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        if not await _is_unchanged(tx, row):
            await wake_map_run(ctx, tx, item.scope, row["arn"])
        elif failure[0]:
            await _end(ctx, tx, item, row, failure)
        else:
            await _tell(ctx, tx, row, lambda run, frame, state: distributed.fill(run, frame, state, items))


async def _write(ctx: Context, item: WorkItem, row: Row, body: Mapping[str, Any]) -> None:
    """Results as objects; then the run ends as it would without them."""
    async with ctx.store.transaction() as tx:
        results = await tx.all(SQL["results"], map_run=row["arn"])
        counts = await load_counts(tx, row["arn"])
    failure: tuple[str, str] = (THRESHOLD_ERROR, THRESHOLD_CAUSE) if exceeds(row, counts) else NO_FAILURE
    output: Any = None
    try:
        output = await write_results(ctx, row["arn"], results, body["writer"])
    except AwsError as error:
        failure = "States.ResultWriterFailed", map_source.told(error, ctx.request_id)
    async with ctx.store.transaction() as tx:
        await work.finish(tx, item)
        if await _is_unchanged(tx, row):
            await _end(ctx, tx, item, row, failure, output)
        else:
            await wake_map_run(ctx, tx, item.scope, row["arn"])


async def _is_unchanged(tx: Transaction, row: Row) -> bool:
    """Whether the run still waits for what was done outside: it may have been stopped, or redriven since.

    Then what woke it has replaced the item, and is finished with it: it has to be woken again.
    """
    now = await tx.one(SQL["map_run"], arn=row["arn"])
    return now is not None and (now["status"], now["body"]) == (row["status"], row["body"])
