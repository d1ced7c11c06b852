"""Versions of machines: a machine as it was, under a number that is never used again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.stepfunctions.errors import (
    ConflictException,
    InvalidArn,
    ServiceQuotaExceededException,
    StateMachineDoesNotExist,
)
from sundog.services.stepfunctions.loading import find_machine, load_machine
from sundog.services.stepfunctions.model import Machine
from sundog.services.stepfunctions.names import read_machine
from sundog.services.stepfunctions.rows import write_json
from sundog.services.stepfunctions.tokens import page_size, read_number, with_token
from sundog.store import Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("versions.sql"))

VERSIONS_MAX: Final = 1_000
_NUMBER_MAX: Final = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Version:
    arn: str
    created_ms: int


@operation("stepfunctions", "PublishStateMachineVersion")
async def publish_state_machine_version(ctx: Context, request: Request) -> Result:
    arn, name = read_unqualified(request["stateMachineArn"])
    async with ctx.store.transaction() as tx:
        machine = await load_machine(tx, arn, name)
        version = await publish(
            tx,
            machine,
            request.get("description"),
            now_ms=ctx.clock.now_ms(),
            revision_id=request.get("revisionId"),
        )
    return {"stateMachineVersionArn": version.arn, "creationDate": version.created_ms}


@operation("stepfunctions", "ListStateMachineVersions")
async def list_state_machine_versions(ctx: Context, request: Request) -> Result:
    """The newest first; a machine that is not there has none."""
    arn, name = read_unqualified(request["stateMachineArn"])
    count, before = page_size(request), read_number(request, _NUMBER_MAX)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(SQL["versions"], **machine_key(arn, name), before=before, count=count + 1)
    listed = [
        {"stateMachineVersionArn": f"{arn}:{row['number']}", "creationDate": row["created_ms"]}
        for row in rows[:count]
    ]
    place = str(rows[count - 1]["number"]) if len(rows) > count else None
    return with_token({"stateMachineVersions": listed}, place)


@operation("stepfunctions", "DeleteStateMachineVersion")
async def delete_state_machine_version(ctx: Context, request: Request) -> Result:
    text = request["stateMachineVersionArn"]
    arn, name, qualifier = read_machine(text)
    if not qualifier.isdecimal():
        raise InvalidArn(reason=text)
    async with ctx.store.transaction() as tx:
        users = [
            row["name"]
            for row in await tx.all(SQL["aliases"], **machine_key(arn, name))
            if qualifier in orjson.loads(row["routes"])
        ]
        if users:
            raise ConflictException(
                reason="Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{', '.join(users)}]"
            )
        if (number := _number(qualifier)) is not None:
            await tx.run(SQL["delete_version"], **machine_key(arn, name), number=number)
    return {}


async def publish(
    tx: Transaction,
    machine: Machine,
    description: str | None,
    *,
    now_ms: int,
    revision_id: str | None = None,
) -> Version:
    """The machine as it is now; where that is its newest version already, that one.

    ``revision_id``: only if the machine has still this one.
    """
    current = machine.body["revisionId"]
    if revision_id is not None and revision_id != (current or "INITIAL"):
        raise ConflictException(
            reason=f"Failed to publish the State Machine version for revision {revision_id}. "
            f"The current State Machine revision is {current or 'INITIAL'}."
        )
    key = machine_key(Arn.of("states", machine.scope, ""), machine.name)
    newest = await tx.one(SQL["newest_version"], **key)
    if newest is not None and newest["body"] and orjson.loads(newest["body"])["revisionId"] == current:
        return Version(f"{machine.arn}:{newest['number']}", newest["created_ms"])
    counted = await tx.one(SQL["count_versions"], **key)
    if counted is not None and counted["count"] >= VERSIONS_MAX:
        raise ServiceQuotaExceededException(
            reason=f"The limit of {VERSIONS_MAX} versions of the state machine is reached."
        )
    number = newest["number"] + 1 if newest is not None else 1
    body: dict[str, Any] = {k: v for k, v in machine.body.items() if k != "description"}
    if description is not None:
        body["description"] = description
    await tx.run(SQL["insert_version"], **key, number=number, body=write_json(body), created_ms=now_ms)
    return Version(f"{machine.arn}:{number}", now_ms)


async def find_version(tx: Transaction, machine: Machine, qualifier: str) -> Machine | None:
    """The machine as it was in this version."""
    number = _number(qualifier)
    if number is None:
        return None
    key = machine_key(Arn.of("states", machine.scope, ""), machine.name)
    row = await tx.one(SQL["version"], **key, number=number)
    if row is None:
        return None
    return replace(machine, body=orjson.loads(row["body"]), created_ms=row["created_ms"])


async def load_described(tx: Transaction, text: str) -> Machine:
    """The machine or version that an ARN names (DescribeStateMachine). Raises StateMachineDoesNotExist."""
    arn, name, qualifier = read_machine(text)
    machine = await find_machine(tx, arn, name)
    if machine is not None and qualifier:
        machine = await find_version(tx, machine, qualifier)
    if machine is None:
        raise StateMachineDoesNotExist(arn=text)
    return machine


async def delete_versions(tx: Transaction, arn: Arn, name: str) -> None:
    """With the machine go its versions and aliases."""
    await tx.run(SQL["delete_aliases"], **machine_key(arn, name))
    await tx.run(SQL["delete_versions"], **machine_key(arn, name))


def machine_key(arn: Arn, name: str) -> dict[str, str]:
    return {"account": arn.account, "region": arn.region, "machine": name}


def read_unqualified(text: str) -> tuple[Arn, str]:
    """An ARN of a machine itself: where a version is named, there is no such machine (recorded)."""
    arn, name, qualifier = read_machine(text)
    if qualifier:
        raise StateMachineDoesNotExist(arn=text)
    return arn, name


def _number(qualifier: str) -> int | None:
    is_number = qualifier.isascii() and qualifier.isdecimal() and len(qualifier) <= 9
    return int(qualifier) if is_number else None
