"""Operations on the policy of a bus: who else may put events, and the check of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events import limits
from sundog.services.events.errors import (
    PolicyLengthExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from sundog.services.events.loading import load_bus, save_bus
from sundog.services.events.model import Bus
from sundog.services.events.names import read_own_bus
from sundog.services.events.routing import Router
from sundog.services.events.rows import write_json

VERSION = "2012-10-17"
ACTION = "events:PutEvents"
"""The one thing that PutPermission lets others do; a whole policy may name more."""


@operation("events", "PutPermission")
async def put_permission(ctx: Context, request: Request) -> Result | None:
    """A whole policy, or one statement, which takes the place of the one with its id."""
    name = read_own_bus(ctx.scope, request.get("EventBusName"))
    async with ctx.store.transaction() as tx:
        bus = await load_bus(tx, ctx.scope, name)
        if request.get("Policy"):
            policy = _parsed(request["Policy"])
        else:
            policy = with_statement(bus, request)
        text = write_json(policy)
        if len(text.encode()) > limits.POLICY_BYTES_MAX:
            raise PolicyLengthExceededException
        await save_bus(tx, replace(bus, policy=text, modified_ms=ctx.clock.now_ms()))
        ctx.part(Router).changed(tx, ctx.scope, name)
    return None


@operation("events", "RemovePermission")
async def remove_permission(ctx: Context, request: Request) -> Result | None:
    name = read_own_bus(ctx.scope, request.get("EventBusName"))
    async with ctx.store.transaction() as tx:
        bus = await load_bus(tx, ctx.scope, name)
        if request.get("RemoveAllPermissions"):
            text = ""
        else:
            text = without_statement(bus, request.get("StatementId"))
        await save_bus(tx, replace(bus, policy=text, modified_ms=ctx.clock.now_ms()))
        ctx.part(Router).changed(tx, ctx.scope, name)
    return None


def with_statement(bus: Bus, request: Request) -> dict[str, Any]:
    """The policy of the bus with the statement that PutPermission describes."""
    for member in ("StatementId", "Principal", "Action"):
        if not request.get(member):
            raise ValidationException(
                reason=f"Parameter {member} is not valid. Reason: {member} is required."
            )
    if request["Action"] != ACTION:
        raise ValidationException(reason="Provided value in parameter 'action' is not supported.")
    principal, condition = request["Principal"], request.get("Condition")
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": str(Arn("iam", "", principal, "root"))},
        "Action": request["Action"],
        "Resource": bus.arn,
    }
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    empty = {"Version": VERSION, "Statement": []}
    policy: dict[str, Any] = json.loads(bus.policy) if bus.policy else empty
    kept = [each for each in policy["Statement"] if each.get("Sid") != request["StatementId"]]
    return {**policy, "Statement": [*kept, statement]}


def without_statement(bus: Bus, id: str | None) -> str:
    """The policy's text without one statement, empty where none is left."""
    policy = json.loads(bus.policy) if bus.policy else {"Statement": []}
    kept = [each for each in policy["Statement"] if each.get("Sid") != id]
    if len(kept) == len(policy["Statement"]):
        raise ResourceNotFoundException("Statement with the provided id does not exist.")
    return write_json({**policy, "Statement": kept}) if kept else ""


def _parsed(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise ValidationException(reason="Parameter Policy is not valid.")
    statements = policy["Statement"]
    return {**policy, "Statement": [statements] if isinstance(statements, dict) else statements}
