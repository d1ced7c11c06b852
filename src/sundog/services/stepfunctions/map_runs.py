"""Operations on map runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.stepfunctions.errors import ResourceNotFound, ValidationException
from sundog.services.stepfunctions.loading import load_execution
from sundog.services.stepfunctions.map_running import SQL, parent_scope, wake_map_run
from sundog.services.stepfunctions.names import read_arn
from sundog.services.stepfunctions.tokens import page_size, read_number, with_token
from sundog.store import Row, Transaction

_COUNTS = {
    "pending": "PENDING",
    "running": "RUNNING",
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "timedOut": "TIMED_OUT",
    "aborted": "ABORTED",
    "pendingRedrive": "PENDING_REDRIVE",
}


@operation("stepfunctions", "DescribeMapRun")
async def describe_map_run(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        row = await _load(tx, request["mapRunArn"])
        rows = await tx.all(SQL["count_items"], map_run=row["arn"])
    body = orjson.loads(row["body"])
    answer: Result = {
        "mapRunArn": row["arn"],
        "executionArn": row["execution"],
        "status": row["status"],
        "startDate": row["started_ms"],
        "maxConcurrency": row["max_concurrency"],
        "toleratedFailurePercentage": row["tolerated_percentage"],
        "toleratedFailureCount": row["tolerated_count"],
        "itemCounts": _shown(row["status"], body, {each["status"]: each["items"] for each in rows}),
        "executionCounts": _shown(row["status"], body, {each["status"]: each["count"] for each in rows}),
        "redriveCount": body.get("redrives", 0),
    }
    if "redriven_ms" in body:
        answer["redriveDate"] = body["redriven_ms"]
    if row["stopped_ms"] is not None:
        answer["stopDate"] = row["stopped_ms"]
    return answer


@operation("stepfunctions", "ListMapRuns")
async def list_map_runs(ctx: Context, request: Request) -> Result:
    read_arn(request["executionArn"], "execution", "express")
    count, start = page_size(request), read_number(request, 0)
    async with ctx.store.transaction() as tx:
        started = await load_execution(tx, request["executionArn"])
        rows = await tx.all(SQL["map_runs"], execution=started.arn)
    listed = [
        {
            "mapRunArn": row["arn"],
            "executionArn": started.arn,
            "stateMachineArn": started.machine_arn,
            "startDate": row["started_ms"],
            **({"stopDate": row["stopped_ms"]} if row["stopped_ms"] is not None else {}),
        }
        for row in rows[start : start + count]
    ]
    end = start + count
    return with_token({"mapRuns": listed}, str(end) if len(rows) > end else None)


@operation("stepfunctions", "UpdateMapRun")
async def update_map_run(ctx: Context, request: Request) -> Result:
    """A map run under way goes on with the new limits; one that is over cannot be changed."""
    text = request["mapRunArn"]
    async with ctx.store.transaction() as tx:
        row = await _load(tx, text)
        if row["status"] != "RUNNING":
            raise ValidationException(
                reason="A map run that is over cannot be updated.",
                members={"reason": "CANNOT_UPDATE_COMPLETED_MAP_RUN"},
            )
        await tx.run(
            SQL["set_map_run"],
            arn=text,
            max_concurrency=request.get("maxConcurrency", row["max_concurrency"]),
            tolerated_count=request.get("toleratedFailureCount", row["tolerated_count"]),
            tolerated_percentage=request.get("toleratedFailurePercentage", row["tolerated_percentage"]),
        )
        await wake_map_run(ctx, tx, parent_scope(text), text)
    return {}


async def _load(tx: Transaction, text: str) -> Row:
    read_arn(text, "mapRun")
    row = await tx.one(SQL["map_run"], arn=text)
    if row is None:
        raise ResourceNotFound(arn=text)
    return row


def _shown(status: str, body: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, Any]:
    """Results are written where there is a writer, all at the end of the run."""
    counted = {name: counts.get(of_status, 0) for name, of_status in _COUNTS.items()}
    is_written = status != "RUNNING" and "parameters" in body.get("writer", {})
    return {
        **counted,
        "total": sum(counts.values()),
        "resultsWritten": sum(counts.values()) if is_written else 0,
        "failuresNotRedrivable": 0,
    }
