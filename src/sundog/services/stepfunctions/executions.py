"""Operations on executions: started, described, listed, stopped."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.lang.asl import InvalidJson, parse_json
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.aliases import Meant, find_meant
from sundog.services.stepfunctions.engine.history import write_text
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.errors import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidExecutionInput,
    StateMachineTypeNotSupported,
)
from sundog.services.stepfunctions.express import run_express
from sundog.services.stepfunctions.listing import listed
from sundog.services.stepfunctions.loading import find_execution, load_execution
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.names import check_name, read_execution
from sundog.services.stepfunctions.redriving import describe_redriving
from sundog.services.stepfunctions.rows import SQL
from sundog.services.stepfunctions.running import begin, take_further
from sundog.services.stepfunctions.starting import make_run
from sundog.services.stepfunctions.tokens import page_size, read_number, with_token


@operation("stepfunctions", "StartExecution")
async def start_execution(ctx: Context, request: Request) -> Result:
    """The same name and input again is the same execution, as long as it runs."""
    name = request.get("name") or ctx.ids.uuid()
    check_name(name)
    text = request.get("input")
    value = read_input("{}" if text is None else text)
    async with ctx.store.transaction() as tx:
        meant = await find_meant(tx, request["stateMachineArn"], ctx.ids)
        started, run = make_execution(ctx, meant, name, value, request)
        known = await find_execution(tx, started.arn) if request.get("name") else None
        if known is not None:
            if known.status != "RUNNING" or known.body["input"] != started.body["input"]:
                raise ExecutionAlreadyExists(arn=started.arn)
            return {"executionArn": known.arn, "startDate": known.started_ms}
        await begin(ctx, tx, started, run)
    return {"executionArn": started.arn, "startDate": started.started_ms}


@operation("stepfunctions", "StartSyncExecution")
async def start_sync_execution(ctx: Context, request: Request) -> Result:
    """An Express execution, here and now; nothing of it is kept but what its logging asks for."""
    name = request.get("name") or ctx.ids.uuid()
    check_name(name)
    text = request.get("input")
    value = read_input("{}" if text is None else text)
    async with ctx.store.transaction() as tx:
        meant = await find_meant(tx, request["stateMachineArn"], ctx.ids)
    if not meant.machine.is_express:
        raise StateMachineTypeNotSupported(
            reason="This operation is not supported by this type of state machine"
        )
    started, run = make_execution(ctx, meant, name, value, request)
    await run_express(ctx, started, run)
    return _sync_answer(started, run, request)


@operation("stepfunctions", "DescribeExecution")
async def describe_execution(ctx: Context, request: Request) -> Result:
    read_execution(request["executionArn"])
    async with ctx.store.transaction() as tx:
        started = await load_execution(tx, request["executionArn"])
    return {
        **listed(started),
        **_payloads(started, request),
        **describe_redriving(started, ctx.clock.now_ms()),
    }


@operation("stepfunctions", "StopExecution")
async def stop_execution(ctx: Context, request: Request) -> Result:
    """Stopping what is over succeeds."""
    read_execution(request["executionArn"])
    error, cause = request.get("error"), request.get("cause")
    async with ctx.store.transaction() as tx:
        stopped = await take_further(
            ctx, tx, request["executionArn"], lambda run: run.stop("ABORTED", error, cause)
        )
    if stopped is None:
        raise ExecutionDoesNotExist(arn=request["executionArn"])
    return {"stopDate": stopped.stopped_ms}


@operation("stepfunctions", "GetExecutionHistory")
async def get_execution_history(ctx: Context, request: Request) -> Result:
    read_execution(request["executionArn"])
    count, start = page_size(request), read_number(request, 0)
    async with ctx.store.transaction() as tx:
        started = await load_execution(tx, request["executionArn"])
        rows = await tx.all(SQL["history"], arn=started.arn)
    events = [event for row in rows for event in orjson.loads(row["events"])]
    if request.get("reverseOrder"):
        events.reverse()
    shown = events[start : start + count]
    if request.get("includeExecutionData") is False:
        shown = [without_data(event) for event in shown]
    end = start + count
    return with_token({"events": shown}, str(end) if len(events) > end else None)


def without_data(event: dict[str, Any]) -> dict[str, Any]:
    """The event without the payloads in it."""
    hidden = {"input", "output", "parameters", "inputDetails", "outputDetails", "assignedVariables"}
    return {
        name: {k: v for k, v in value.items() if k not in hidden} if isinstance(value, dict) else value
        for name, value in event.items()
    }


def make_execution(
    ctx: Context, meant: Meant, name: str, value: Any, request: Request
) -> tuple[Started, Run]:
    """An execution before its first step."""
    machine, now_ms = meant.machine, ctx.clock.now_ms()
    kind = f"express:{machine.name}" if machine.is_express else f"execution:{machine.name}"
    tail = f"{name}:{ctx.ids.uuid()}" if machine.is_express else name
    arn = str(Arn.of("states", machine.scope, f"{kind}:{tail}"))
    header = request.get("traceHeader") or ""
    body: dict[str, Any] = {**machine.body, "input": write_text(value)}
    if header:
        body["traceHeader"] = header
    for member, value_ in (
        ("stateMachineVersionArn", meant.version_arn),
        ("stateMachineAliasArn", meant.alias_arn),
    ):
        if value_:
            body[member] = value_
    started = Started(machine.scope, machine.name, name, arn, "RUNNING", now_ms, None, body, "")
    return make_run(ctx, started, value)


def read_input(text: str) -> Any:
    if not text:
        raise InvalidExecutionInput(reason="Invalid execution input.")
    if len(text.encode()) > limits.PAYLOAD_BYTES_MAX:
        raise InvalidExecutionInput(reason="Input exceeds the maximum number of bytes")
    try:
        return parse_json(text)
    except InvalidJson as error:
        raise InvalidExecutionInput(reason=str(error)) from None


def _payloads(started: Started, request: Request) -> dict[str, Any]:
    body = started.body
    shown: dict[str, Any] = {}
    includes = request.get("includedData") != "METADATA_ONLY"
    if includes:
        shown |= {"input": body["input"], "inputDetails": {"included": True}}
        if "output" in body:
            shown |= {"output": body["output"], "outputDetails": {"included": True}}
    for member in ("error", "cause", "traceHeader"):
        if member in body:
            shown[member] = body[member]
    return shown


def _sync_answer(started: Started, run: Run, request: Request) -> Result:
    execution = run.execution
    duration_ms = max(1, run.now_ms - started.started_ms)
    answer: Result = {
        "executionArn": started.arn,
        "stateMachineArn": started.machine_arn,
        "name": started.name,
        "startDate": started.started_ms,
        "stopDate": run.now_ms,
        "status": execution.status,
        "billingDetails": {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": -(-duration_ms // 100) * 100,
        },
    }
    if request.get("includedData") != "METADATA_ONLY":
        answer |= {"input": started.body["input"], "inputDetails": {"included": True}}
        answer["outputDetails"] = {"included": True}
        if execution.status == "SUCCEEDED":
            answer["output"] = write_text(execution.output)
    for member, text in (("error", execution.error), ("cause", execution.cause)):
        if text is not None:
            answer[member] = text
    return answer
