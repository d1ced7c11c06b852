"""Map runs taken further: children started as room comes, the parent told when all are over.

Everything is rows: a map run, one row for each child to be, and one piece of work by the run's ARN that is
put again whenever a child ends. So one huge Map is many short turns, between which others have theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from sundog import work
from sundog.arn import Arn, parse_arn
from sundog.context import Context
from sundog.ids import Ids
from sundog.scope import Scope
from sundog.services.stepfunctions.engine.actions import FillMapRun, RedriveMapRun, StartMapRun
from sundog.services.stepfunctions.engine.history import write_text
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.rows import scope_key, write_json
from sundog.services.stepfunctions.starting import make_run
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("map_runs.sql"))

MAP: Final = "states.map"
TURN_MAX: Final = 50
"""Children started in one transaction."""

CONCURRENCY_MAX: Final = 10_000
EXPRESS_TIMEOUT_S: Final = 300
THRESHOLD_ERROR: Final = "States.ExceedToleratedFailureThreshold"
THRESHOLD_CAUSE: Final = "The specified tolerated failure threshold was exceeded"
FAILED: Final = ("FAILED", "TIMED_OUT", "ABORTED")


async def start_map_run(ctx: Context, tx: Transaction, started: Started, action: StartMapRun) -> None:
    """The rows of a map run, in the transaction of the step that asked for it."""
    body: dict[str, Any] = {
        "frame": action.frame,
        "token": action.token,
        "label": action.label,
        "is_batched": action.is_batched,
        **({"reader": action.reader} if action.reader is not None else {}),
        **({"writer": action.writer} if action.writer is not None else {}),
        "machine": {
            **{k: started.body[k] for k in ("roleArn", "loggingConfiguration", "tracingConfiguration")},
            "encryptionConfiguration": started.body["encryptionConfiguration"],
            "revisionId": started.body["revisionId"],
            "updated_ms": started.body["updated_ms"],
            "definition": processor_definition(started.body["definition"], action.place, action.state),
            "type": action.execution_type,
        },
        "name": started.machine.partition("/")[0],
    }
    await tx.run(
        SQL["insert_map_run"],
        arn=action.arn,
        **scope_key(started.scope),
        execution=started.arn,
        started_ms=ctx.clock.now_ms(),
        max_concurrency=action.max_concurrency,
        tolerated_count=action.tolerated_count,
        tolerated_percentage=float(action.tolerated_percentage),
        body=write_json(body),
    )
    await _insert_items(tx, action.arn, action.inputs, is_batched=action.is_batched)
    await wake_map_run(ctx, tx, started.scope, action.arn)


async def fill_map_run(ctx: Context, tx: Transaction, started: Started, action: FillMapRun) -> None:
    """Its reader has been read."""
    row = await tx.one(SQL["map_run"], arn=action.arn)
    assert row is not None
    body = {name: value for name, value in orjson.loads(row["body"]).items() if name != "reader"}
    await tx.run(SQL["save_map_run"], arn=action.arn, body=write_json(body))
    await _insert_items(tx, action.arn, action.inputs, is_batched=body["is_batched"])
    await wake_map_run(ctx, tx, started.scope, action.arn)


async def redrive_map_run(ctx: Context, tx: Transaction, started: Started, action: RedriveMapRun) -> None:
    """Children that have succeeded stay as they are; the others wait for their turn again."""
    row = await tx.one(SQL["map_run"], arn=action.arn)
    assert row is not None
    body = orjson.loads(row["body"])
    body |= {"frame": action.frame, "token": action.token}
    body |= {"redrives": body.get("redrives", 0) + 1, "redriven_ms": ctx.clock.now_ms()}
    await tx.run(SQL["restart_map_run"], arn=action.arn, body=write_json(body))
    await tx.run(SQL["redrive_items"], map_run=action.arn)
    await wake_map_run(ctx, tx, started.scope, action.arn)


async def _insert_items(tx: Transaction, arn: str, inputs: Sequence[Any], *, is_batched: bool) -> None:
    items = [
        {
            "map_run": arn,
            "number": number,
            "payload": write_text(value),
            "items": len(value["Items"]) if is_batched else 1,
        }
        for number, value in enumerate(inputs)
    ]
    if items:
        await tx.run_many(SQL["insert_item"], items)


async def stop_map_run(ctx: Context, tx: Transaction, started: Started, arn: str) -> None:
    """Its children are aborted, a turn later."""
    if await tx.run(SQL["end_map_run"], arn=arn, status="ABORTED", now_ms=ctx.clock.now_ms()):
        await wake_map_run(ctx, tx, started.scope, arn)


async def end_child(ctx: Context, tx: Transaction, child: Started) -> None:
    """A child is over, in the transaction in which it ended."""
    if child.status == "SUCCEEDED":
        payload = child.body["output"]
    else:
        payload = write_json({name: child.body.get(name) for name in ("error", "cause")})
    arn, number = child.body["map_run"], child.body["map_number"]
    await tx.run(SQL["end_item"], map_run=arn, number=number, status=child.status, payload=payload)
    await wake_map_run(ctx, tx, child.scope, arn)


async def wake_map_run(ctx: Context, tx: Transaction, scope: Scope, arn: str) -> None:
    await work.put(tx, MAP, {"arn": arn}, scope=scope, due_ms=ctx.clock.now_ms(), key=arn)


def processor_definition(text: str, place: list[Any], state: str) -> str:
    """The definition of the children: the processor of ``state``, found along ``place``."""
    whole = orjson.loads(text)
    flow = whole
    for name, branch in zip(place[::2], place[1::2], strict=True):
        flow = _inner(flow["States"][name], branch)
    flow = _inner(flow["States"][state], 0)
    definition = {k: v for k, v in flow.items() if k != "ProcessorConfig"}
    if "QueryLanguage" in whole:
        definition["QueryLanguage"] = whole["QueryLanguage"]
    return write_json(definition)


def _inner(state: Mapping[str, Any], branch: int) -> Any:
    if "Branches" in state:
        return state["Branches"][branch]
    return state.get("ItemProcessor", state.get("Iterator"))


def exceeds(row: Row, counts: Mapping[str, int]) -> bool:
    """More children have failed than the run tolerates; 0 and 0 tolerate none."""
    failed, total = sum(counts.get(status, 0) for status in FAILED), sum(counts.values())
    if failed == 0:
        return False
    count, percentage = row["tolerated_count"], row["tolerated_percentage"]
    too_many = failed > count
    too_much = 100 * failed > percentage * total
    if count and percentage:
        return bool(too_many or too_much)
    return bool(too_much if percentage else too_many)


async def load_counts(tx: Transaction, arn: str) -> dict[str, int]:
    return {row["status"]: row["count"] for row in await tx.all(SQL["count_items"], map_run=arn)}


def make_child(ctx: Context, ids: Ids, row: Row, number: int, value: Any) -> tuple[Started, Run]:
    """The execution of one item, before its first step."""
    body = orjson.loads(row["body"])
    scope = Scope(row["account"], row["region"])
    machine, name, now_ms = f"{body['name']}/{body['label']}", ids.uuid(), ctx.clock.now_ms()
    is_express = body["machine"]["type"] == "EXPRESS"
    kind = f"express:{machine}:{name}:{ids.uuid()}" if is_express else f"execution:{machine}:{name}"
    arn = str(Arn.of("states", scope, kind))
    kept: dict[str, Any] = {
        **body["machine"],
        "input": write_text(value),
        "map_run": row["arn"],
        "map_number": number,
        **({"timeout_s": EXPRESS_TIMEOUT_S} if is_express else {}),
    }
    started = Started(scope, machine, name, arn, "RUNNING", now_ms, None, kept, "")
    return make_run(ctx, started, value)


def parent_scope(arn: str) -> Scope:
    parsed = parse_arn(arn)
    assert parsed is not None
    return parsed.scope
