"""Aliases of machines: a name for one version, or for two with weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.ids import Ids
from sundog.services.stepfunctions.errors import (
    ConflictException,
    InvalidArn,
    ResourceNotFound,
    ServiceQuotaExceededException,
    StateMachineDoesNotExist,
    ValidationException,
)
from sundog.services.stepfunctions.loading import find_machine
from sundog.services.stepfunctions.model import Machine
from sundog.services.stepfunctions.names import read_machine
from sundog.services.stepfunctions.rows import write_json
from sundog.services.stepfunctions.tokens import page_size, read_number, with_token
from sundog.services.stepfunctions.versions import SQL, find_version, machine_key
from sundog.store import Row, Transaction

ALIASES_MAX: Final = 100

Routes = Mapping[str, int]
"""Version number -> weight, as the caller ordered them."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What StartExecution's ARN means: the machine or version to run, and by which names."""

    machine: Machine
    version_arn: str | None = None
    alias_arn: str | None = None


@operation("stepfunctions", "CreateStateMachineAlias")
async def create_state_machine_alias(ctx: Context, request: Request) -> Result:
    name, description = request["name"], request.get("description")
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        arn, machine, routes = await _read_routes(tx, request["routingConfiguration"])
        key = machine_key(arn, machine)
        known = await tx.one(SQL["alias"], **key, name=name)
        if known is not None:
            if known["description"] != description or orjson.loads(known["routes"]) != routes:
                raise ConflictException(
                    reason="An alias with the same name and a different configuration already exists."
                )
            return {"stateMachineAliasArn": f"{arn}:{name}", "creationDate": known["created_ms"]}
        if len(await tx.all(SQL["aliases"], **key)) >= ALIASES_MAX:
            raise ServiceQuotaExceededException(
                reason=f"The limit of {ALIASES_MAX} aliases of the state machine is reached."
            )
        values = {"name": name, "description": description, "routes": write_json(routes), "now_ms": now_ms}
        await tx.run(SQL["insert_alias"], **key, **values)
    return {"stateMachineAliasArn": f"{arn}:{name}", "creationDate": now_ms}


@operation("stepfunctions", "UpdateStateMachineAlias")
async def update_state_machine_alias(ctx: Context, request: Request) -> Result:
    if "description" not in request and "routingConfiguration" not in request:
        raise ValidationException(
            reason="At least one of description or routingConfiguration must be specified.",
            members={"reason": "MISSING_REQUIRED_PARAMETER"},
        )
    text, now_ms = request["stateMachineAliasArn"], ctx.clock.now_ms()
    arn, machine, name = _read_alias(text)
    async with ctx.store.transaction() as tx:
        row = await _load(tx, text)
        routes = orjson.loads(row["routes"])
        if "routingConfiguration" in request:
            _, routed, routes = await _read_routes(tx, request["routingConfiguration"])
            if routed != machine:
                raise _bad_routing("Routing configuration must contain versions of the state machine.")
        await tx.run(
            SQL["set_alias"],
            **machine_key(arn, machine),
            name=name,
            description=request.get("description", row["description"]),
            routes=write_json(routes),
            now_ms=now_ms,
        )
    return {"updateDate": now_ms}


@operation("stepfunctions", "DescribeStateMachineAlias")
async def describe_state_machine_alias(ctx: Context, request: Request) -> Result:
    text = request["stateMachineAliasArn"]
    async with ctx.store.transaction() as tx:
        row = await _load(tx, text)
    machine_arn = text.rpartition(":")[0]
    answer = {
        "stateMachineAliasArn": text,
        "name": row["name"],
        "description": row["description"],
        "routingConfiguration": [
            {"stateMachineVersionArn": f"{machine_arn}:{number}", "weight": weight}
            for number, weight in orjson.loads(row["routes"]).items()
        ],
        "creationDate": row["created_ms"],
        "updateDate": row["updated_ms"],
    }
    return {name: value for name, value in answer.items() if value is not None}


@operation("stepfunctions", "DeleteStateMachineAlias")
async def delete_state_machine_alias(ctx: Context, request: Request) -> Result:
    text = request["stateMachineAliasArn"]
    arn, machine, name = _read_alias(text)
    async with ctx.store.transaction() as tx:
        await _load(tx, text)
        await tx.run(SQL["delete_alias"], **machine_key(arn, machine), name=name)
    return {}


