"""ListExecutions: of a machine, of a version or alias, of a map run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.stepfunctions.errors import (
    ResourceNotFound,
    StateMachineTypeNotSupported,
    ValidationException,
)
from sundog.services.stepfunctions.loading import load_machine
from sundog.services.stepfunctions.map_running import SQL as MAP_SQL
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.names import read_arn, read_machine
from sundog.services.stepfunctions.rows import SQL, scope_key, to_started
from sundog.services.stepfunctions.tokens import page_size, read_number, with_token
from sundog.store import Statement, Transaction

_EVERYTHING: Final = (1 << 62) - 1
SCAN: Final = 1_000
"""Rows looked at in one read."""


@operation("stepfunctions", "ListExecutions")
async def list_executions(ctx: Context, request: Request) -> Result:
    """The newest first."""
    if ("stateMachineArn" in request) == ("mapRunArn" in request):
        raise ValidationException(reason="You must provide exactly one of stateMachineArn and mapRunArn.")
    count, before = page_size(request), read_number(request, _EVERYTHING)
    async with ctx.store.transaction() as tx:
        statement, values, fits = await _selection(tx, request)
        found: list[Started] = []
        while len(found) <= count:
            rows = await tx.all(statement, **values, before=before, count=SCAN)
            found += [started for started in map(to_started, rows) if fits(started)]
            if len(rows) < SCAN:
                break
            before = rows[-1]["id"]
    shown = [
        {**listed(started), "redriveCount": started.body.get("redriveCount", 0)} for started in found[:count]
    ]
    place = str(found[count - 1].id) if len(found) > count else None
    return with_token({"executions": shown}, place)


async def _selection(
    tx: Transaction, request: Request
) -> tuple[Statement, dict[str, Any], Callable[[Started], bool]]:
    """The statement, its values, and what the statement cannot say."""
    status, redriven = request.get("statusFilter") or "", request.get("redriveFilter")

    def is_wanted(started: Started) -> bool:
        return redriven is None or (redriven == "REDRIVEN") == bool(started.body.get("redriveCount"))

    if "mapRunArn" in request:
        read_arn(request["mapRunArn"], "mapRun")
        if await tx.one(MAP_SQL["map_run"], arn=request["mapRunArn"]) is None:
            raise ResourceNotFound(arn=request["mapRunArn"])
        return MAP_SQL["children"], {"map_run": request["mapRunArn"], "status": status}, is_wanted
    text = request["stateMachineArn"]
    arn, name, qualifier = read_machine(text)
    if (await load_machine(tx, arn, name)).is_express:
        raise StateMachineTypeNotSupported(
            reason="This operation is not supported by this type of state machine"
        )
    values = {**scope_key(arn.scope), "machine": name, "status": status}
    if not qualifier:
        return SQL["executions"], values, is_wanted
    member = "stateMachineVersionArn" if qualifier.isdecimal() else "stateMachineAliasArn"
    return SQL["executions"], values, lambda s: is_wanted(s) and s.body.get(member) == text


def listed(started: Started) -> dict[str, Any]:
    """What lists and DescribeExecution say of an execution."""
    shown: dict[str, Any] = {
        "executionArn": started.arn,
        "stateMachineArn": started.machine_arn,
        "name": started.name,
        "status": started.status,
        "startDate": started.started_ms,
    }
    if started.stopped_ms is not None:
        shown["stopDate"] = started.stopped_ms
    for member in ("stateMachineVersionArn", "stateMachineAliasArn"):
        if member in started.body:
            shown[member] = started.body[member]
    if "map_run" in started.body:
        shown["mapRunArn"] = started.body["map_run"]
    return shown
