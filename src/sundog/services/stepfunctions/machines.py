"""Operations on state machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.arn import Arn, parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.lang.asl import MachineType, parse_definition
from sundog.services.stepfunctions.definitions import Definitions
from sundog.services.stepfunctions.errors import (
    InvalidArn,
    InvalidLoggingConfiguration,
    MissingRequiredParameter,
    StateMachineAlreadyExists,
    ValidationException,
)
from sundog.services.stepfunctions.loading import find_machine, load_execution, load_machine, save_machine
from sundog.services.stepfunctions.model import Machine
from sundog.services.stepfunctions.names import check_name, read_arn, read_machine
from sundog.services.stepfunctions.rows import SQL, arn_key, scope_key, to_machine
from sundog.services.stepfunctions.tags import read_tags
from sundog.services.stepfunctions.tokens import page_size, read_token, with_token
from sundog.services.stepfunctions.versions import delete_versions, load_described, publish, read_unqualified

LOGGING_DEFAULT = {"level": "OFF", "includeExecutionData": False}
SETTINGS = (
    "definition",
    "roleArn",
    "loggingConfiguration",
    "tracingConfiguration",
    "encryptionConfiguration",
)
MUST_NAME = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")


@operation("stepfunctions", "CreateStateMachine")
async def create_state_machine(ctx: Context, request: Request) -> Result:
    """Creating the same machine again is no mistake; tags and role are not compared."""
    name = request["name"]
    check_name(name)
    _check_description(request)
    kind: MachineType = request.get("type") or "STANDARD"
    _check_role(request["roleArn"])
    ctx.part(Definitions).compile(request["definition"], kind)
    check_logging(request.get("loggingConfiguration"))
    now_ms = ctx.clock.now_ms()
    body = {
        "definition": request["definition"],
        "roleArn": request["roleArn"],
        "type": kind,
        "loggingConfiguration": {**LOGGING_DEFAULT, **(request.get("loggingConfiguration") or {})},
        "tracingConfiguration": request.get("tracingConfiguration") or {"enabled": False},
        "encryptionConfiguration": request.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"},
        "revisionId": "",
        "updated_ms": now_ms,
    }
    tags = read_tags(request.get("tags") or ())
    arn = Arn.of("states", ctx.scope, f"stateMachine:{name}")
    async with ctx.store.transaction() as tx:
        machine = await find_machine(tx, arn, name)
        if machine is None:
            machine = Machine(ctx.scope, name, body, tags, now_ms)
            await save_machine(tx, machine)
        elif not _is_same(machine, body):
            raise StateMachineAlreadyExists(arn=machine.arn)
        answer: Result = {"stateMachineArn": machine.arn, "creationDate": machine.created_ms}
        if request.get("publish"):
            version = await publish(tx, machine, request.get("versionDescription"), now_ms=now_ms)
            answer["stateMachineVersionArn"] = version.arn
    return answer


@operation("stepfunctions", "UpdateStateMachine")
async def update_state_machine(ctx: Context, request: Request) -> Result:
    arn, name = read_unqualified(request["stateMachineArn"])
    _check_description(request)
    changes = {member: request[member] for member in SETTINGS if request.get(member) is not None}
    if "loggingConfiguration" in changes:
        changes["loggingConfiguration"] = {**LOGGING_DEFAULT, **changes["loggingConfiguration"]}
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        machine = await load_machine(tx, arn, name)
        if not any(member in changes for member in MUST_NAME) and not request.get("publish"):
            raise MissingRequiredParameter
        if "definition" in changes:
            ctx.part(Definitions).compile(changes["definition"], machine.body["type"])
        if "roleArn" in changes:
            _check_role(changes["roleArn"])
        check_logging(changes.get("loggingConfiguration"))
        if any(machine.body[member] != value for member, value in changes.items()):
            body = {**machine.body, **changes, "revisionId": ctx.ids.uuid(), "updated_ms": now_ms}
            machine = replace(machine, body=body)
            await save_machine(tx, machine)
        answer: Result = {"updateDate": now_ms}
        if machine.body["revisionId"]:
            answer["revisionId"] = machine.body["revisionId"]
        if request.get("publish"):
            version = await publish(tx, machine, request.get("versionDescription"), now_ms=now_ms)
            answer["stateMachineVersionArn"] = version.arn
    return answer


@operation("stepfunctions", "DeleteStateMachine")
async def delete_state_machine(ctx: Context, request: Request) -> Result:
    """Deleting what is not there succeeds. Executions under way end on their own."""
    arn, name, qualifier = read_machine(request["stateMachineArn"])
    if qualifier:
        raise InvalidArn(reason=f"Invalid ARN: {arn}")
    async with ctx.store.transaction() as tx:
        await delete_versions(tx, arn, name)
        await tx.run(SQL["delete_machine"], **arn_key(arn, name))
    return {}


@operation("stepfunctions", "DescribeStateMachine")
async def describe_state_machine(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        machine = await load_described(tx, request["stateMachineArn"])
    return {
        "stateMachineArn": request["stateMachineArn"],
        "status": "ACTIVE",
        "creationDate": machine.created_ms,
        **described(ctx, machine.name, machine.body, request),
    }


@operation("stepfunctions", "ListStateMachines")
async def list_state_machines(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["machines"], **scope_key(ctx.scope), after=read_token(request), count=count + 1
        )
    found = [to_machine(row) for row in rows]
    shown = [
        {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.body["type"],
            "creationDate": machine.created_ms,
        }
        for machine in found[:count]
    ]
    return with_token({"stateMachines": shown}, found[count - 1].name if len(found) > count else None)


@operation("stepfunctions", "DescribeStateMachineForExecution")
async def describe_state_machine_for_execution(ctx: Context, request: Request) -> Result:
    """The definition and the role the execution runs with, whatever the machine is now."""
    read_arn(request["executionArn"], "execution", "express")
    async with ctx.store.transaction() as tx:
        started = await load_execution(tx, request["executionArn"])
    body = started.body
    shown = {
        "stateMachineArn": started.machine_arn,
        "name": started.machine,
        "definition": body["definition"],
        "roleArn": body["roleArn"],
        "updateDate": body["updated_ms"],
        "loggingConfiguration": body["loggingConfiguration"],
        "tracingConfiguration": body["tracingConfiguration"],
        "encryptionConfiguration": body["encryptionConfiguration"],
        **_references(ctx, body),
    }
    return shown | ({"revisionId": body["revisionId"]} if body["revisionId"] else {})


@operation("stepfunctions", "ValidateStateMachineDefinition")
async def validate_state_machine_definition(_ctx: Context, request: Request) -> Result:
    parsed = parse_definition(request["definition"], request.get("type") or "STANDARD")
    severity = request.get("severity") or "ERROR"
    wanted = [d for d in parsed.diagnostics if severity == "WARNING" or d.severity == "ERROR"]
    most = request.get("maxResults") or 100
    shown = [
        {
            "severity": d.severity,
            "code": d.code,
            "message": d.message,
            **({"location": d.location} if d.location else {}),
        }
        for d in wanted[:most]
    ]
    has_error = any(d.severity == "ERROR" for d in parsed.diagnostics)
    return {
        "result": "FAIL" if has_error else "OK",
        "diagnostics": shown,
        "truncated": len(wanted) > most,
    }


def described(ctx: Context, name: str, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """What DescribeStateMachine says of a machine and of a version alike."""
    shown = {
        "name": name,
        "definition": body["definition"],
        "roleArn": body["roleArn"],
        "type": body["type"],
        "loggingConfiguration": body["loggingConfiguration"],
        "tracingConfiguration": body["tracingConfiguration"],
        "encryptionConfiguration": body["encryptionConfiguration"],
        **_references(ctx, body),
    }
    if "description" in body:
        shown["description"] = body["description"]
    if request.get("includedData") == "METADATA_ONLY":
        shown["definition"] = "{}"
    if body["revisionId"]:
        shown["revisionId"] = body["revisionId"]
    return shown


def _references(ctx: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    machine = ctx.part(Definitions).compile(body["definition"], body["type"])
    found = {state: list(names) for state, names in machine.variable_references.items()}
    return {"variableReferences": found} if found else {}


def check_logging(given: Mapping[str, Any] | None) -> None:
    """Where there is a level there is one log group."""
    if not given:
        return
    destinations = given.get("destinations") or []
    if (given.get("level") or "OFF") == "OFF":
        return
    if len(destinations) != 1:
        raise InvalidLoggingConfiguration(reason="Must specify exactly one Log Destination.")
    group = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn") or ""
    arn = parse_arn(group)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        raise InvalidLoggingConfiguration(reason="Log Destination is not a valid ARN.")


def _check_description(request: Request) -> None:
    if "versionDescription" in request and not request.get("publish"):
        raise ValidationException(reason="Version description can only be set when publish is true")


def _check_role(text: str) -> None:
    if parse_arn(text) is None:
        raise InvalidArn(reason=text)


def _is_same(machine: Machine, body: Mapping[str, Any]) -> bool:
    compared = (
        "definition",
        "type",
        "loggingConfiguration",
        "tracingConfiguration",
        "encryptionConfiguration",
    )
    return all(machine.body[member] == body[member] for member in compared)