@operation("stepfunctions", "ListStateMachineAliases")
async def list_state_machine_aliases(ctx: Context, request: Request) -> Result:
    """Of a machine, or those that lead to one version of it. There are at most `ALIASES_MAX`."""
    text = request["stateMachineArn"]
    arn, machine, qualifier = read_machine(text)
    count, start = page_size(request), read_number(request, 0)
    async with ctx.store.transaction() as tx:
        if await find_machine(tx, arn, machine) is None:
            raise StateMachineDoesNotExist(arn=text)
        rows = await tx.all(SQL["aliases"], **machine_key(arn, machine))
    machine_arn = text.rpartition(":")[0] if qualifier else text
    listed = [
        {"stateMachineAliasArn": f"{machine_arn}:{row['name']}", "creationDate": row["created_ms"]}
        for row in rows
        if not qualifier or qualifier in orjson.loads(row["routes"])
    ]
    end = start + count
    place = str(end) if len(listed) > end else None
    return with_token({"stateMachineAliases": listed[start:end]}, place)


async def find_meant(tx: Transaction, text: str, ids: Ids) -> Meant:
    """The machine to run; an alias chooses among its versions by weight. Raises StateMachineDoesNotExist."""
    arn, name, qualifier = read_machine(text)
    machine = await find_machine(tx, arn, name)
    if machine is None:
        raise StateMachineDoesNotExist(arn=text)
    if not qualifier:
        return Meant(machine)
    alias_arn = None
    if not qualifier.isdecimal():
        row = await tx.one(SQL["alias"], **machine_key(arn, name), name=qualifier)
        if row is None:
            raise StateMachineDoesNotExist(arn=text)
        alias_arn, qualifier = text, decide_version(orjson.loads(row["routes"]), ids.random())
    version = await find_version(tx, machine, qualifier)
    if version is None:
        raise StateMachineDoesNotExist(arn=text)
    return Meant(version, f"{machine.arn}:{qualifier}", alias_arn)


def decide_version(routes: Routes, chance: float) -> str:
    """The version whose share of 0..100 has ``chance`` (0 to 1) in it."""
    at = chance * 100
    for number, weight in routes.items():
        if at < weight:
            return number
        at -= weight
    return next(reversed(list(routes)))


async def _read_routes(
    tx: Transaction, configuration: Sequence[Mapping[str, Any]]
) -> tuple[Arn, str, dict[str, int]]:
    """(ARN of the machine, its name, routes) where all is right with them."""
    texts = [route["stateMachineVersionArn"] for route in configuration]
    weights = [route["weight"] for route in configuration]
    read = [read_machine(text) for text in texts]
    if not all(qualifier.isdecimal() for _, _, qualifier in read):
        raise _bad_routing(
            f"Routing configuration must contain state machine version ARNs. Received: [{', '.join(texts)}]"
        )
    if len(set(texts)) < len(texts):
        raise _bad_routing(
            "Routing configuration must contain distinct state machine version ARNs. "
            f"Received: [{', '.join(texts)}]"
        )
    if sum(weights) != 100:
        raise _bad_routing(f"Sum of routing configuration weights must equal 100. Received: {weights}")
    if len({text.rpartition(":")[0] for text in texts}) > 1:
        raise _bad_routing(
            "Routing configuration must contain versions of one state machine. "
            f"Received: [{', '.join(texts)}]"
        )
    arn, name, _ = read[0]
    machine = await find_machine(tx, arn, name)
    for text, (_, _, qualifier) in zip(texts, read, strict=True):
        if machine is None or await find_version(tx, machine, qualifier) is None:
            raise ResourceNotFound(arn=text)
    whole = Arn(arn.service, arn.region, arn.account, f"stateMachine:{name}", arn.partition)
    return whole, name, {q: weight for (_, _, q), weight in zip(read, weights, strict=True)}


def _bad_routing(text: str) -> ValidationException:
    return ValidationException(reason=text, members={"reason": "INVALID_ROUTING_CONFIGURATION"})


def _read_alias(text: str) -> tuple[Arn, str, str]:
    arn, machine, name = read_machine(text)
    if not name or name.isdecimal():
        raise InvalidArn(reason=text)
    return arn, machine, name


async def _load(tx: Transaction, text: str) -> Row:
    arn, machine, name = _read_alias(text)
    row = await tx.one(SQL["alias"], **machine_key(arn, machine), name=name)
    if row is None:
        raise ResourceNotFound(arn=text)
    return row
